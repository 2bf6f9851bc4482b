"""Carries out one step: scripts, actions, composite actions, and what they tell the runner."""

from pytest_cicache.engines.runner.steps._actions import StepRunner, step_name
from pytest_cicache.engines.runner.steps._assumed import assumed_step, position
from pytest_cicache.engines.runner.steps._empty_secrets import empty_secrets
from pytest_cicache.engines.runner.steps._step_end import StepEnd
from pytest_cicache.engines.runner.steps._steps import StepDone, carry_out, template_error
from pytest_cicache.engines.runner.steps._timing import OutOfTimeError, job_seconds

__all__ = [
    "OutOfTimeError",
    "StepDone",
    "StepEnd",
    "StepRunner",
    "assumed_step",
    "carry_out",
    "empty_secrets",
    "job_seconds",
    "position",
    "step_name",
    "template_error",
]
