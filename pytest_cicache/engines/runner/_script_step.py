"""A `run:` step: its script, its shell, and what it wrote for the steps after it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

from pytest_cicache.engines.runner._file_commands import FileCommandError, read_lines, read_pairs
from pytest_cicache.engines.runner._job_state import JobState
from pytest_cicache.engines.runner._script import ScriptEnd, ShellError, run_script, shell_command
from pytest_cicache.engines.runner._spec import JobSpec
from pytest_cicache.engines.runner._step_end import StepEnd
from pytest_cicache.engines.runner._workflow_commands import CommandOutcome, read_commands
from pytest_cicache.errors import UnsupportedError
from pytest_cicache.expressions import to_text
from pytest_cicache.observation import StepMode
from pytest_cicache.workflow import Mapping, Node, Scalar, Step, evaluate_node

__all__ = ["run_script_step"]

_FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
_STEP_MINUTES = 360.0
_RESERVED = ("GITHUB_", "RUNNER_", "CICACHE_")


@dataclass(frozen=True, slots=True)
class _Files:
    """The environment files of one step."""

    directory: Path

    @classmethod
    def make(cls, parent: Path) -> _Files:
        directory = next(parent / f"step-{n}" for n in itertools.count() if not (parent / f"step-{n}").exists())
        directory.mkdir()
        for name in _FILES:
            (directory / name).touch()
        return cls(directory)

    def environment(self) -> dict[str, str]:
        return {name: str(self.directory / name) for name in _FILES}

    def text(self, name: str) -> str:
        try:
            return (self.directory / name).read_text(errors="replace")
        except OSError:
            return ""


def run_script_step(step: Step, spec: JobSpec, state: JobState) -> StepEnd:
    """Run a step's script with bash or the shell it names."""
    assert step.run is not None
    contexts, functions = state.contexts(step.env), state.functions()
    script = to_text(evaluate_node(step.run, contexts, functions))
    shell = _setting(step.shell, "shell", spec, state, contexts)
    folder = _setting(step.working_directory, "working-directory", spec, state, contexts)
    files = _Files.make(state.workspace.files)
    file = files.directory / "script.sh"
    file.write_text(script if script.endswith("\n") else script + "\n")
    try:
        command = shell_command(shell, file)
    except ShellError as error:
        return StepEnd(mode=StepMode.EXECUTED, error=str(error))
    except UnsupportedError as error:
        where = step.position
        raise UnsupportedError(f"{where.path}:{where.line}:{where.column}: {error}") from error
    directory = state.workspace.root / (folder or ".")
    if not directory.is_dir():
        return StepEnd(mode=StepMode.EXECUTED, error=f"No such file or directory: '{directory}'")
    environment = {**state.environment(state.step_env(step)), **files.environment()}
    end = run_script(command, directory=directory, environment=environment, seconds=_seconds(step, contexts, state))
    return _read_end(end, files, state, script)


def _read_end(end: ScriptEnd, files: _Files, state: JobState, script: str) -> StepEnd:
    outcome = read_commands(end.output.splitlines())
    state.masks.extend(outcome.masks)
    try:
        outputs = _apply_files(files, state, outcome)
    except FileCommandError as broken:
        return StepEnd(mode=StepMode.EXECUTED, log=tuple(outcome.lines), error=str(broken))
    log = (*script.rstrip("\n").splitlines(), *outcome.lines)
    return StepEnd(mode=StepMode.EXECUTED, outputs=outputs, log=log, note=_stubbed(state), error=_failure(end, outcome))


def _failure(end: ScriptEnd, outcome: CommandOutcome) -> str | None:
    """Why a script failed, in the runner's words."""
    if end.status is None:
        return "The action has timed out."
    if end.status != 0:
        return f"Process completed with exit code {end.status}."
    return "a disabled workflow command was used" if outcome.failed else None


def _apply_files(files: _Files, state: JobState, outcome: CommandOutcome) -> dict[str, str]:
    """Carry the environment files over into the job; return the step's outputs."""
    for name, value in read_pairs(files.text("GITHUB_ENV")).items():
        if name.upper() == "NODE_OPTIONS":
            message = "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command."
            raise FileCommandError(message)
        if not name.startswith(_RESERVED):
            state.env[name] = value
    for line in read_lines(files.text("GITHUB_PATH")):
        folder = Path(line)
        state.paths = [known for known in state.paths if known != folder] + [folder]
    return {**outcome.outputs, **read_pairs(files.text("GITHUB_OUTPUT"))}


def _stubbed(state: JobState) -> str | None:
    """A note of the commands that were stubbed since the last step."""
    file = state.workspace.files / "stubbed"
    if not file.exists():
        return None
    names = sorted(set(file.read_text().split()))
    file.unlink()
    return f"stubbed: {', '.join(names)}" if names else None


def _setting(node: Scalar | None, name: str, spec: JobSpec, state: JobState, contexts: dict[str, object]) -> str | None:
    """A step's `shell` or `working-directory`: its own, else the job's default, else the workflow's."""
    if node is None:
        found = (_default(defaults, name) for defaults in (spec.job.defaults, spec.workflow.defaults))
        node = next((item for item in found if item is not None), None)
    return None if node is None else to_text(evaluate_node(node, contexts, state.functions()))


def _default(defaults: Node | None, name: str) -> Scalar | None:
    run = defaults.get("run") if isinstance(defaults, Mapping) else None
    found = run.get(name) if isinstance(run, Mapping) else None
    return found if isinstance(found, Scalar) else None


def _seconds(step: Step, contexts: dict[str, object], state: JobState) -> float:
    if step.timeout_minutes is None:
        return _STEP_MINUTES * 60
    minutes = evaluate_node(step.timeout_minutes, contexts, state.functions())
    return float(minutes) * 60 if isinstance(minutes, float | int) else _STEP_MINUTES * 60
