"""The shape of an action file, as the runner reads it.

After the runner's action_yaml.json, read 2026-11-24; it passes over keys it does not
know at the top and in inputs.
"""

from __future__ import annotations

from pytest_cicache.workflow._contexts import ACTION_CONTEXTS
from pytest_cicache.workflow._schema import (
    ANY,
    BOOLEAN,
    NON_EMPTY,
    STRING,
    Definition,
    keys,
    list_of,
    one_of,
    open_keys,
    required,
    within,
)

__all__ = ["ACTION"]


def _step(definition: Definition) -> Definition:
    return within(ACTION_CONTEXTS["runs.steps"], definition)


_ANY_STEP = {
    "name": _step(STRING),
    "id": NON_EMPTY,
    "if": within(ACTION_CONTEXTS["runs.steps.if"], STRING),
    "env": _step(open_keys(STRING)),
    "continue-on-error": _step(BOOLEAN),
}
_RUN_STEP = keys(
    {
        **_ANY_STEP,
        "run": required(_step(STRING)),
        "working-directory": _step(STRING),
        "shell": required(_step(STRING)),
    }
)
_USES_STEP = keys({**_ANY_STEP, "uses": required(NON_EMPTY), "with": _step(open_keys(STRING))})

_DOCKER = keys(
    {
        "using": NON_EMPTY,
        "image": NON_EMPTY,
        "entrypoint": NON_EMPTY,
        "args": list_of(within(ACTION_CONTEXTS["runs.args"], STRING)),
        "env": within(ACTION_CONTEXTS["runs.env"], open_keys(STRING)),
        "pre-entrypoint": NON_EMPTY,
        "pre-if": NON_EMPTY,
        "post-entrypoint": NON_EMPTY,
        "post-if": NON_EMPTY,
    }
)
_NODE = keys(
    {
        "using": NON_EMPTY,
        "main": NON_EMPTY,
        "pre": NON_EMPTY,
        "pre-if": NON_EMPTY,
        "post": NON_EMPTY,
        "post-if": NON_EMPTY,
    }
)
_COMPOSITE = keys({"using": NON_EMPTY, "steps": list_of(one_of(_RUN_STEP, _USES_STEP))})
_FREE = (NON_EMPTY, ANY)
_INPUT = keys({"default": within(ACTION_CONTEXTS["inputs.<input_id>.default"], STRING)}, loose=_FREE)
_OUTPUT = keys({"description": STRING, "value": within(ACTION_CONTEXTS["outputs.<output_id>.value"], STRING)})

ACTION = keys(
    {
        "name": STRING,
        "description": STRING,
        "inputs": open_keys(_INPUT),
        "outputs": open_keys(_OUTPUT),
        "runs": one_of(_DOCKER, _NODE, _COMPOSITE),
    },
    loose=_FREE,
)
"""A whole action file."""
