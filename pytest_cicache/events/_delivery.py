"""An event as a repository receives it: all that GitHub's rules derive from it before a file is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Unpack

from pytest_cicache.errors import UsageError
from pytest_cicache.events._event import DEPENDABOT, Event
from pytest_cicache.events._ids import github_time
from pytest_cicache.events._parameters import Parameters
from pytest_cicache.events._payload import payload_of
from pytest_cicache.events._policies import (
    CacheScopes,
    approval_reason,
    blocking_reason,
    cache_scopes_of,
    is_fork,
    notices_of,
)
from pytest_cicache.events._refs import Commits, place_of
from pytest_cicache.events._scene import Scene

if TYPE_CHECKING:
    from datetime import datetime

    from pytest_cicache.events._repository import Repository

__all__ = ["Delivery", "deliver"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Delivery:
    """One event at one repository.

    `ref`, `sha`, `ref_name`, `ref_type`, `head_ref`, `base_ref` are those of the `github` context;
    `workflow_ref` and `workflow_sha` say where GitHub reads the workflow file, and name a real commit even
    when the event overrides `sha`. `target_branch` is what branch filters of a pull request see, `author` who
    opened it. `is_fork` says that its head is in another repository, for a workflow_run that of the run
    before. `blocked` is why GitHub makes no run at all, `approval` why it would wait for one, `notices` are
    other policies.
    `cache_scopes` are the refs of the Actions cache. `changed_files` is `None` when nobody knows them.
    """

    event: Event
    repository: Repository
    commits: Commits
    name: str
    activity: str | None
    payload: dict[str, Any]
    ref: str
    sha: str
    ref_name: str
    ref_type: str
    head_ref: str
    base_ref: str
    actor: str
    triggering_actor: str
    author: str
    head_repository: str
    target_branch: str
    workflow_sha: str
    workflow_ref: str
    changed_files: tuple[str, ...] | None
    is_fork: bool
    run_id: int
    run_number: int
    run_attempt: int
    now: datetime
    blocked: str | None
    approval: str | None
    notices: tuple[str, ...]
    cache_scopes: CacheScopes

    def __repr__(self) -> str:
        what = f"{self.name} {self.activity}" if self.activity else self.name
        where = f"{self.ref or self.sha[:7]} of {self.repository.full_name}"
        return f"<Delivery {self.event.kind}: {what} at {where}>"

    @property
    def is_dependabot(self) -> bool:
        """Whether Dependabot is the actor, or the author of what pull_request_target is about."""
        return DEPENDABOT in (self.actor, self.author if self.name == "pull_request_target" else None)

    @property
    def ref_protected(self) -> bool:
        """Whether the repository's settings protect the ref."""
        protected = self.repository.settings.protected_branches
        return self.ref.startswith("refs/heads/") and self.ref_name in protected

    def with_parameters(self, **parameters: Unpack[Parameters]) -> Delivery:
        """Give the delivery of the same event with other parameters, at the same time and run."""
        return deliver(
            self.event.replace(**parameters),
            self.repository,
            self.commits,
            now=self.now,
            run_id=self.run_id,
            run_number=self.run_number,
            run_attempt=self.run_attempt,
        )


def deliver(
    event: Event,
    repository: Repository,
    commits: Commits,
    *,
    now: datetime,
    run_id: int,
    run_number: int,
    run_attempt: int = 1,
) -> Delivery:
    """Deliver `event` to `repository` at `now`; an event's own `run_id` and `run_number` win over these.

    Raises UsageError for a fork_pr whose head repository is the repository itself.
    """
    _check_fork(event, repository)
    scene = _scene(event, repository, commits, now)
    place = scene.place
    return Delivery(
        event=event,
        repository=repository,
        commits=commits,
        name=event.name,
        activity=event.action,
        payload=payload_of(scene),
        ref=place.ref,
        sha=place.sha,
        ref_name=place.ref_name,
        ref_type=place.ref_type,
        head_ref=place.head_ref,
        base_ref=place.base_ref,
        actor=event.actor,
        triggering_actor=event.actor,
        author=scene.author,
        head_repository=scene.head_repository.full_name,
        target_branch=scene.base_branch,
        workflow_sha=place.workflow_sha,
        workflow_ref=place.workflow_ref,
        changed_files=event.changed_files if event.changed_files is not None else commits.changed_files,
        is_fork=is_fork(scene),
        run_id=event.run_id or run_id,
        run_number=event.run_number or run_number,
        run_attempt=run_attempt,
        now=now,
        blocked=blocking_reason(scene),
        approval=approval_reason(scene),
        notices=notices_of(scene),
        cache_scopes=cache_scopes_of(scene),
    )


def _check_fork(event: Event, repository: Repository) -> None:
    head = event.head_repository or f"{event.head_owner}/{repository.name}"
    if event.kind == "fork_pr" and head.lower() == repository.full_name.lower():
        raise UsageError(
            f"fork_pr comes from a fork, but its head repository '{head}' is the repository itself, "
            f"'{repository.full_name}'; give another head_repository, or take pr"
        )


def _scene(event: Event, repository: Repository, commits: Commits, now: datetime) -> Scene:
    place = place_of(event, repository, commits)
    if event.sha is not None and not event.deletes:
        place = replace(place, sha=event.sha)
    return Scene(
        event=event,
        repository=repository,
        commits=commits,
        place=place,
        now=github_time(now),
        epoch=int(now.timestamp()),
    )
