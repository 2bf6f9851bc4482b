"""What a job that has not run is taken to come to: success, with the outputs that need no step."""

from __future__ import annotations

from collections import abc
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import WorkflowError
from pytest_cicache.expressions import HostFunction, UndecidedError, to_text
from pytest_cicache.plan._model import Verdict
from pytest_cicache.plan._outcome import Outcome
from pytest_cicache.workflow import Mapping, PartialContext, evaluate_node

if TYPE_CHECKING:
    from pytest_cicache.plan._model import PlannedJob
    from pytest_cicache.workflow import Node

__all__ = ["expected_outcome"]


def expected_outcome(planned: PlannedJob, contexts: abc.Mapping[str, Any]) -> Outcome:
    """Take a job to succeed; outputs of its steps, and all of one that may not run, are `Undecided`."""
    outputs: dict[str, Any] = {}
    doubt = planned.reason if planned.verdict is Verdict.UNDECIDED else None
    declared = planned.definition.outputs
    if doubt is None and isinstance(declared, Mapping):
        later = {name: PartialContext(name, {}, is_open=True) for name in ("env", "job", "runner", "steps", "secrets")}
        found = {name: _value(node, {**contexts, **later}) for name, node in declared.items()}
        outputs = {name: value for name, value in found.items() if value is not None}
    return Outcome(result=None, outputs=outputs, open_outputs=True, doubt=doubt)


def _value(node: Node, contexts: abc.Mapping[str, Any]) -> str | None:
    """An output that no step decides, else `None`."""
    try:
        return to_text(evaluate_node(node, contexts, _FUNCTIONS))
    except (UndecidedError, WorkflowError):
        return None


def _hash_files(*patterns: object) -> str:
    raise UndecidedError("hashFiles")


def _status(*_: object) -> bool:
    raise UndecidedError("the status of the job")


_FUNCTIONS = {"hashfiles": HostFunction(name="hashFiles", minimum=1, maximum=255, call=_hash_files)}
_FUNCTIONS |= {
    name: HostFunction(name=name, minimum=0, maximum=0, call=_status)
    for name in ("always", "cancelled", "failure", "success")
}
