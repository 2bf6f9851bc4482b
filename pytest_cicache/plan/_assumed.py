"""What of a job is not simulated, whichever runner runs it: unknown conditions and legs, other systems, containers."""

from __future__ import annotations

from collections import abc
from typing import TYPE_CHECKING, Any

from pytest_cicache.expressions import holds_unknown, to_text
from pytest_cicache.plan._assumption import Assumption, AssumptionKind
from pytest_cicache.workflow import Mapping

if TYPE_CHECKING:
    from pytest_cicache.workflow import Job, Scalar

__all__ = [
    "absent_workflow",
    "action_not_run",
    "beside_the_steps",
    "elsewhere",
    "runner_labels",
    "unknown_condition",
    "unknown_legs",
]

# Words in the labels of runners that are no Linux; what has neither is taken for Linux.
_OTHER_SYSTEMS = ("windows", "macos")


def unknown_condition(job: Job, what: str) -> Assumption:
    """A job whose condition nobody can tell: it may run, and so it does."""
    message = f"the condition of the job '{job.id}' depends on {what}, and is assumed to hold"
    return Assumption(kind=AssumptionKind.CONDITION, what=message, where=job.condition.position.place)


def unknown_legs(job: Job, what: str) -> Assumption:
    """A matrix that nobody can tell: one leg of unknown values stands for all."""
    assert job.strategy is not None
    message = f"the legs of the job '{job.id}' depend on {what}; one of unknown values stands for them"
    return Assumption(kind=AssumptionKind.JOB, what=message, where=job.strategy.position.place)


def absent_workflow(job: Job) -> Assumption:
    """A called workflow that is not on disk."""
    assert job.uses is not None
    message = f"the reusable workflow '{job.uses.text}' is not on disk, and is assumed to succeed"
    return Assumption(
        kind=AssumptionKind.WORKFLOW,
        what=message,
        where=job.uses.position.place,
        stub=f"job:{job.id}:output=value",
    )


def action_not_run(uses: Scalar, why: str) -> Assumption:
    """A step's action that is neither emulated nor run; `why` says so."""
    return Assumption(
        kind=AssumptionKind.ACTION,
        what=f"{why}, and is assumed to succeed",
        where=uses.position.place,
        stub=f"action:{uses.text.partition('@')[0]}:output=value",
    )


def elsewhere(job: Job, runs_on: Any) -> Assumption | None:
    """A job for another system, by the value of its `runs-on`."""
    label = next(
        (each for each in runner_labels(runs_on) if any(word in each.lower() for word in _OTHER_SYSTEMS)), None
    )
    if label is None:
        return None
    what = f"the job '{job.id}' runs on '{label}', which is not simulated, and is assumed to succeed"
    return _of_job(AssumptionKind.JOB, what, job)


def beside_the_steps(job: Job) -> abc.Iterator[Assumption]:
    """A job's container, whose steps run as those of any other job, and its services."""
    if job.container is not None:
        what = f"the container of the job '{job.id}' is not started; its steps run without it"
        yield _of_job(AssumptionKind.CONTAINER, what, job)
    if isinstance(job.services, Mapping):
        for name, _ in job.services.entries:
            what = f"the service '{name.text}' of the job '{job.id}' is not started"
            yield _of_job(AssumptionKind.SERVICE, what, job)


def runner_labels(runs_on: Any) -> list[str]:
    """The labels in the value of a `runs-on`, those that are known."""
    value = runs_on.get("labels") if isinstance(runs_on, abc.Mapping) else runs_on
    labels = [to_text(item) for item in (value if isinstance(value, list) else [value])]
    return [label for label in labels if not holds_unknown(label)]


def _of_job(kind: AssumptionKind, what: str, job: Job) -> Assumption:
    return Assumption(kind=kind, what=what, where=job.position.place, stub=f"job:{job.id}:output=value")
