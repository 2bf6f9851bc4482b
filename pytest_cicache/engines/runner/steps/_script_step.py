"""A `run:` step: its script, its shell, and what it wrote for the steps after it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_cicache.engines.runner.job import (
    JobState,
    ScriptEnd,
    ShellError,
    StepView,
    run_script,
    shell_command,
)
from pytest_cicache.engines.runner.steps._carry_over import carry_over
from pytest_cicache.engines.runner.steps._script_attempt import ScriptAttempt
from pytest_cicache.engines.runner.steps._step_end import StepEnd
from pytest_cicache.engines.runner.steps._timing import StepTime
from pytest_cicache.engines.runner.steps._workflow_commands import read_commands
from pytest_cicache.errors import UnsupportedError
from pytest_cicache.observation import StepMode
from pytest_cicache.workflow import Mapping, Node, Scalar

__all__ = ["run_script_step", "step_setting"]

_FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
_UNSECURE = "ACTIONS_ALLOW_UNSECURE_COMMANDS"


@dataclass(frozen=True, slots=True)
class _Files:
    """The environment files of the step that runs; every step finds them empty."""

    directory: Path

    @classmethod
    def prepare(cls, directory: Path) -> _Files:
        for name in _FILES:
            file = directory / name
            if not file.exists() or file.stat().st_size:
                file.write_bytes(b"")
        return cls(directory)

    def environment(self) -> dict[str, str]:
        return {name: str(self.directory / name) for name in _FILES}

    def text(self, name: str) -> str:
        """What the step wrote; line ends stay as they are."""
        try:
            return (self.directory / name).read_bytes().decode(errors="replace")
        except OSError:
            return ""


def run_script_step(view: StepView, state: JobState, time: StepTime) -> StepEnd:
    """Run a step's script with bash or the shell it names; what it cannot be run with is assumed."""
    assert view.step.run is not None
    script = view.text(view.step.run) or ""
    shell = step_setting(view, state, "shell") or None
    files = _Files.prepare(state.job.workspace.files)
    # An earlier script may have removed it.
    state.job.workspace.temp.mkdir(parents=True, exist_ok=True)
    file = state.job.workspace.temp / f"{next(state.job.numbers)}.{'py' if shell == 'python' else 'sh'}"
    text = state.job.tmp.inward_script(script if script.endswith("\n") else script + "\n")
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    environment = {**state.environment(view), **files.environment()}
    attempt = ScriptAttempt.begin(view, script, state)
    try:
        end = run_script(
            shell_command(shell, file),
            directory=state.job.workspace.root
            / state.job.tmp.inward(step_setting(view, state, "working-directory") or "."),
            environment={**environment, **attempt.environment(time.seconds)},
            seconds=min(time.seconds, state.job.patience),
            launcher=state.job.launcher,
        )
    except UnsupportedError as error:
        return attempt.assumed(str(error))
    except ShellError as error:
        why = state.job.tmp.outward(state.job.workspace.as_on_a_runner(str(error)))
        return attempt.judged(StepEnd(mode=StepMode.EXECUTED, log=tuple(script.splitlines()), error=why))
    return attempt.judged(_read_end(end, files, script, view, state, attempt.time_after(end, time)))


def _read_end(end: ScriptEnd, files: _Files, script: str, view: StepView, state: JobState, time: StepTime) -> StepEnd:
    unsecure = str(view.contexts["env"].get(_UNSECURE, "")).lower() == "true"
    commands = read_commands(_lines(end.output), unsecure=unsecure)
    carried = carry_over(commands, files.text, state.job)
    log = [*script.rstrip("\n").split("\n"), *commands.lines]
    error = _failure(end, time)
    if error == time.message and time.ends_job:
        state.job.is_cancelled = True
    return StepEnd(
        mode=StepMode.EXECUTED,
        outputs=carried.outputs,
        log=(*log, *([f"Error: {error}"] if error else []), *carried.complaints),
        error=error or carried.failure,
        is_told=True,
    )


def _lines(output: str) -> list[str]:
    lines = output.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _failure(end: ScriptEnd, time: StepTime) -> str | None:
    """Why a script failed, in the runner's words."""
    if end.status is None or time.is_over:
        return time.message
    # The runner sees a process that a signal ended as a shell does.
    status = end.status if end.status >= 0 else 128 - end.status
    return f"Process completed with exit code {status}." if status != 0 else None


def step_setting(view: StepView, state: JobState, name: str) -> str | None:
    """A step's `shell` or `working-directory`: its own, else the job's default, else the workflow's.

    Defaults do not reach into composite actions (src/Runner.Worker/Handlers/ScriptHandler.cs).
    """
    node: Node | None = view.step.shell if name == "shell" else view.step.working_directory
    if node is None and not state.depth:
        found = (_default(defaults, name) for defaults in (state.spec.job.defaults, state.spec.workflow.defaults))
        node = next((item for item in found if item is not None), None)
    return view.text(node)


def _default(defaults: Node | None, name: str) -> Scalar | None:
    run = defaults.get("run") if isinstance(defaults, Mapping) else None
    found = run.get(name) if isinstance(run, Mapping) else None
    return found if isinstance(found, Scalar) else None
