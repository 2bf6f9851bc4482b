"""What becomes of a job that is due, and the sentence that says why: the same in a plan and in a run."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import ExpressionError, WorkflowError
from pytest_cicache.expressions import evaluate, holds_unknown, is_truthy, origins, show_unknown
from pytest_cicache.plan._model import Verdict

if TYPE_CHECKING:
    from pytest_cicache.plan._frame import Frame
    from pytest_cicache.workflow import Job

__all__ = ["Opinion", "is_assumed", "judged", "named", "problem_text"]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is known of a job: a verdict and the reason for it, and what is assumed that leaves it undecided."""

    verdict: Verdict
    reason: str | None = None
    depends_on: str | None = None


def judged(frame: Frame, job: Job, contexts: abc.Mapping[str, Any]) -> Opinion:
    """Decide a job's condition by what is known of the jobs before it."""
    try:
        value = evaluate(job.condition.text, contexts, functions=frame.status_functions(job))
    except ExpressionError as error:
        return Opinion(Verdict.FAILS, f"Error when evaluating 'if' for job '{job.id}'. {show_unknown(error.message)}")
    if holds_unknown(value):
        return Opinion(Verdict.UNDECIDED, _depends(job, named(value)), named(value) if is_assumed(value) else None)
    if not is_truthy(value):
        return Opinion(Verdict.SKIPPED, _why_skipped(frame, job))
    if frame.doubt is not None:
        return Opinion(Verdict.UNDECIDED, _joined(frame.doubt, frame.note))
    return Opinion(Verdict.RUNS, _joined(_why_runs(frame, job), frame.note))


def problem_text(error: WorkflowError) -> str:
    """The problems of a value that cannot be evaluated, as one line."""
    return show_unknown(" ".join(str(problem) for problem in error.problems))


def named(value: Any) -> str:
    """What an unknown value depends on."""
    return ", ".join(origin.what for origin in origins(value))


def is_assumed(value: Any) -> bool:
    """Whether an unknown value rests on something assumed, and not only on jobs that a plan does not run."""
    return any(origin.assumptions for origin in origins(value))


def _joined(*reasons: str | None) -> str | None:
    return "; ".join(reason for reason in reasons if reason) or None


def _depends(job: Job, what: str) -> str:
    if job.condition.given is None:
        return f"depends on {what}"
    return f"its condition depends on {what}: {job.condition.given}"


def _why_skipped(frame: Frame, job: Job) -> str:
    if "success()" in job.condition.text:
        for name, outcome in frame.ancestors(job).items():
            if outcome.ended is not None:
                return f"it needs '{name}', which {outcome.ended}"
        if frame.cancelled:
            return "the call of its workflow was cancelled"
    return f"its condition is false: {job.condition.given}"


def _why_runs(frame: Frame, job: Job) -> str | None:
    holds = f"its condition is true: {job.condition.given}" if job.condition.given is not None else None
    waits = f"once {' and '.join(job.needs)} succeeded" if job.needs else None
    well = "success()" in job.condition.text and all(not each.ended for each in frame.ancestors(job).values())
    return _joined(holds, waits if well else None)
