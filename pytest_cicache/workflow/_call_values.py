"""Inputs and secrets that a job gives to the workflow it calls, against what that one declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cicache.workflow._nodes import Mapping, Node, Scalar
from pytest_cicache.workflow._reader import NodeReader
from pytest_cicache.workflow._syntax import CALL_VALUES
from pytest_cicache.workflow._triggers import read_call

if TYPE_CHECKING:
    from pytest_cicache.workflow._model import CallInput, CallSecret, Job
    from pytest_cicache.workflow._nodes import Position
    from pytest_cicache.workflow._problems import Problems

__all__ = ["check_call"]


def check_call(job: Job, place: Position, node: Mapping, problems: Problems) -> None:
    """Report a file that cannot be called, and inputs and secrets that are missing, unknown or mistyped.

    `place` is that of the job's `uses` value, `node` the called file.
    """
    on = node.get("on")
    assert on is not None
    call = read_call(on)
    if call is None:
        problems.add("workflow_call key is not defined in the referenced workflow.", on.position)
        return
    _check_inputs(job, place, call.inputs, problems)
    if job.secrets != "inherit":
        _check_secrets(job, place, call.secrets, problems)


def _check_inputs(job: Job, place: Position, declared: tuple[CallInput, ...], problems: Problems) -> None:
    given = _values(job.with_)
    for each in declared:
        _check_type(each.default, each.type, problems)
        value = given.get(each.name.lower())
        if value is not None:
            _check_type(value[1], each.type, problems)
        elif each.required:
            problems.add(f"Input {each.name} is required, but not provided while calling.", place)
    _check_unknown(given, {each.name.lower() for each in declared}, "input", problems)


def _check_secrets(job: Job, place: Position, declared: tuple[CallSecret, ...], problems: Problems) -> None:
    given = _values(job.secrets if isinstance(job.secrets, Mapping) else None)
    for each in declared:
        if each.required and each.name.lower() not in given:
            problems.add(f"Secret {each.name} is required, but not provided while calling.", place)
    _check_unknown(given, {each.name.lower() for each in declared}, "secret", problems)


def _values(node: Node | None) -> dict[str, tuple[str, Node]]:
    """Names as written and values, by the lower-case name."""
    if not isinstance(node, Mapping):
        return {}
    return {name.lower(): (name, value) for name, value in node.items()}


def _check_type(node: Node | None, kind: str, problems: Problems) -> None:
    if isinstance(node, Scalar) and not node.is_template:
        NodeReader(problems).read(node, CALL_VALUES[kind])


def _check_unknown(given: dict[str, tuple[str, Node]], known: set[str], what: str, problems: Problems) -> None:
    for lowered, (name, value) in given.items():
        if lowered not in known:
            problems.add(f"Invalid {what}, {name} is not defined in the referenced workflow.", value.position)
