"""Where an event happens: ref, commit, and the commit GitHub reads the workflow file from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_cicache.events._table import EVENTS, RefRule

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_cicache.events._event import Event
    from pytest_cicache.events._repository import Repository

__all__ = ["Commits", "RefPlace", "place_of"]

BRANCHES = "refs/heads/"
GIT_TAGS = "refs/tags/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commits:
    """The git commits an event stands on, made by whoever has the repository.

    `base` is the tip of the base or default branch before the event, `head` the pull request's head or the
    pushed commit, `merge` the pull request's merge commit (the queue's commit for a merge group; `head` for a
    push), `before` what the pushed branch was before (forty zeros when it is new). `changed_files` are the
    paths that changed between them, `None` when nobody looked.
    """

    base: str
    head: str
    merge: str
    before: str
    changed_files: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefPlace:
    """The refs and commits of one event; `workflow_*` say where GitHub reads the workflow file."""

    ref: str
    sha: str
    ref_type: str
    workflow_ref: str
    workflow_sha: str
    head_ref: str = ""
    base_ref: str = ""

    @property
    def ref_name(self) -> str:
        """The short name: `main`, `v1.0.0`, `7/merge`."""
        for prefix in (BRANCHES, GIT_TAGS, "refs/pull/"):
            if self.ref.startswith(prefix):
                return self.ref.removeprefix(prefix)
        return self.ref


def place_of(event: Event, repository: Repository, commits: Commits) -> RefPlace:
    """Give the place of `event` in `repository`."""
    return _RULES[EVENTS[event.name].ref](event, repository, commits)


def merge_queue_ref(event: Event, repository: Repository, commits: Commits) -> str:
    """Give the temporary branch that the merge queue makes for a pull request."""
    base = event.base_ref or repository.default_branch
    return f"{BRANCHES}gh-readonly-queue/{base}/pr-{event.number}-{commits.base}"


def _at(ref: str, sha: str, *, ref_type: str = "branch", head_ref: str = "", base_ref: str = "") -> RefPlace:
    return RefPlace(
        ref=ref,
        sha=sha,
        ref_type=ref_type,
        workflow_ref=ref,
        workflow_sha=sha,
        head_ref=head_ref,
        base_ref=base_ref,
    )


def _default_branch(event: Event, repository: Repository, commits: Commits) -> RefPlace:
    del event
    return _at(f"{BRANCHES}{repository.default_branch}", commits.base)


def _named(event: Event, repository: Repository, commits: Commits) -> RefPlace:
    """The ref that the event's own parameters name; the default branch when they name none."""
    branch = event.branch or repository.default_branch
    ref = event.ref or (f"{GIT_TAGS}{event.tag}" if event.tag else f"{BRANCHES}{branch}")
    if ref == f"{BRANCHES}{repository.default_branch}":
        return _at(ref, commits.base)
    return _at(ref, commits.head, ref_type="tag" if ref.startswith(GIT_TAGS) else "branch")


def _pushed(event: Event, repository: Repository, commits: Commits) -> RefPlace:
    if event.deletes:
        return _default_branch(event, repository, commits)
    named = _named(event, repository, commits)
    return _at(named.ref, commits.head, ref_type=named.ref_type)


def _mentioned(event: Event, repository: Repository, commits: Commits) -> RefPlace:
    """Deployments and packages: the named ref; a package's workflow file is the default branch's."""
    named = _named(event, repository, commits)
    if event.name != "registry_package":
        return _without_ref(event, named)
    default = _default_branch(event, repository, commits)
    return replace(named, workflow_ref=default.ref, workflow_sha=default.sha)


def _without_ref(event: Event, named: RefPlace) -> RefPlace:
    """A deployment that was made from a commit id has no ref."""
    if event.sha is None or event.ref or event.branch or event.tag:
        return named
    return replace(named, ref="", ref_type="")


def _merge_ref(event: Event, repository: Repository, commits: Commits) -> RefPlace:
    base = event.base_ref or repository.default_branch
    refs = {"head_ref": event.head_ref, "base_ref": base} if event.name == "pull_request" else {}
    if event.is_merged:
        qualified = repository.settings.qualified_merged_ref
        return _at(f"{BRANCHES if qualified else ''}{base}", commits.merge, **refs)
    return _at(f"refs/pull/{event.number}/merge", commits.merge, **refs)


def _target(event: Event, repository: Repository, commits: Commits) -> RefPlace:
    base = event.base_ref or repository.default_branch
    branch = base if repository.settings.target_ref_is_base else repository.default_branch
    return _at(f"{BRANCHES}{branch}", commits.base, head_ref=event.head_ref, base_ref=base)


def _merge_queue(event: Event, repository: Repository, commits: Commits) -> RefPlace:
    return _at(merge_queue_ref(event, repository, commits), commits.merge)


_RULES: dict[RefRule, Callable[[Event, Repository, Commits], RefPlace]] = {
    RefRule.DEFAULT_BRANCH: _default_branch,
    RefRule.PUSHED: _pushed,
    RefRule.MERGE_REF: _merge_ref,
    RefRule.TARGET: _target,
    RefRule.MERGE_QUEUE: _merge_queue,
    RefRule.PICKED: _named,
    RefRule.RELEASE_TAG: _named,
    RefRule.CREATED: _named,
    RefRule.NAMED: _mentioned,
}
