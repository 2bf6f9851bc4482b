"""What happened, as a person describes it: a kind and a few parameters; GitHub's rules fill in the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypedDict, Unpack

from pytest_cicache.errors import UsageError
from pytest_cicache.events._table import EVENTS, PULL_REQUEST_FAMILY

__all__ = ["DEPENDABOT", "NO_COMMIT", "PARAMETERS", "Event", "Parameters", "coerce"]

DEPENDABOT = "dependabot[bot]"
NO_COMMIT = "0" * 40
"""The commit id that GitHub writes where there is none: before a new branch, after a deleted one."""


class Parameters(TypedDict, total=False):
    """The parameters of every event, by the names that `@FILE.json`, the command line and Python share."""

    actor: str
    action: str
    number: int | str
    branch: str
    tag: str
    ref: str
    sha: str
    head_repository: str
    head_ref: str
    head_sha: str
    base_ref: str
    labels: list[str] | tuple[str, ...] | str
    label: str
    merged: bool | str
    draft: bool | str
    changed_files: list[str] | tuple[str, ...] | str
    inputs: Mapping[str, Any] | str
    comment: str
    message: str
    schedule: str
    workflow_run: Mapping[str, Any] | str
    run_id: int | str
    run_number: int | str


PARAMETERS = tuple(sorted(Parameters.__annotations__))


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{name} takes a text, not {value!r}")
    return value


def _number(name: str, value: object) -> int:
    text = str(value) if not isinstance(value, bool) else ""
    if not re.fullmatch(r"[0-9]+", text, re.ASCII) or int(text) == 0:
        raise UsageError(f"{name} takes a whole number, not {value!r}")
    return int(text)


def _boolean(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise UsageError(f"{name} takes true or false, not {value!r}")


def _texts(name: str, value: object) -> tuple[str, ...]:
    items = [part for part in value.split(";") if part] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise UsageError(f"{name} takes a list of texts, not {value!r}")
    return tuple(items)


def _pairs(name: str, value: object) -> dict[str, Any]:
    if isinstance(value, str):
        parts = [part.partition("=") for part in value.split(";") if part]
        if not all(equals for _, equals, _ in parts):
            raise UsageError(f"{name} takes key=value pairs separated by ';', not {value!r}")
        return {key: text for key, _, text in parts}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise UsageError(f"{name} takes an object, not {value!r}")
    return dict(value)


def _comment(name: str, value: object) -> str:
    if isinstance(value, Mapping) and set(value) != {"body"}:
        raise UsageError(f"{name} takes a text or an object with body, not {value!r}")
    return _text(name, value["body"] if isinstance(value, Mapping) else value)


def _repository(name: str, value: object) -> str:
    text = _text(name, value)
    if not re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", text):
        raise UsageError(f"{name} takes owner/name, not {value!r}")
    return text


def _ref(name: str, value: object) -> str:
    text = _text(name, value)
    return text if text.startswith("refs/") else f"refs/heads/{text}"


_READERS = {
    "number": _number,
    "run_id": _number,
    "run_number": _number,
    "merged": _boolean,
    "draft": _boolean,
    "labels": _texts,
    "changed_files": _texts,
    "inputs": _pairs,
    "workflow_run": _pairs,
    "comment": _comment,
    "head_repository": _repository,
    "ref": _ref,
}


def coerce(parameters: Mapping[str, object]) -> dict[str, Any]:
    """Check and convert parameters as they come from Python, JSON or text; `None` means not given.

    Raises `UsageError` for a name that no event has and for a value of the wrong type.
    """
    unknown = sorted(set(parameters) - set(PARAMETERS))
    if unknown:
        raise UsageError(f"unknown event parameter {unknown[0]!r}; an event takes {', '.join(PARAMETERS)}")
    return {name: _READERS.get(name, _text)(name, value) for name, value in parameters.items() if value is not None}


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
        given = {name: value for name, value in values.items() if value not in (None, (), {}, False)}
        return {"kind": self.kind} | {
            name: list(value) if isinstance(value, tuple) else value for name, value in given.items()
        }
