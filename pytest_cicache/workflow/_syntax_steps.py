"""The shape of a job's steps.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idsteps and
GitHub's schema (workflow-v1.0.json of actions/languageservices), read 2026-11-24.
"""

from __future__ import annotations

from pytest_cicache.workflow._contexts import CONTEXTS
from pytest_cicache.workflow._schema import (
    ANY,
    BOOLEAN,
    NON_EMPTY,
    NULL,
    NUMBER,
    STRING,
    Definition,
    keys,
    list_of,
    one_of,
    one_or_many,
    open_keys,
    required,
    within,
)

__all__ = ["STEPS"]


def _at(key: str, definition: Definition) -> Definition:
    return within(CONTEXTS[f"jobs.<job_id>.steps.{key}"], definition)


_ANY_STEP = {
    "name": _at("name", STRING),
    "id": NON_EMPTY,
    "continue-on-error": _at("continue-on-error", BOOLEAN),
}
_WORKING_STEP = {
    **_ANY_STEP,
    "if": _at("if", STRING),
    "timeout-minutes": _at("timeout-minutes", NUMBER),
    "env": _at("env", open_keys(STRING)),
    "background": BOOLEAN,
}

_RUN = keys(
    {
        **_WORKING_STEP,
        "run": required(_at("run", STRING)),
        "working-directory": _at("working-directory", STRING),
        "shell": NON_EMPTY,
    }
)
_USES = keys({**_WORKING_STEP, "uses": required(NON_EMPTY), "with": _at("with", open_keys(STRING))})
# GitHub's hint about missing keys does not name these three.
_WAIT = keys({**_ANY_STEP, "wait": required(one_or_many(NON_EMPTY))}, hinted=False)
_WAIT_ALL = keys({**_ANY_STEP, "wait-all": required(one_of(NULL, BOOLEAN))}, hinted=False)
_CANCEL = keys({**_ANY_STEP, "cancel": required(NON_EMPTY)}, hinted=False)

# A parallel block inside another is refused as a whole, whatever it holds.
_INNERMOST = keys({"parallel": required(ANY)})
_INNER_STEP = one_of(_RUN, _USES, _WAIT, _WAIT_ALL, _CANCEL, _INNERMOST)
_PARALLEL = keys({"parallel": required(list_of(_INNER_STEP))})

STEPS = list_of(one_of(_RUN, _USES, _WAIT, _WAIT_ALL, _CANCEL, _PARALLEL))
"""`jobs.<job_id>.steps`."""
