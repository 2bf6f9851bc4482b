"""What a step hands to the steps after it: its environment files and its workflow commands, applied to the job.

Rules and texts: actions/runner, src/Runner.Worker/FileCommandManager.cs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pytest_cicache.engines.runner.job import JobWide
from pytest_cicache.engines.runner.steps._file_commands import FileCommandError, read_lines, read_pairs
from pytest_cicache.engines.runner.steps._workflow_commands import CommandOutcome

__all__ = ["CarriedOver", "carry_over"]

_SUMMARY_KILOBYTES = 1024
_TOO_LARGE = (
    "$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of {limit}k, got {size}k. For more "
    "information see: https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions"
    "#adding-a-markdown-summary"
)


@dataclass(slots=True)
class CarriedOver:
    """A step's outputs, the lines that complain about its files, and why the step fails, if it does."""

    outputs: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    failure: str | None = None


def carry_over(commands: CommandOutcome, text: Callable[[str], str], job: JobWide) -> CarriedOver:
    """Apply what a step said; `text` gives the content of an environment file by its variable's name."""
    said = {name: job.tmp.outward(value) for name, value in commands.outputs.items()}
    carried = CarriedOver(outputs=said, failure=commands.failed)
    for secret in commands.masks:
        job.masks.add(secret)
    _set_variables(commands.variables, carried, job)
    for line in commands.paths:
        _prepend(job, line)
    for name, apply in (("path", _apply_path), ("env", _apply_env), ("output", _apply_output)):
        try:
            apply(text(f"GITHUB_{name.upper()}"), carried, job)
        except FileCommandError as error:
            carried.complaints.append(f"Error: Unable to process file command '{name}' successfully.")
            carried.complaints.append(f"Error: {error}")
            carried.failure = carried.failure or str(error)
    size = len(text("GITHUB_STEP_SUMMARY").encode(errors="replace")) // 1024
    if size > _SUMMARY_KILOBYTES:
        carried.complaints.append(f"Error: {_TOO_LARGE.format(limit=_SUMMARY_KILOBYTES, size=size)}")
    return carried


def _apply_path(text: str, carried: CarriedOver, job: JobWide) -> None:
    for line in read_lines(text):
        _prepend(job, line)


def _prepend(job: JobWide, folder: str) -> None:
    """Put a folder first in PATH; one that is there already moves."""
    job.paths = [known for known in job.paths if known != folder] + [folder]


def _apply_env(text: str, carried: CarriedOver, job: JobWide) -> None:
    _set_variables(read_pairs(text), carried, job)


def _set_variables(pairs: dict[str, str], carried: CarriedOver, job: JobWide) -> None:
    for name, value in pairs.items():
        if name.upper() == "NODE_OPTIONS":
            carried.complaints.append(f"Error: Can't store {name} output parameter using '$GITHUB_ENV' command.")
        else:
            job.env[name] = job.tmp.outward(value)


def _apply_output(text: str, carried: CarriedOver, job: JobWide) -> None:
    carried.outputs.update((name, job.tmp.outward(value)) for name, value in read_pairs(text).items())
