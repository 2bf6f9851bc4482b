"""Jobs and their surroundings that are not simulated: other systems, containers, services."""

from __future__ import annotations

from dataclasses import replace

from pytest_cicache.engines._job_spec import JobSpec
from pytest_cicache.expressions import holds_unknown, show_unknown, to_text, unknown
from pytest_cicache.observation import Assumption, AssumptionKind, Conclusion, JobResult, StepMode, StepResult
from pytest_cicache.workflow import Job, Mapping, evaluate_node

__all__ = ["assumed_job", "beside_the_steps", "runs_elsewhere"]

# Words in the labels of runners that are no Linux; what has neither is taken for Linux.
_OTHER_SYSTEMS = ("windows", "macos")


def runs_elsewhere(spec: JobSpec) -> Assumption | None:
    """The assumption about a job for another system; raises WorkflowError when its labels cannot be evaluated."""
    label = next((each for each in _labels(spec) if any(word in each.lower() for word in _OTHER_SYSTEMS)), None)
    if label is None:
        return None
    what = f"the job '{spec.job.id}' runs on '{label}', which is not simulated, and is assumed to succeed"
    return _assumption(AssumptionKind.JOB, what, spec.job)


def beside_the_steps(job: Job) -> tuple[Assumption, ...]:
    """The assumptions about a job's container, whose steps run as those of any other job, and about its services."""
    found = []
    if job.container is not None:
        what = f"the container of the job '{job.id}' is not started; its steps run without it"
        found.append(_assumption(AssumptionKind.CONTAINER, what, job))
    if isinstance(job.services, Mapping):
        for name, _ in job.services.entries:
            what = f"the service '{name.text}' of the job '{job.id}' is not started"
            found.append(_assumption(AssumptionKind.SERVICE, what, job))
    return tuple(found)


def assumed_job(spec: JobSpec, assumption: Assumption) -> JobResult:
    """A job that is taken to succeed as a whole; nobody knows its outputs."""
    declared = spec.job.outputs
    names = [name.text for name, _ in declared.entries] if isinstance(declared, Mapping) else []
    outputs = {name: unknown(f"needs.{spec.job.id}.outputs.{name}", assumption.id) for name in names}
    steps = tuple(
        StepResult(
            id=step.id,
            name=show_unknown(step.name.text if step.name is not None else step.id),
            kind="run" if step.run is not None else "uses",
            mode=StepMode.ASSUMED,
            outcome=Conclusion.SUCCESS,
            conclusion=Conclusion.SUCCESS,
            note=assumption.what,
            assumes=(assumption.id,),
        )
        for step in spec.job.steps
    )
    result = spec.result(Conclusion.SUCCESS, steps=steps, outputs=outputs)
    return replace(result, assumptions=(assumption,))


def _labels(spec: JobSpec) -> list[str]:
    value = None if spec.job.runs_on is None else evaluate_node(spec.job.runs_on, spec.contexts)
    if isinstance(value, dict):
        value = value.get("labels")
    labels = [to_text(item) for item in (value if isinstance(value, list) else [value])]
    return [label for label in labels if not holds_unknown(label)]


def _assumption(kind: AssumptionKind, what: str, job: Job) -> Assumption:
    where = f"{job.position.path}:{job.position.line}:{job.position.column}"
    return Assumption(kind=kind, what=what, where=where, stub=f"job:{job.id}:output=value")
