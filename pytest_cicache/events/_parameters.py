"""The parameters of events: their names, what each takes, and how texts and JSON become them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypedDict

from pytest_cicache.errors import UsageError, suggestion
from pytest_cicache.events._ref_names import is_ref_name

__all__ = ["PARAMETERS", "Parameters", "coerce"]


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


def _login(name: str, value: object) -> str:
    text = _text(name, value)
    if not re.fullmatch(r"[A-Za-z0-9_.-]+(\[bot\])?", text):
        raise UsageError(f"{name} takes a login, not {value!r}")
    return text


def _ref(name: str, value: object) -> str:
    text = _text(name, value)
    full = text if text.startswith("refs/") else f"refs/heads/{text}"
    if not re.fullmatch(r"refs/(heads|tags|pull)/.+", full) or not is_ref_name(full):
        raise UsageError(f"{name} takes a ref such as refs/heads/main or the name of a branch, not {value!r}")
    return full


def _name(name: str, value: object) -> str:
    if not _text(name, value):
        raise UsageError(f"{name} takes a name, not ''")
    return _text(name, value)


def _ref_name(name: str, value: object) -> str:
    text = _name(name, value)
    if not is_ref_name(text):
        raise UsageError(f"{name} takes a name that git allows, not {value!r}")
    return text


def _ref_name_or_none(name: str, value: object) -> str:
    """Empty for a comment on what is no pull request."""
    return _ref_name(name, value) if value else _text(name, value)


def _run(name: str, value: object) -> dict[str, Any]:
    """Fields of a workflow_run object; numbers may be given as text, `head_repository` as owner/name or object."""
    run = _pairs(name, value)
    for key in ("name", "path", "event", "head_sha"):
        if key in run:
            _name(f"{name}.{key}", run[key])
    for key in ("id", "run_number", "run_attempt"):
        if key in run:
            run[key] = _number(f"{name}.{key}", run[key])
    if not isinstance(run.get("head_repository", {}), Mapping):
        _repository(f"{name}.head_repository", run["head_repository"])
    return run


_READERS = {
    "actor": _login,
    "number": _number,
    "run_id": _number,
    "run_number": _number,
    "merged": _boolean,
    "draft": _boolean,
    "labels": _texts,
    "changed_files": _texts,
    "inputs": _pairs,
    "workflow_run": _run,
    "comment": _comment,
    "head_repository": _repository,
    "ref": _ref,
    "branch": _ref_name,
    "tag": _ref_name,
    "base_ref": _ref_name,
    "head_ref": _ref_name_or_none,
}


def coerce(parameters: Mapping[str, object]) -> dict[str, Any]:
    """Check and convert parameters as they come from Python, JSON or text; `None` means not given.

    Raises `UsageError` for a name that no event has and for a value of the wrong type.
    """
    unknown = sorted(set(parameters) - set(PARAMETERS))
    if unknown:
        near = suggestion(unknown[0], PARAMETERS)
        raise UsageError(f"unknown event parameter {unknown[0]!r}; {near}an event takes {', '.join(PARAMETERS)}")
    return {name: _READERS.get(name, _text)(name, value) for name, value in parameters.items() if value is not None}
