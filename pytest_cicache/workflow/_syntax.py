"""The shape of a workflow file.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax and GitHub's schema
(workflow-v1.0.json of actions/languageservices), read 2026-11-24.
"""

from __future__ import annotations

from pytest_cicache.permissions import PERMISSIONS
from pytest_cicache.workflow._contexts import CONTEXTS
from pytest_cicache.workflow._schema import (
    ANY,
    BOOLEAN,
    NON_EMPTY,
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
from pytest_cicache.workflow._syntax_events import ON
from pytest_cicache.workflow._syntax_steps import STEPS

__all__ = ["CALL_VALUES", "WORKFLOW"]


def _at(key: str, definition: Definition) -> Definition:
    return within(CONTEXTS[f"jobs.<job_id>.{key}"], definition)


_SCALAR = one_of(STRING, BOOLEAN, NUMBER)
_CACHE_MODE = choice("read", "write", "write-only", "none")
_PERMISSIONS = one_of(
    keys({name: choice(*permission.allowed) for name, permission in PERMISSIONS.items()}),
    choice("read-all", "write-all"),
)
_RUN_DEFAULTS = keys({"shell": NON_EMPTY, "working-directory": NON_EMPTY})
_CONCURRENCY = keys({"group": required(NON_EMPTY), "cancel-in-progress": BOOLEAN, "queue": choice("single", "max")})


def _container(place: str, *, is_service: bool) -> Definition:
    table = {
        "image": NON_EMPTY,
        "options": STRING,
        "env": open_keys(_at(f"{place}.env.<env_id>", STRING)),
        "ports": list_of(NON_EMPTY),
        "volumes": list_of(NON_EMPTY),
        "credentials": _at(f"{place}.credentials", keys({"username": NON_EMPTY, "password": NON_EMPTY})),
    }
    if is_service:
        table |= {"entrypoint": STRING, "command": STRING}
    return one_of(NON_EMPTY if is_service else STRING, keys(table))


_ENVIRONMENT = one_of(
    STRING,
    keys({"name": required(STRING), "url": _at("environment.url", STRING), "deployment": BOOLEAN}),
)
_SNAPSHOT = one_of(
    NON_EMPTY,
    keys({"image-name": required(NON_EMPTY), "if": _at("snapshot.if", STRING), "version": NON_EMPTY}),
)
_MATRIX = keys(
    {"include": list_of(open_keys(ANY)), "exclude": list_of(open_keys(ANY))},
    loose=(NON_EMPTY, list_of(ANY)),
)
_ANY_JOB = {
    "name": _at("name", STRING),
    "needs": one_or_many(NON_EMPTY),
    "if": _at("if", STRING),
    "permissions": _PERMISSIONS,
    "concurrency": _at("concurrency", one_of(NON_EMPTY, _CONCURRENCY)),
    "strategy": _at("strategy", keys({"fail-fast": BOOLEAN, "max-parallel": NUMBER, "matrix": _MATRIX})),
    "cache-mode": _CACHE_MODE,
}
_NORMAL_JOB = keys(
    {
        **_ANY_JOB,
        "runs-on": required(
            _at(
                "runs-on",
                one_of(
                    one_or_many(NON_EMPTY),
                    keys({"group": NON_EMPTY, "labels": one_or_many(NON_EMPTY)}),
                ),
            )
        ),
        "timeout-minutes": _at("timeout-minutes", NUMBER),
        "cancel-timeout-minutes": _at("timeout-minutes", NUMBER),
        "continue-on-error": _at("continue-on-error", BOOLEAN),
        "container": _at("container", _container("container", is_service=False)),
        "services": _at("services", open_keys(_container("services.<service_id>", is_service=True))),
        "env": _at("env", open_keys(STRING)),
        "environment": _at("environment", _ENVIRONMENT),
        "outputs": open_keys(_at("outputs.<output_id>", STRING)),
        "defaults": keys({"run": _at("defaults.run", _RUN_DEFAULTS)}),
        "steps": STEPS,
        "snapshot": _at("snapshot", _SNAPSHOT),
    }
)
_CALLING_JOB = keys(
    {
        **_ANY_JOB,
        "uses": required(NON_EMPTY),
        "with": open_keys(_at("with.<with_id>", _SCALAR)),
        "secrets": one_of(open_keys(_at("secrets.<secret_id>", _SCALAR)), choice("inherit")),
    }
)

WORKFLOW = keys(
    {
        "on": required(ON),
        "name": STRING,
        "description": STRING,
        "run-name": within(CONTEXTS["run-name"], STRING),
        "defaults": keys({"run": _RUN_DEFAULTS}),
        "env": within(CONTEXTS["env"], open_keys(STRING)),
        "permissions": _PERMISSIONS,
        "concurrency": within(CONTEXTS["concurrency"], one_of(STRING, _CONCURRENCY)),
        "cache-mode": _CACHE_MODE,
        "jobs": required(open_keys(one_of(_NORMAL_JOB, _CALLING_JOB))),
    }
)
"""A whole workflow file."""

CALL_VALUES = {"boolean": BOOLEAN, "number": NUMBER, "string": STRING}
"""What a value given to a called workflow must be, by the type of its input."""
