"""The results of steps and jobs as a person may see them: no secret, no marker, no folder of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pytest_cicache.engines.runner.job import JobState, evaluated
from pytest_cicache.engines.runner.steps._actions import step_name
from pytest_cicache.engines.runner.steps._assumed import position
from pytest_cicache.engines.runner.steps._empty_secrets import empty_secrets
from pytest_cicache.engines.runner.steps._step_end import StepEnd
from pytest_cicache.engines.runner.steps._steps import StepDone, template_error
from pytest_cicache.engines.runner.steps._timing import OutOfTimeError
from pytest_cicache.errors import CicacheError, UnsupportedError, UsageError, WorkflowError
from pytest_cicache.observation import (
    BuildRecord,
    CacheOperation,
    Conclusion,
    JobResult,
    StepMode,
    StepResult,
    StepTraits,
)
from pytest_cicache.workflow import Step

__all__ = ["elapsed", "evaluated_env", "given_stand_in", "has_stand_in", "job_result", "step_result"]


def job_result(state: JobState, steps: tuple[StepResult, ...], why: str) -> JobResult:
    """End a job whose steps are over: its post steps, its outputs; `why` is what a cancelled one ended for."""
    _clean_up(state)
    conclusion = Conclusion(state.status)
    reason = why if conclusion is Conclusion.CANCELLED else None
    try:
        outputs, dropped = _outputs(state)
    except WorkflowError as error:
        return state.spec.result(Conclusion.FAILURE, reason=state.job.masks.hide(template_error(error)), steps=steps)
    return state.spec.result(conclusion, reason=reason, steps=steps, outputs=outputs, warnings=dropped)


def elapsed(taken: list[StepResult]) -> float:
    """The seconds that steps took by their job's own clock, beside waiting: one for each that ran."""
    return float(sum(step.mode is not StepMode.SKIPPED for step in taken))


def evaluated_env(state: JobState) -> dict[str, str]:
    """The variables of the workflow and of the job over them."""
    contexts = state.spec.contexts
    return {**evaluated(state.spec.workflow.env, contexts), **evaluated(state.spec.job.env, contexts)}


def _clean_up(state: JobState) -> None:
    """Run the post steps, the last one first; what cannot be simulated in them raises."""
    state.job.has_failed = state.failed
    while state.job.post:
        try:
            state.job.post.pop()()
        except OutOfTimeError:
            break
    recorder = state.take_recorder()
    state.spec.stubs.used.update(f"command:{name}" for name in state.job.workspace.used_stubs())
    state.spec.stubs.dates.update(state.job.workspace.asked_dates())
    if recorder.error is not None:
        raise recorder.error


def _outputs(state: JobState) -> tuple[dict[str, str], tuple[str, ...]]:
    """A job's outputs, and a warning for each that holds a secret and is dropped.

    https://github.com/actions/runner/blob/main/src/Runner.Worker/JobExtension.cs
    """
    values = evaluated(state.spec.job.outputs, state.contexts(), state.functions())
    kept = {name: text for name, text in values.items() if not state.job.masks.is_shown_by(text)}
    return kept, tuple(f"Skip output '{name}' since it may contain secret." for name in values if name not in kept)


def given_stand_in(step: Step, name: str, state: JobState) -> Mapping[str, str] | None:
    """The stand-in for a step, named by its id or as GitHub shows it; it counts as used."""
    given = _stand_in_name(step, name, state)
    if given is None:
        return None
    state.spec.stubs.used.add(f"step:{given}")
    return state.spec.stubs.steps[given]


def has_stand_in(step: Step, state: JobState) -> bool:
    """Whether a stand-in was given for a step, by its id or by its name as the file has it."""
    return _stand_in_name(step, step_name(step, None), state) is not None


def _stand_in_name(step: Step, name: str, state: JobState) -> str | None:
    stubs, job = state.spec.stubs, state.spec.job.id
    return next((each for each in (f"{job}/{step.id}", f"{job}/{name}") if each in stubs.steps), None)


def step_result(step: Step, name: str, done: StepDone, state: JobState) -> StepResult:
    """What became of a step that is shown as `name`, with what the docker command did in it; raises what broke it."""
    recorder = state.take_recorder()
    if recorder.error is not None:
        raise _at(step, recorder.error)
    hide = state.job.shown
    kind = "run" if step.run is not None else "uses"
    end = done.end or StepEnd(mode=StepMode.SKIPPED, note=_why_skipped(step, state))
    header = name if name.startswith("Run ") else f"Run {name}"
    log = (header, *end.full_log) if done.end is not None else ()
    assumptions = tuple(item for item in (done.doubt, *end.assumptions, *recorder.assumptions) if item is not None)
    assumes = tuple(dict.fromkeys((*(item.id for item in assumptions), *end.assumes)))
    return StepResult(
        id=step.id,
        name=hide(name),
        kind=kind,
        mode=end.mode,
        outcome=done.outcome,
        conclusion=done.conclusion,
        outputs={key: hide(value) for key, value in end.outputs.items()},
        note=hide("; ".join(dict.fromkeys(filter(None, (end.note, *recorder.notes))))) or None,
        error=end.error and hide(end.error),
        log=tuple(hide("\n".join(log)).split("\n")) if log else (),
        builds=tuple(_hidden(build, state) for build in recorder.builds),
        operations=tuple(_resting_on(_shown(item, state), assumes) for item in recorder.operations),
        assumptions=assumptions,
        assumes=assumes,
        empty_secrets=empty_secrets(step, state.spec) if end.error else (),
        where=position(step),
    )


def _resting_on(operation: CacheOperation, assumes: tuple[str, ...]) -> CacheOperation:
    return replace(operation, assumes=tuple(dict.fromkeys((*operation.assumes, *assumes)))) if assumes else operation


def _why_skipped(step: Step, state: JobState) -> str:
    if step.condition.given:
        return f"its condition is false: {step.condition.given}"
    return "the job was cancelled" if state.job.is_cancelled else "an earlier step failed"


def _hidden(build: BuildRecord, state: JobState) -> BuildRecord:
    """A build record whose texts show no secret."""
    hide = state.job.shown
    return replace(
        build,
        dockerfile=hide(build.dockerfile),
        vertices=tuple(
            replace(vertex, name=hide(vertex.name), source=vertex.source and hide(vertex.source))
            for vertex in build.vertices
        ),
        operations=tuple(_shown(operation, state) for operation in build.operations),
        errors=tuple(map(hide, build.errors)),
        log=tuple(map(hide, build.log)),
        traits={hide(name): _hidden_traits(traits, state) for name, traits in build.traits.items()},
        layers={hide(name): digest for name, digest in build.layers.items()},
    )


def _hidden_traits(traits: StepTraits, state: JobState) -> StepTraits:
    hide = state.job.shown
    variables = {name: hide(value) for name, value in traits.variables.items()}
    return replace(traits, variables=variables, after=tuple(map(hide, traits.after)))


def _shown(operation: CacheOperation, state: JobState) -> CacheOperation:
    """An operation whose texts show no secret."""
    hide = state.job.shown
    attributes = {name: hide(value) for name, value in operation.attributes.items()}
    return replace(operation, attributes=attributes, message=operation.message and hide(operation.message))


def _at(step: Step, error: CicacheError) -> CicacheError:
    """The same error, with the step it came from."""
    if not isinstance(error, UnsupportedError | UsageError):
        return error
    where = (step.uses or step).position
    located = type(error)(f"{where.path}:{where.line}:{where.column}: {error}")
    located.__cause__ = error
    return located
