"""What happened, as a person describes it: a kind and a few parameters; GitHub's rules fill in the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Unpack

from pytest_cicache.errors import UsageError
from pytest_cicache.events._parameters import Parameters, coerce
from pytest_cicache.events._table import EVENTS, PULL_REQUEST_FAMILY

__all__ = ["DEPENDABOT", "NO_COMMIT", "Event"]

DEPENDABOT = "dependabot[bot]"
NO_COMMIT = "0" * 40
"""The commit id that GitHub writes where there is none: before a new branch, after a deleted one."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Event:
    """One event before a repository receives it; made by the factories, `from_text` and `from_mapping`.

    `kind` is a kind of pytest-cicache (`fork_pr`) or a GitHub event name, `name` always the latter. What is
    `None` follows from the repository: `branch`, `base_ref` its default branch, `head_repository` of a fork
    `ACTOR/NAME`, `changed_files` what the commits changed. `inputs` are those of a dispatch (the payload of
    a repository_dispatch), `comment` is the text of an issue comment, `message` of the head commit,
    `schedule` the cron line that fired, `workflow_run` overrides fields of that object of the payload.
    """

    kind: str
    name: str
    actor: str
    from_fork: bool = False
    action: str | None = None
    number: int = 7
    branch: str | None = None
    tag: str | None = None
    ref: str | None = None
    sha: str | None = None
    head_repository: str | None = None
    head_ref: str = "feature"
    head_sha: str | None = None
    base_ref: str | None = None
    labels: tuple[str, ...] = ()
    label: str | None = None
    merged: bool = False
    draft: bool = False
    changed_files: tuple[str, ...] | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    comment: str | None = None
    message: str | None = None
    schedule: str | None = None
    workflow_run: Mapping[str, Any] = field(default_factory=dict)
    run_id: int | None = None
    run_number: int | None = None

    def __post_init__(self) -> None:
        self._check_limits()
        known = EVENTS[self.name].activities
        if self.action is None or known is None:
            return
        if self.action not in known:
            right = ", ".join(sorted(known)) if known else "no activity types"
            raise UsageError(f"unknown action {self.action!r} of {self.name}; it has {right}")

    def _check_limits(self) -> None:
        """Refuse a dispatch that GitHub's API refuses."""
        if self.name == "workflow_dispatch" and len(self.inputs) > 25:
            raise UsageError(f"a workflow_dispatch has at most 25 inputs, not {len(self.inputs)}")
        if self.name != "repository_dispatch":
            return
        if len(self.inputs) > 10:
            raise UsageError(f"a repository_dispatch has at most 10 payload keys, not {len(self.inputs)}")
        if self.action and len(self.action) > 100:
            raise UsageError(f"the action of a repository_dispatch has at most 100 characters, not {self.action!r}")

    def __repr__(self) -> str:
        words = [self.name, *([self.action] if self.action else []), f"by {self.actor}"]
        if self.is_pull_request:
            words[-1:] = [f"#{self.number}", f"from {self._source}", f"by {self.actor}"]
        elif self.tag or self.branch:
            words.insert(-1, f"of {self.tag or self.branch}")
        return f"<Event {self.kind}: {' '.join(words)}>"

    @property
    def _source(self) -> str:
        owner = f"{self.head_owner}:" if self.is_fork else ""
        return f"{owner}{self.head_ref}"

    @property
    def activity(self) -> str | None:
        """The activity type, as `opened`."""
        return self.action

    @property
    def is_pull_request(self) -> bool:
        """Whether its payload carries a pull request."""
        return self.name in PULL_REQUEST_FAMILY

    @property
    def is_fork(self) -> bool:
        """Whether what it is about comes from a fork, as far as the event alone tells."""
        about_head = self.is_pull_request or self.name == "workflow_run"
        return self.from_fork or (about_head and self.head_repository is not None)

    @property
    def is_dependabot(self) -> bool:
        """Whether Dependabot is its actor."""
        return self.actor == DEPENDABOT

    @property
    def is_merged(self) -> bool:
        """Whether a pull request was closed by merging it."""
        return self.is_pull_request and self.merged and self.action == "closed"

    @property
    def deletes(self) -> bool:
        """Whether it is the push that deletes a branch or tag: `sha` is forty zeros."""
        return self.name == "push" and self.sha == NO_COMMIT

    @property
    def head_owner(self) -> str:
        """Who owns the repository a fork's pull request comes from, and is taken as its author."""
        return self.head_repository.partition("/")[0] if self.head_repository else self.actor

    def replace(self, **parameters: Unpack[Parameters]) -> Event:
        """Give the same event with other parameters, checked as the factories check them."""
        return replace(self, **coerce(parameters))

    def to_mapping(self) -> dict[str, object]:
        """Give its kind and parameters as a JSON object, the form of `@FILE.json`."""
        derived = {"kind", "name", "from_fork"}
        values = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in derived}
        given = {name: value for name, value in values.items() if value is not None}
        return {"kind": self.kind} | {
            name: list(value) if isinstance(value, tuple) else value for name, value in given.items()
        }
