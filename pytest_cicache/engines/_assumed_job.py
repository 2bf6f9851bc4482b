"""Jobs that no runner runs: taken to succeed as a whole, with outputs that nobody knows."""

from __future__ import annotations

from pytest_cicache.expressions import show_unknown, unknown
from pytest_cicache.observation import Assumption, Conclusion, JobResult, StepMode, StepResult
from pytest_cicache.plan import PlannedJob
from pytest_cicache.workflow import Mapping, Step

__all__ = ["assumed_job"]


def assumed_job(planned: PlannedJob, assumption: Assumption) -> JobResult:
    """The result of a job that is assumed as a whole."""
    declared = planned.definition.outputs
    names = [name.text for name, _ in declared.entries] if isinstance(declared, Mapping) else []
    return JobResult(
        id=planned.id,
        name=planned.name,
        path=planned.path,
        matrix=planned.leg,
        conclusion=Conclusion.SUCCESS,
        token=planned.token,
        steps=tuple(_assumed_step(step, assumption) for step in planned.definition.steps),
        outputs={name: unknown(f"needs.{planned.id}.outputs.{name}", assumption.id) for name in names},
        assumptions=planned.assumptions,
        where=planned.position.place,
    )


def _assumed_step(step: Step, assumption: Assumption) -> StepResult:
    return StepResult(
        id=step.id,
        name=show_unknown(step.name.text if step.name is not None else step.id),
        kind="run" if step.run is not None else "uses",
        mode=StepMode.ASSUMED,
        outcome=Conclusion.SUCCESS,
        conclusion=Conclusion.SUCCESS,
        note=assumption.what,
        assumes=(assumption.id,),
        where=step.position.place,
    )
