"""The legs of a job's matrix, and a job's settings, as far as they are known."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import UsageError
from pytest_cicache.expressions import combined, holds_unknown, is_truthy, origins, to_text, unknown
from pytest_cicache.plan._model import JobSettings
from pytest_cicache.plan._names import leg_segments
from pytest_cicache.workflow import Mapping, evaluate_node, expand_matrix

if TYPE_CHECKING:
    from pytest_cicache.workflow import Job, Node

__all__ = ["Leg", "Legs", "expanded", "node_data", "only_matching", "settings_of"]

_ALONE = {"fail-fast": True, "job-index": 0.0, "job-total": 1.0, "max-parallel": 1.0}


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a matrix, or the whole of a job without one; `segments` are the texts of its name.

    `matrix` is an unknown value where nobody knows the legs.
    """

    matrix: abc.Mapping[str, Any] | str | None
    contexts: abc.Mapping[str, Any]
    segments: abc.Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Legs:
    """The legs of a job, and what its `strategy` says of them."""

    every: tuple[Leg, ...]
    fail_fast: Any = True
    max_parallel: Any = None

    @property
    def ends_with_first_failure(self) -> bool:
        """Whether a failed leg cancels the others."""
        return is_truthy(self.fail_fast)

    @property
    def side_by_side(self) -> int:
        """How many legs may run at one time."""
        most = self.max_parallel
        return int(most) if isinstance(most, int | float) and most >= 1 else len(self.every)


def node_data(node: Node | None, contexts: abc.Mapping[str, Any], default: Any = None) -> Any:
    """The value of a node as data."""
    return default if node is None else evaluate_node(node, contexts)


def expanded(job: Job, contexts: abc.Mapping[str, Any]) -> Legs:
    """The legs of a job with their `matrix` and `strategy` contexts; one of unknown values when nobody knows them.

    Raises `WorkflowError` for a strategy that GitHub refuses.
    """
    strategy = _strategy(job, contexts)
    if isinstance(strategy, str):
        return Legs((_unknown_leg(strategy, contexts),))
    fail_fast, most, matrix = (strategy.get(key) for key in ("fail-fast", "max-parallel", "matrix"))
    fail_fast = True if fail_fast is None else fail_fast
    if not matrix:
        return Legs((Leg(None, {**contexts, "matrix": None, "strategy": _ALONE}),), fail_fast, most)
    open_lists = _unknown_lists(matrix)
    if open_lists:
        return Legs((_unknown_leg(combined(*open_lists), contexts),), fail_fast, most)
    found = expand_matrix(job.strategy, contexts, job_id=job.id)
    segments = leg_segments(matrix, found)
    shared = {"fail-fast": fail_fast, "job-total": float(len(found)), "max-parallel": most or float(len(found))}
    legs = tuple(
        Leg(leg, {**contexts, "matrix": leg, "strategy": {**shared, "job-index": float(index)}}, segments[index])
        for index, leg in enumerate(found)
    )
    return Legs(legs, fail_fast, most)


def _strategy(job: Job, contexts: abc.Mapping[str, Any]) -> dict[str, Any] | str:
    """A job's `strategy`, evaluated; an unknown value where all of it is."""
    strategy = job.strategy
    if strategy is None:
        return {}
    if strategy.whole is not None:
        whole = evaluate_node(strategy.whole, contexts)
        return whole if isinstance(whole, dict) or (isinstance(whole, str) and holds_unknown(whole)) else {}
    nodes = {"matrix": strategy.matrix, "fail-fast": strategy.fail_fast, "max-parallel": strategy.max_parallel}
    return {name: evaluate_node(node, contexts) for name, node in nodes.items() if node is not None}


def _unknown_lists(matrix: Any) -> list[str]:
    """The unknown values that decide what legs there are: the matrix itself, or its vectors and includes."""
    lists = matrix.values() if isinstance(matrix, abc.Mapping) else [matrix]
    return [value for value in lists if isinstance(value, str) and holds_unknown(value)]


def _unknown_leg(matrix: str, contexts: abc.Mapping[str, Any]) -> Leg:
    """The one leg of a matrix that is unknown: its values are called by their names in it."""
    rests_on = {each: None for origin in origins(matrix) for each in origin.assumptions}
    values, facts = (unknown(name, *rests_on) for name in ("matrix", "strategy"))
    return Leg(matrix, {**contexts, "matrix": values, "strategy": facts})


def only_matching(legs: abc.Sequence[Leg], job_id: str, only: abc.Mapping[str, str]) -> list[Leg]:
    """The legs with these matrix values, as text; raises `UsageError` when no leg of a job has them."""
    chosen = [leg for leg in legs if _has(leg, only)]
    if not chosen:
        has = "; ".join(dict.fromkeys(_shown(leg.matrix, only) for leg in legs if isinstance(leg.matrix, abc.Mapping)))
        raise UsageError(f"no leg of the job '{job_id}' has {_shown(only, only)}; its legs have {has}")
    return chosen


def _has(leg: Leg, only: abc.Mapping[str, str]) -> bool:
    matrix = leg.matrix
    if not isinstance(matrix, abc.Mapping):
        return True
    return all(key not in matrix or to_text(matrix[key]) == value for key, value in only.items())


def _shown(values: abc.Mapping[str, Any], keys: abc.Mapping[str, str]) -> str:
    return ", ".join(f"{key}={to_text(values[key])}" for key in keys if key in values)


def settings_of(job: Job, legs: Legs, contexts: abc.Mapping[str, Any]) -> JobSettings:
    """The settings of a job or leg; raises `WorkflowError` for one that cannot be evaluated."""
    return JobSettings(
        runs_on=node_data(job.runs_on, contexts),
        environment=_environment(job.environment, contexts),
        concurrency=node_data(job.concurrency, contexts),
        timeout_minutes=node_data(job.timeout_minutes, contexts, 360.0),
        continue_on_error=node_data(job.continue_on_error, contexts, False),
        fail_fast=legs.fail_fast,
        max_parallel=legs.max_parallel,
    )


def _environment(node: Node | None, contexts: abc.Mapping[str, Any]) -> Any:
    """An environment's name, or its keys; the `url` is evaluated at the end of the job and may use its steps."""
    if not isinstance(node, Mapping):
        return node_data(node, contexts)
    later = {name: unknown(name) for name in ("env", "job", "runner", "steps")}
    return {name: node_data(value, {**contexts, **later}) for name, value in node.items()}
