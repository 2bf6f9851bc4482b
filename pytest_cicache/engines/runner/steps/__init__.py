"""Carries out one step: scripts, actions, composite actions, and what they tell the runner."""

from pytest_cicache.engines.runner.steps._actions import StepRunner, action_stand_in, step_name
from pytest_cicache.engines.runner.steps._assumed import assumed_step, position, side_by_side
from pytest_cicache.engines.runner.steps._composite import lay_out, read_action_folder
from pytest_cicache.engines.runner.steps._empty_secrets import node_texts
from pytest_cicache.engines.runner.steps._file_commands import FileCommandError, read_lines, read_pairs
from pytest_cicache.engines.runner.steps._results import given_stand_in, has_stand_in, step_result
from pytest_cicache.engines.runner.steps._script_attempt import ScriptAttempt
from pytest_cicache.engines.runner.steps._script_step import step_setting
from pytest_cicache.engines.runner.steps._step_end import StepEnd
from pytest_cicache.engines.runner.steps._steps import StepDone, carry_out, conclude, doubt_of, record, template_error
from pytest_cicache.engines.runner.steps._timing import StepTime, step_time
from pytest_cicache.engines.runner.steps._turns import take_turns

__all__ = [
    "FileCommandError",
    "ScriptAttempt",
    "StepDone",
    "StepEnd",
    "StepRunner",
    "StepTime",
    "action_stand_in",
    "assumed_step",
    "carry_out",
    "conclude",
    "doubt_of",
    "given_stand_in",
    "has_stand_in",
    "lay_out",
    "node_texts",
    "position",
    "read_action_folder",
    "read_lines",
    "read_pairs",
    "record",
    "side_by_side",
    "step_name",
    "step_result",
    "step_setting",
    "step_time",
    "take_turns",
    "template_error",
]
