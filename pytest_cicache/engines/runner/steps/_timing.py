"""How long a step may take, by its own `timeout-minutes` and its job's."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_cicache.engines.runner.job import JobState, StepView
from pytest_cicache.workflow import evaluate_node

__all__ = ["OutOfTimeError", "StepTime", "job_seconds", "step_time"]

_JOB_MINUTES = 360
_SECONDS_PER_MINUTE = 60.0


class OutOfTimeError(Exception):
    """A step's time is over."""


@dataclass(frozen=True, slots=True)
class StepTime:
    """The seconds a step has, and what the log says when they are over; `ends_job` when the job's are, too.

    `is_over` says that they are, by the job's own clock.
    """

    seconds: float
    message: str
    ends_job: bool = False
    is_over: bool = False


def step_time(view: StepView, state: JobState, name: str) -> StepTime:
    """The time a step has; whole minutes, as the runner counts them, and none for a value that is no number."""
    left = state.job.seconds_left
    minutes = 0
    if view.step.timeout_minutes is not None:
        minutes = _whole(view.value(view.step.timeout_minutes))
    if 0 < minutes * _SECONDS_PER_MINUTE < left:
        return StepTime(minutes * _SECONDS_PER_MINUTE, f"The action '{name}' has timed out after {minutes} minutes.")
    return StepTime(left, "The operation was canceled.", ends_job=True)


def job_seconds(state: JobState) -> tuple[float, str]:
    """The seconds a job has, and why it ends after them."""
    minutes = _JOB_MINUTES
    node = state.spec.job.timeout_minutes
    if node is not None:
        minutes = _whole(evaluate_node(node, state.spec.contexts)) or minutes
    who = f"The job running on runner {state.job.base.get('RUNNER_NAME', '')}"
    return minutes * _SECONDS_PER_MINUTE, f"{who} has exceeded the maximum execution time of {minutes} minutes."


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0
