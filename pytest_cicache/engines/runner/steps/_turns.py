"""The steps of one job, taken one after the other where other jobs take theirs in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator

from pytest_cicache.engines._job_spec import StepTurn
from pytest_cicache.engines.runner.job import JobState
from pytest_cicache.engines.runner.steps._results import elapsed, evaluated_env, job_result
from pytest_cicache.engines.runner.steps._steps import template_error
from pytest_cicache.engines.runner.steps._timing import job_seconds
from pytest_cicache.errors import WorkflowError
from pytest_cicache.observation import Conclusion, JobResult, StepResult
from pytest_cicache.workflow import Step

__all__ = ["take_turns"]


def take_turns(state: JobState, take: Callable[[Step], StepResult]) -> Generator[StepTurn, bool, JobResult]:
    """Let `take` carry out step after step, and return what became of the job."""
    job, spec = state.job, state.spec
    try:
        job.env.update(evaluated_env(state))
        seconds, why = job_seconds(state)
    except WorkflowError as error:
        return spec.result(Conclusion.FAILURE, reason=template_error(error))
    job.deadline = time.monotonic() + seconds
    taken: list[StepResult] = []
    for step in spec.job.steps:
        paused = time.monotonic()
        cancelled = yield StepTurn(step.id, elapsed(taken) + job.slept)
        # The steps of other jobs are not this one's time.
        job.deadline += time.monotonic() - paused
        job.is_cancelled = job.is_cancelled or cancelled
        taken.append(take(step))
    return job_result(state, tuple(taken), why)
