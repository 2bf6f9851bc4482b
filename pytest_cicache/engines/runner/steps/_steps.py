"""One step of a list of steps: its condition, its work, its conclusion; the same in jobs and composite actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pytest_cicache.engines.runner.job import JobState, StepView
from pytest_cicache.engines.runner.steps._assumed import position
from pytest_cicache.engines.runner.steps._step_end import StepEnd
from pytest_cicache.errors import ExpressionError, WorkflowError
from pytest_cicache.expressions import holds_unknown, interpolate, is_truthy, origins, show_unknown, to_text
from pytest_cicache.observation import Assumption, AssumptionKind, Conclusion, StepMode
from pytest_cicache.workflow import Step

__all__ = ["StepDone", "StepWork", "carry_out", "conclude", "doubt_of", "record", "resolved", "template_error"]

StepWork = Callable[[StepView, JobState], StepEnd]


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step that is over; `end` is `None` when its condition was false, `doubt` the assumption that it was true."""

    end: StepEnd | None
    outcome: Conclusion
    conclusion: Conclusion
    doubt: Assumption | None = None


def carry_out(step: Step, state: JobState, work: StepWork) -> StepDone:
    """Do a step's work if its condition holds, and record its end; what cannot be evaluated fails it."""
    was_cancelled = state.job.is_cancelled
    view: StepView | None = None
    doubt: Assumption | None = None
    end: StepEnd | None
    try:
        view = state.view(step)
        condition = view.condition(step.condition)
        doubt = doubt_of(step, condition)
        end = work(view, state) if is_truthy(condition) else None
    except (WorkflowError, ExpressionError) as error:
        end = StepEnd(mode=StepMode.EXECUTED, error=template_error(error))
    if end is None:
        done = StepDone(None, Conclusion.SKIPPED, Conclusion.SKIPPED)
    elif state.job.is_cancelled and not was_cancelled:
        done = StepDone(end, Conclusion.CANCELLED, Conclusion.CANCELLED)
    else:
        done = StepDone(end, *conclude(view, end), doubt)
    record(step, done, view, state)
    return done


def record(step: Step, done: StepDone, view: StepView | None, state: JobState) -> None:
    """Let the job know how a step ended."""
    end = done.end
    if end is None:
        state.finish(step, outcome=done.outcome, conclusion=done.conclusion, outputs={})
        return
    recorder = state.spec.docker.recorder
    recorder.place(step, partial(resolved, view))
    of_docker = recorder.assumptions if recorder.has_gaps else ()
    state.job.assumptions += [item for item in (done.doubt, *end.assumptions, *of_docker) if item is not None]
    state.finish(step, outcome=done.outcome, conclusion=done.conclusion, outputs=end.outputs, unknown=end.unknown)


def doubt_of(step: Step, condition: object) -> Assumption | None:
    """The assumption that a condition holds which nobody can tell."""
    if not holds_unknown(condition):
        return None
    what = show_unknown(", ".join(origin.what for origin in origins(condition)))
    return Assumption(
        kind=AssumptionKind.CONDITION,
        what=f"the condition `{step.condition.given}` depends on {what}, and is assumed to hold",
        where=position(step),
    )


def resolved(view: StepView | None, text: str) -> str:
    """A text of a step with the values of its expressions, and as it is where it cannot be evaluated."""
    if view is None or "${{" not in text:
        return text
    try:
        return show_unknown(to_text(interpolate(text, view.contexts, functions=view.functions)))
    except ExpressionError:
        return text


def template_error(error: WorkflowError | ExpressionError) -> str:
    """What GitHub's log says of a value that cannot be evaluated."""
    if isinstance(error, ExpressionError):
        return error.message
    return f"The template is not valid. {','.join(map(str, error.problems))}"


def conclude(view: StepView | None, end: StepEnd) -> tuple[Conclusion, Conclusion]:
    """A step's outcome, and its conclusion after `continue-on-error`."""
    if end.error is None:
        return Conclusion.SUCCESS, Conclusion.SUCCESS
    node = None if view is None else view.step.continue_on_error
    try:
        forgiven = node is not None and view is not None and view.value(node) is True
    except WorkflowError:
        forgiven = False
    return Conclusion.FAILURE, Conclusion.SUCCESS if forgiven else Conclusion.FAILURE
