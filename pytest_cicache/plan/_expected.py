"""What a job that has not run is taken to come to: success, with the outputs that need no step."""

from __future__ import annotations

from collections import abc
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import WorkflowError
from pytest_cicache.expressions import HostFunction, unknown
from pytest_cicache.plan._model import Verdict
from pytest_cicache.plan._outcome import JobOutcome, readable
from pytest_cicache.workflow import Mapping, evaluate_node

if TYPE_CHECKING:
    from pytest_cicache.plan._model import PlannedJob
    from pytest_cicache.workflow import Node

__all__ = ["expected_outcome"]


def expected_outcome(planned: PlannedJob, contexts: abc.Mapping[str, Any]) -> JobOutcome:
    """Take a job to succeed; outputs of its steps, and all of one that may not run, are unknown."""
    job = planned.definition
    assumes = () if planned.opaque is None else (planned.opaque.id,)
    if job.uses is not None:
        return JobOutcome(result=None, outputs=None, assumes=assumes)
    doubt = planned.reason if planned.verdict is Verdict.UNDECIDED else None
    if not isinstance(job.outputs, Mapping):
        return JobOutcome(result=None, doubt=doubt, assumes=assumes)
    later = {name: unknown(name) for name in ("env", "job", "runner", "steps", "secrets")}
    outputs = {
        name: None if doubt or planned.opaque else _value(node, {**contexts, **later})
        for name, node in job.outputs.items()
    }
    return JobOutcome(result=None, outputs=outputs, doubt=doubt, assumes=assumes)


def _value(node: Node, contexts: abc.Mapping[str, Any]) -> str | None:
    """An output, as far as it is known without the steps of the job."""
    try:
        return readable(evaluate_node(node, contexts, _FUNCTIONS))
    except WorkflowError:
        return None


_LATER = {"hashfiles": "hashFiles", **{name: name for name in ("always", "cancelled", "failure", "success")}}
_FUNCTIONS = {
    key: HostFunction(name=name, minimum=0, maximum=255, call=lambda *_, name=name: unknown(f"{name}()"))
    for key, name in _LATER.items()
}
