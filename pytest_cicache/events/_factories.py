"""The kinds of events people speak of, and how to make one: factories, JSON objects, command-line text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Unpack

from pytest_cicache.errors import UsageError, suggestion
from pytest_cicache.events._event import DEPENDABOT, Event
from pytest_cicache.events._parameters import Parameters, coerce
from pytest_cicache.events._table import EVENTS

__all__ = [
    "KINDS",
    "dependabot_pr",
    "fork_pr",
    "from_mapping",
    "from_text",
    "issue_comment",
    "main_merge",
    "merge_group",
    "pr",
    "pr_merged",
    "pr_target",
    "push",
    "release",
    "schedule",
    "tag_push",
    "workflow_dispatch",
    "workflow_run",
]

_MAINTAINER = "maintainer"
_CONTRIBUTOR = "contributor"


@dataclass(frozen=True, slots=True, kw_only=True)
class _EventKind:
    """A kind: the GitHub event it is, and the parameters it starts from."""

    name: str
    actor: str = _MAINTAINER
    from_fork: bool = False
    defaults: Mapping[str, Any] = field(default_factory=dict)


_FORK = {"action": "opened", "head_ref": "patch-1"}

_KINDS = {
    "push": _EventKind(name="push", defaults={"branch": "feature"}),
    "main_merge": _EventKind(name="push"),
    "tag_push": _EventKind(name="push", defaults={"tag": "v1.0.0"}),
    "pr": _EventKind(name="pull_request", defaults={"action": "opened"}),
    "fork_pr": _EventKind(name="pull_request", actor=_CONTRIBUTOR, from_fork=True, defaults=_FORK),
    "dependabot_pr": _EventKind(
        name="pull_request",
        actor=DEPENDABOT,
        defaults={"action": "opened", "head_ref": "dependabot/docker/debian-13", "labels": ("dependencies",)},
    ),
    "pr_target": _EventKind(name="pull_request_target", actor=_CONTRIBUTOR, from_fork=True, defaults=_FORK),
    "merge_group": _EventKind(name="merge_group", defaults={"action": "checks_requested"}),
    "schedule": _EventKind(name="schedule"),
    "workflow_dispatch": _EventKind(name="workflow_dispatch"),
    "release": _EventKind(name="release", defaults={"action": "published", "tag": "v1.0.0"}),
    "workflow_run": _EventKind(
        name="workflow_run",
        actor=_CONTRIBUTOR,
        from_fork=True,
        defaults={"action": "completed", "head_ref": "patch-1"},
    ),
    "pr_merged": _EventKind(name="pull_request", defaults={"action": "closed", "merged": True}),
    "issue_comment": _EventKind(
        name="issue_comment", actor=_CONTRIBUTOR, defaults={"action": "created", "comment": "Thank you!"}
    ),
}

KINDS = tuple(sorted(_KINDS))
"""The names of the kinds that pytest-cicache adds to GitHub's event names."""

_NAMED_BRANCH = {"create": {"branch": "feature"}, "delete": {"branch": "feature"}}
_FIRST_ACTIVITY = {"issues": "opened", "pull_request": "opened", "pull_request_target": "opened"}


def _kind(kind: object) -> _EventKind:
    if isinstance(kind, str) and kind in _KINDS:
        return _KINDS[kind]
    if not isinstance(kind, str) or kind not in EVENTS or kind == "workflow_call":
        names = sorted({*_KINDS, *EVENTS} - {"workflow_call"})
        raise UsageError(f"unknown event kind {kind!r}; {suggestion(str(kind), names)}the kinds are {', '.join(names)}")
    activities = EVENTS[kind].activities
    first = _FIRST_ACTIVITY.get(kind) or (activities[0] if activities else None)
    first = "dispatch" if activities is None else first
    defaults = {} if first is None else {"action": first}
    return _EventKind(name=kind, defaults=defaults | _NAMED_BRANCH.get(kind, {}))


def _make(kind: object, parameters: Mapping[str, object]) -> Event:
    row = _kind(kind)
    given = coerce(parameters)
    if "branch" in given or "ref" in given:
        defaults = {name: value for name, value in row.defaults.items() if name not in ("branch", "tag")}
    elif "tag" in given:
        defaults = {name: value for name, value in row.defaults.items() if name != "branch"}
    else:
        defaults = dict(row.defaults)
    owner = str(given.get("head_repository", "")).partition("/")[0]
    actor = owner if row.from_fork and owner else row.actor
    values = {"actor": actor} | defaults | given
    return Event(kind=str(kind), name=row.name, from_fork=row.from_fork, **values)


def from_mapping(mapping: Mapping[str, object]) -> Event:
    """Make the event that a JSON object describes: `kind` and any parameters; raises `UsageError`."""
    if not isinstance(mapping, Mapping):
        raise UsageError(f"an event is an object with kind and parameters, not {mapping!r}")
    if "kind" not in mapping:
        raise UsageError(f"an event needs a kind: one of {', '.join(KINDS)} or a GitHub event name")
    parameters = {name: value for name, value in mapping.items() if name != "kind"}
    return _make(mapping["kind"], parameters)


def from_text(text: str) -> Event:
    """Make an event from `KIND` or `KIND:name=value,name=value`; raises `UsageError`.

    Lists (`labels`, `changed_files`) separate their items by `;`, as do the pairs of `inputs` and
    `workflow_run`: `pr:number=7,labels=ci;docker` or `workflow_dispatch:inputs=debug=true;level=2`. A value
    with a comma in it needs the JSON form.
    """
    kind, colon, rest = text.partition(":")
    parameters: dict[str, object] = {}
    for part in rest.split(",") if colon else []:
        name, equals, value = part.partition("=")
        if not equals:
            raise UsageError(f"an event is KIND[:name=value,...]; {part!r} of {text!r} has no '='")
        if name in parameters:
            raise UsageError(f"event parameter {name!r} is given twice in {text!r}")
        parameters[name] = value
    return _make(kind, parameters)


def push(**parameters: Unpack[Parameters]) -> Event:
    """Push to a branch, by default `feature`; `tag=` makes it the push of a tag."""
    return _make("push", parameters)


def main_merge(**parameters: Unpack[Parameters]) -> Event:
    """Push to the default branch, as when a merge lands."""
    return _make("main_merge", parameters)


def tag_push(**parameters: Unpack[Parameters]) -> Event:
    """Push of a git tag, by default `v1.0.0`."""
    return _make("tag_push", parameters)


def pr(**parameters: Unpack[Parameters]) -> Event:
    """Pull request from a branch of the same repository."""
    return _make("pr", parameters)


def fork_pr(**parameters: Unpack[Parameters]) -> Event:
    """Pull request from a fork."""
    return _make("fork_pr", parameters)


def dependabot_pr(**parameters: Unpack[Parameters]) -> Event:
    """Pull request by Dependabot, from a branch of the same repository."""
    return _make("dependabot_pr", parameters)


def pr_target(**parameters: Unpack[Parameters]) -> Event:
    """Pull request from a fork, as pull_request_target sees it."""
    return _make("pr_target", parameters)


def merge_group(**parameters: Unpack[Parameters]) -> Event:
    """Checks requested by the merge queue for pull request `number`."""
    return _make("merge_group", parameters)


def schedule(**parameters: Unpack[Parameters]) -> Event:
    """Cron line `schedule` fired, by default the first one of the workflow."""
    return _make("schedule", parameters)


def workflow_dispatch(**parameters: Unpack[Parameters]) -> Event:
    """Manual run on `ref`, by default the default branch, with `inputs`."""
    return _make("workflow_dispatch", parameters)


def release(**parameters: Unpack[Parameters]) -> Event:
    """Release of `tag`, by default `v1.0.0`, was published."""
    return _make("release", parameters)


def workflow_run(**parameters: Unpack[Parameters]) -> Event:
    """Another workflow's run for a fork's pull request ended."""
    return _make("workflow_run", parameters)


def pr_merged(**parameters: Unpack[Parameters]) -> Event:
    """Pull request of the same repository, closed by merging it."""
    return _make("pr_merged", parameters)


def issue_comment(**parameters: Unpack[Parameters]) -> Event:
    """Comment on pull request `number`; with an empty `head_ref`, on an issue."""
    return _make("issue_comment", parameters)
