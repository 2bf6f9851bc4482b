"""Carries out one step: scripts, actions, composite actions, and what they tell the runner."""

from pytest_cicache.engines.runner.steps._actions import StepRunner, step_name
from pytest_cicache.engines.runner.steps._assumed import assumed_step, position, side_by_side
from pytest_cicache.engines.runner.steps._results import given_stand_in, step_result
from pytest_cicache.engines.runner.steps._step_end import StepEnd
from pytest_cicache.engines.runner.steps._steps import StepDone, carry_out
from pytest_cicache.engines.runner.steps._turns import take_turns

__all__ = [
    "StepDone",
    "StepEnd",
    "StepRunner",
    "assumed_step",
    "carry_out",
    "given_stand_in",
    "position",
    "side_by_side",
    "step_name",
    "step_result",
    "take_turns",
]
