"""The shape of `on:`, made from the table of events.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#on, read 2026-11-24.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cicache.events import EVENTS
from pytest_cicache.workflow._contexts import CONTEXTS
from pytest_cicache.workflow._schema import (
    BOOLEAN,
    NON_EMPTY,
    NULL,
    NUMBER,
    STRING,
    Definition,
    choice,
    keys,
    list_of,
    one_of,
    one_or_many,
    open_keys,
    required,
    within,
)

if TYPE_CHECKING:
    from pytest_cicache.events import EventType

__all__ = ["ON"]

_SCALAR = one_of(STRING, BOOLEAN, NUMBER)

_CALL_INPUT = keys(
    {
        "description": STRING,
        "type": required(choice("string", "boolean", "number")),
        "required": BOOLEAN,
        "default": within(CONTEXTS["on.workflow_call.inputs.<input_id>.default"], _SCALAR),
    }
)
_CALL_OUTPUT = keys(
    {
        "description": STRING,
        "value": required(within(CONTEXTS["on.workflow_call.outputs.<output_id>.value"], STRING)),
    }
)
_CALL = keys(
    {
        "inputs": open_keys(_CALL_INPUT),
        "secrets": open_keys(one_of(NULL, keys({"description": STRING, "required": BOOLEAN}))),
        "outputs": open_keys(_CALL_OUTPUT),
    }
)
_DISPATCH_INPUT = keys(
    {
        "description": STRING,
        "type": choice("string", "boolean", "number", "environment", "choice"),
        "required": BOOLEAN,
        "default": _SCALAR,
        "deprecationMessage": STRING,
        "options": list_of(STRING),
    }
)
_DISPATCH = keys({"inputs": one_of(NULL, open_keys(one_of(NULL, _DISPATCH_INPUT)))}, ignores=True)
_SCHEDULE = list_of(keys({"cron": required(NON_EMPTY), "timezone": NON_EMPTY}))


def _types(event: EventType) -> Definition:
    if event.activities is None:
        return list_of(NON_EMPTY)
    return one_or_many(choice(*event.activities))


def _filters(event: EventType) -> Definition:
    # pull_request_comment takes the types of issue_comment in GitHub's schema.
    typed = EVENTS["issue_comment"] if event.name == "pull_request_comment" else event
    # A filter that lists nothing filters nothing: GitHub starts such workflows.
    table = {name: one_of(NULL, one_or_many(NON_EMPTY)) for name in sorted(event.filters)}
    if typed.takes_types:
        table["types"] = one_of(NULL, _types(typed))
    return one_of(NULL, keys(table)) if table else NULL


_SPECIAL = {
    "schedule": _SCHEDULE,
    "workflow_call": one_of(NULL, _CALL),
    "workflow_dispatch": one_of(NULL, _DISPATCH),
}
_NAMES = choice(*EVENTS)

ON = one_of(
    _NAMES,
    list_of(_NAMES),
    keys({name: _SPECIAL.get(name) or _filters(event) for name, event in EVENTS.items()}),
)
"""`on`: an event, a list of events, or a mapping of events to their filters."""
