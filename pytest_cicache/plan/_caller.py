"""A caller for a workflow that runs only when it is called: who gives it an event, inputs, secrets and permissions."""

from __future__ import annotations

import json
from collections import abc
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_cicache.expressions import to_number, to_text
from pytest_cicache.permissions import AccessLevel, expand

if TYPE_CHECKING:
    from pytest_cicache.events import Delivery
    from pytest_cicache.workflow import CallInput, PermissionBlock, Workflow

__all__ = ["CALLING_JOB", "StandInCaller", "needs_caller", "stand_in_caller"]

CALLING_JOB = "call"
"""The id of the job that calls."""
_FOLDER = ".github/workflows/"
_LEVELS = (AccessLevel.NONE, AccessLevel.READ, AccessLevel.WRITE)


@dataclass(frozen=True, slots=True)
class StandInCaller:
    """The caller's file, and one sentence that says what it gives to the workflow it calls.

    `placeholders` are the texts it made up for required inputs, by their names.
    """

    path: str
    text: str
    told: str
    placeholders: abc.Mapping[str, str] = field(default_factory=dict)


def needs_caller(workflow: Workflow) -> bool:
    """Whether a workflow of the repository starts on nothing but calls."""
    return workflow.path.startswith(_FOLDER) and {trigger.event for trigger in workflow.triggers} == {"workflow_call"}


def stand_in_caller(
    workflow: Workflow, deliveries: abc.Iterable[Delivery], inputs: abc.Mapping[str, Any]
) -> StandInCaller:
    """Make a caller that these events start.

    It passes `inputs`, and for each other one that is required its default or a placeholder: the input's name, `true`
    or 1. It passes on all secrets, and has the permissions that the workflow and all it calls ask for.
    """
    given = {name.lower(): value for name, value in inputs.items()}
    declared = workflow.call.inputs if workflow.call is not None else ()
    made_up = {item.name: _placeholder(item) for item in declared if _is_made_up(item, given)}
    passed = {item.name: made_up.get(item.name, _value(item, given.pop(item.name.lower(), None))) for item in declared}
    passed = {name: value for name, value in passed.items() if value is not None} | given
    permissions = _asked(workflow)
    file: dict[str, Any] = {"name": f"Caller of {workflow.name or workflow.path}", "on": _triggers(deliveries)}
    if permissions is not None:
        file["permissions"] = permissions
    file["jobs"] = {CALLING_JOB: {"uses": f"./{workflow.path}", "with": passed, "secrets": "inherit"}}
    path = f"{_FOLDER}caller-of-{workflow.path.removeprefix(_FOLDER)}"
    texts = {name: value for name, value in made_up.items() if isinstance(value, str)}
    return StandInCaller(path, json.dumps(file, indent=2), _told(passed, permissions), texts)


def _is_made_up(item: CallInput, given: abc.Mapping[str, Any]) -> bool:
    return item.required and _default(item) is None and given.get(item.name.lower()) is None


def _default(item: CallInput) -> Any:
    """What the file says; `None` for nothing, and for what is worked out at the call."""
    return None if item.default is None or item.default.is_template else item.default.value


def _placeholder(item: CallInput) -> Any:
    return {"boolean": True, "number": 1}.get(item.type, item.name.lower().replace("_", "-"))


def _value(item: CallInput, given: Any) -> Any:
    """The value to pass, `None` for one that is left to its default, or has none."""
    if given is None:
        return _default(item) if item.required else None
    if item.type == "boolean":
        return to_text(given).lower() == "true"
    return to_number(given) if item.type == "number" else to_text(given)


def _triggers(deliveries: abc.Iterable[Delivery]) -> dict[str, Any]:
    """An `on:` that lets these events in."""
    on: dict[str, Any] = {}
    for delivery in deliveries:
        match delivery.name:
            case "schedule":
                on["schedule"] = [{"cron": delivery.event.schedule or "0 0 * * *"}]
            case "workflow_run":
                on["workflow_run"] = {"workflows": ["*"], "types": ["completed", "requested", "in_progress"]}
            case name:
                types = on.setdefault(name, {}).setdefault("types", [])
                types += [delivery.activity] if delivery.activity and delivery.activity not in types else []
    return {name: _without_empty(filters) for name, filters in on.items()}


def _without_empty(filters: Any) -> Any:
    return None if filters == {"types": []} else filters


def _asked(workflow: Workflow) -> PermissionBlock | None:
    """The highest level of each permission that a file, its jobs and what they call declare; `None` for no block."""
    levels: dict[str, AccessLevel] = {}
    blocks = list(_blocks(workflow))
    for block in blocks:
        for name, level in expand(block).items():
            levels[name] = max(levels.get(name, AccessLevel.NONE), level, key=_LEVELS.index)
    asked = {name: str(level) for name, level in levels.items() if level is not AccessLevel.NONE}
    return asked if blocks else None


def _blocks(workflow: Workflow) -> abc.Iterator[PermissionBlock]:
    for block in (workflow.permissions, *(job.permissions for job in workflow.jobs)):
        if block is not None:
            yield block
    for job in workflow.jobs:
        if job.called is not None:
            yield from _blocks(job.called)


def _told(passed: abc.Mapping[str, Any], permissions: PermissionBlock | None) -> str:
    values = ", ".join(f"{name}: {to_text(value)}" for name, value in passed.items()) or "no inputs"
    given = "the default permissions"
    if isinstance(permissions, abc.Mapping):
        given = ", ".join(f"{name}: {level}" for name, level in permissions.items()) or "no permissions"
    return f"it runs only when called: a stand-in calls it with {values}, all secrets, and {given}"
