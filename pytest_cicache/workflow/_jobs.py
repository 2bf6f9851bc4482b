"""Jobs out of their nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cicache.workflow._conditions import condition
from pytest_cicache.workflow._contexts import CONTEXTS
from pytest_cicache.workflow._ids import id_problem
from pytest_cicache.workflow._job_checks import check_job_key
from pytest_cicache.workflow._model import Job, Strategy
from pytest_cicache.workflow._needs import JobNeeds, check_needs
from pytest_cicache.workflow._nodes import Mapping, Node, Scalar, Sequence
from pytest_cicache.workflow._steps import read_steps

if TYPE_CHECKING:
    from pytest_cicache.workflow._model import Condition, PermissionBlock, Step
    from pytest_cicache.workflow._problems import Problems

__all__ = ["permission_block", "read_jobs", "text_at"]

_STEP_CONDITIONS = CONTEXTS["jobs.<job_id>.steps.if"]
_JOB_CONDITIONS = CONTEXTS["jobs.<job_id>.if"]


def read_jobs(node: Mapping, problems: Problems) -> tuple[Job, ...]:
    """The jobs of a file whose shape is right."""
    entries = [(key, value) for key, value in node.entries if isinstance(value, Mapping)]
    found: list[int] = []
    jobs = []
    for key, value in entries:
        before = len(problems)
        jobs.append(_job(key, value, problems))
        found.append(len(problems) - before)
    if not any(found):
        needs = [JobNeeds(str(key.value), _needs(value)) for key, value in entries]
        check_needs(needs, node.position, problems)
    return tuple(jobs)


def _job(key: Scalar, node: Mapping, problems: Problems) -> Job:
    problem = id_problem(str(key.value))
    if problem is not None:
        problems.add(problem, key.position)
    complete = condition(None, available=_JOB_CONDITIONS, position=key.position, problems=problems)
    steps: tuple[Step, ...] = ()
    # GitHub meets the keys in the order of the file, and complains in that order.
    for name, value in node.items():
        if name == "steps":
            steps = read_steps(value, conditions=_STEP_CONDITIONS, problems=problems)
        elif name == "if" and isinstance(value, Scalar):
            complete = condition(value, available=_JOB_CONDITIONS, position=value.position, problems=problems)
        else:
            check_job_key(name, value, problems)
    return _job_model(key, node, complete, steps)


def _job_model(key: Scalar, node: Mapping, complete: Condition, steps: tuple[Step, ...]) -> Job:
    secrets = node.get("secrets")
    return Job(
        id=str(key.value),
        position=key.position,
        condition=complete,
        name=scalar_at(node, "name"),
        needs=tuple(str(need.value) for need in _needs(node)),
        runs_on=node.get("runs-on"),
        permissions=permission_block(node.get("permissions")),
        env=node.get("env"),
        outputs=node.get("outputs"),
        strategy=_strategy(node.get("strategy")),
        defaults=node.get("defaults"),
        container=node.get("container"),
        services=node.get("services"),
        environment=node.get("environment"),
        concurrency=node.get("concurrency"),
        snapshot=node.get("snapshot"),
        timeout_minutes=scalar_at(node, "timeout-minutes"),
        cancel_timeout_minutes=scalar_at(node, "cancel-timeout-minutes"),
        continue_on_error=scalar_at(node, "continue-on-error"),
        cache_mode=text_at(node, "cache-mode"),
        steps=steps,
        uses=scalar_at(node, "uses"),
        with_=node.get("with"),
        secrets=str(secrets.value) if isinstance(secrets, Scalar) else secrets,
    )


def _needs(node: Mapping) -> tuple[Scalar, ...]:
    match node.get("needs"):
        case Scalar() as single:
            return (single,)
        case Sequence(items=items):
            return tuple(item for item in items if isinstance(item, Scalar))
    return ()


def _strategy(node: Node | None) -> Strategy | None:
    if not isinstance(node, Mapping):
        return None if node is None else Strategy(position=node.position, whole=node)
    return Strategy(
        position=node.position,
        matrix=node.get("matrix"),
        fail_fast=scalar_at(node, "fail-fast"),
        max_parallel=scalar_at(node, "max-parallel"),
    )


def permission_block(node: Node | None) -> PermissionBlock | None:
    """A valid `permissions:` value; `None` when there is none."""
    match node:
        case Scalar():
            return str(node.value)
        case Mapping():
            return {name: str(value.to_data()) for name, value in node.items()}
    return None


def scalar_at(node: Mapping, key: str) -> Scalar | None:
    """The scalar at a key, `None` when there is none."""
    value = node.get(key)
    return value if isinstance(value, Scalar) else None


def text_at(node: Mapping, key: str) -> str | None:
    """The text at a key, `None` when there is none."""
    value = scalar_at(node, key)
    return None if value is None else str(value.value)
