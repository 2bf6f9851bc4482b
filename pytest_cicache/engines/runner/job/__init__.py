"""What the steps of one job share: its workspace, tools, environment, masks and state."""

from pytest_cicache.engines.runner.job._hash_files import hash_files
from pytest_cicache.engines.runner.job._launcher import Launcher, ScriptLauncher, hides_processes
from pytest_cicache.engines.runner.job._lodging import Lodging
from pytest_cicache.engines.runner.job._machine import Machine, this_machine
from pytest_cicache.engines.runner.job._own_tmp import OwnTmp
from pytest_cicache.engines.runner.job._script import (
    LOG_IS_CUT,
    LONGEST_LOG,
    ScriptEnd,
    ShellError,
    run_script,
    shell_command,
)
from pytest_cicache.engines.runner.job._state import JobState, StepView, evaluated
from pytest_cicache.engines.runner.job._tools import Tools, install_shim, shim_text
from pytest_cicache.engines.runner.job._wide import JobWide
from pytest_cicache.engines.runner.job._workspace import Workspace, empty_folder, remove_folder

__all__ = [
    "LOG_IS_CUT",
    "LONGEST_LOG",
    "JobState",
    "JobWide",
    "Launcher",
    "Lodging",
    "Machine",
    "OwnTmp",
    "ScriptEnd",
    "ScriptLauncher",
    "ShellError",
    "StepView",
    "Tools",
    "Workspace",
    "empty_folder",
    "evaluated",
    "hash_files",
    "hides_processes",
    "install_shim",
    "remove_folder",
    "run_script",
    "shell_command",
    "shim_text",
    "this_machine",
]
