"""The legs of a job's matrix, and a job's settings, as far as they are known before a run."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_cicache.expressions import UndecidedError
from pytest_cicache.workflow._evaluate import evaluate_node
from pytest_cicache.workflow._job_names import leg_segments, plain_name
from pytest_cicache.workflow._matrix import expand_matrix
from pytest_cicache.workflow._nodes import Mapping
from pytest_cicache.workflow._partial import PartialContext, Undecided
from pytest_cicache.workflow._plan import JobSettings

if TYPE_CHECKING:
    from pytest_cicache.workflow._model import Job
    from pytest_cicache.workflow._nodes import Node

__all__ = ["Leg", "expanded", "leg_name", "node_data", "settings_of"]


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a matrix, or the whole of a job without one; `segments` are the texts of its name."""

    matrix: abc.Mapping[str, Any] | Undecided | None
    contexts: abc.Mapping[str, Any]
    segments: abc.Sequence[str] = ()


def node_data(node: Node | None, contexts: abc.Mapping[str, Any], default: Any = None) -> Any:
    """The value of a node as data; `Undecided` where it depends on what is not known."""
    if node is None:
        return default
    try:
        return evaluate_node(node, contexts)
    except UndecidedError as error:
        return Undecided(error.what)


def expanded(job: Job, contexts: abc.Mapping[str, Any]) -> list[Leg]:
    """The legs of a job with their `matrix` and `strategy` contexts; one of unknown values when undecided."""
    strategy = job.strategy
    alone = {"fail-fast": True, "job-index": 0.0, "job-total": 1.0, "max-parallel": 1.0}
    if strategy is None or strategy.matrix is None:
        return [Leg(None, {**contexts, "matrix": None, "strategy": alone})]
    try:
        legs = expand_matrix(strategy, contexts)
        segments = leg_segments(evaluate_node(strategy.matrix, contexts), legs)
    except UndecidedError as error:
        return [_undecided_leg(Undecided(error.what), contexts)]
    shared = alone | {"job-total": float(len(legs)), "max-parallel": float(len(legs))}
    return [
        Leg(leg, {**contexts, "matrix": leg, "strategy": shared | {"job-index": float(index)}}, segments[index])
        for index, leg in enumerate(legs)
    ]


def _undecided_leg(undecided: Undecided, contexts: abc.Mapping[str, Any]) -> Leg:
    open_matrix = PartialContext("matrix", {}, is_open=True)
    open_strategy = PartialContext("strategy", {}, is_open=True)
    return Leg(undecided, {**contexts, "matrix": open_matrix, "strategy": open_strategy})


def leg_name(job: Job, leg: Leg) -> str:
    """The name of a leg; one that depends on what is not known stays as it is written."""
    try:
        return plain_name(job, leg.contexts, leg.segments)
    except UndecidedError:
        return job.name.text if job.name is not None else job.id


def settings_of(job: Job, contexts: abc.Mapping[str, Any]) -> JobSettings:
    """The settings of a job or leg; raises `WorkflowError` for one that cannot be evaluated."""
    strategy = job.strategy
    return JobSettings(
        runs_on=node_data(job.runs_on, contexts),
        environment=_environment(job.environment, contexts),
        concurrency=node_data(job.concurrency, contexts),
        timeout_minutes=node_data(job.timeout_minutes, contexts, 360.0),
        continue_on_error=node_data(job.continue_on_error, contexts, False),
        fail_fast=node_data(strategy.fail_fast if strategy else None, contexts, True),
        max_parallel=node_data(strategy.max_parallel if strategy else None, contexts),
    )


def _environment(node: Node | None, contexts: abc.Mapping[str, Any]) -> Any:
    """An environment's name, or its keys; the `url` is evaluated at the end of the job and may use its steps."""
    if not isinstance(node, Mapping):
        return node_data(node, contexts)
    later = {name: PartialContext(name, {}, is_open=True) for name in ("env", "job", "runner", "steps")}
    return {name: node_data(value, {**contexts, **later}) for name, value in node.items()}
