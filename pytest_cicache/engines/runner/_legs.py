"""The legs of a job's matrix, with their names and contexts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_cicache.errors import UsageError
from pytest_cicache.expressions import is_truthy, to_text
from pytest_cicache.workflow import Job, evaluate_node, expand_matrix, leg_segments

__all__ = ["Leg", "legs_of", "plain"]


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg, or a job without a matrix (`matrix` is `None`); `segments` are the texts of its name."""

    matrix: Mapping[str, Any] | None
    contexts: Mapping[str, Any]
    segments: Sequence[str] = ()


def legs_of(job: Job, contexts: Mapping[str, Any], only: Mapping[str, str]) -> tuple[list[Leg], bool]:
    """Return the legs to run, and whether one that fails cancels the others.

    `only` holds matrix values as text; legs with other values are left out. Raises WorkflowError for a
    matrix that GitHub refuses, UsageError when no leg of a job has the values.
    """
    strategy = _strategy(job, contexts)
    matrix = strategy.get("matrix")
    fail_fast = is_truthy(strategy.get("fail-fast", True))
    if not matrix:
        return [Leg(None, contexts)], fail_fast
    combinations = expand_matrix(job.strategy, contexts, job_id=job.id)
    segments = leg_segments(matrix, combinations)
    facts = {"fail-fast": fail_fast, "job-total": float(len(combinations))}
    facts["max-parallel"] = strategy.get("max-parallel") or float(len(combinations))
    legs = [
        Leg(leg, {**contexts, "matrix": leg, "strategy": facts | {"job-index": float(index)}}, segments[index])
        for index, leg in enumerate(map(dict, combinations))
        if all(key not in leg or to_text(leg[key]) == value for key, value in only.items())
    ]
    if not legs:
        has = "; ".join(dict.fromkeys(_shown(leg, only) for leg in combinations))
        raise UsageError(f"no leg of the job '{job.id}' has {_shown(only, only)}; its legs have {has}")
    return legs, fail_fast


def plain(value: Any) -> Any:
    """A value of a matrix as people write it: 18, not the 18.0 that expressions reckon with."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _shown(values: Mapping[str, Any], keys: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={to_text(values[key])}" for key in keys if key in values)


def _strategy(job: Job, contexts: Mapping[str, Any]) -> dict[str, Any]:
    """A job's `strategy`, evaluated."""
    strategy = job.strategy
    if strategy is None:
        return {}
    if strategy.whole is not None:
        whole = evaluate_node(strategy.whole, contexts)
        return whole if isinstance(whole, dict) else {}
    nodes = {
        "matrix": strategy.matrix,
        "fail-fast": strategy.fail_fast,
        "max-parallel": strategy.max_parallel,
    }
    return {name: evaluate_node(node, contexts) for name, node in nodes.items() if node is not None}
