"""A `uses:` step: an emulated action, a composite one of the repository, or a stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_cicache.actions import (
    ActionCall,
    ActionEffect,
    ActionReference,
    CheckOut,
    DockerCommand,
    interpret,
)
from pytest_cicache.engines._loop import LoopThread
from pytest_cicache.engines.runner._composite import run_composite
from pytest_cicache.engines.runner._docker_server import DockerCall
from pytest_cicache.engines.runner._job_state import JobState
from pytest_cicache.engines.runner._spec import JobSpec
from pytest_cicache.engines.runner._step_end import StepEnd
from pytest_cicache.errors import EngineError, UnsupportedError, UsageError
from pytest_cicache.expressions import to_text
from pytest_cicache.observation import StepMode
from pytest_cicache.workflow import Mapping as MappingNode
from pytest_cicache.workflow import Step, evaluate_node

__all__ = ["run_action"]


def run_action(step: Step, spec: JobSpec, state: JobState, loop: LoopThread) -> StepEnd:
    """Carry out what an action does."""
    assert step.uses is not None
    text = step.uses.text
    stub = _stub(text, spec.stubs.actions)
    if stub is not None:
        return StepEnd(mode=StepMode.STUBBED, outputs=dict(stub), note=f"a stand-in was given for {text}")
    inputs = _inputs(step, state)
    if text.startswith(("./", "$/")):
        return run_composite(step, inputs, spec, state, loop, run_action=run_action)
    if text.startswith("docker://"):
        raise _unsupported(step, f"the container action '{text}' is not simulated")
    try:
        reference = ActionReference.parse(text)
        call = ActionCall(reference=reference, inputs=inputs, github=state.contexts()["github"], number=state.uses)
        effect = interpret(call)
    except UsageError as error:
        return StepEnd(mode=StepMode.EMULATED, error=str(error))
    except UnsupportedError as error:
        raise _unsupported(step, str(error)) from error
    state.uses += 1
    if effect is None:
        if spec.read_action(text) is not None:
            return run_composite(step, inputs, spec, state, loop, run_action=run_action)
        raise _unsupported(step, f"the action '{text}' is not simulated")
    return _carry_out(effect, spec, state, loop, step)


def _carry_out(effect: ActionEffect, spec: JobSpec, state: JobState, loop: LoopThread, step: Step) -> StepEnd:
    environment = state.environment(state.step_env(step))
    if effect.post:
        state.post.append(lambda: _run_post(effect, spec, state, loop, environment))
    log: list[str] = []
    error = effect.error
    if error is None and effect.check_out is not None:
        error = _check_out(effect.check_out, spec, state)
    for command in effect.commands if error is None else ():
        status, printed, complaints = call_docker(command, spec, state, loop, environment)
        log += [*printed, *complaints] if command.shown is None else [command.shown] * (status == 0)
        # A failed command that says nothing does not fail the docker actions.
        if status != 0 and complaints:
            error = command.failure.replace("{error}", complaints[-1])
            break
    return StepEnd(mode=StepMode.EMULATED, outputs=dict(effect.outputs), log=tuple(log), note=effect.note, error=error)


def _check_out(wanted: CheckOut, spec: JobSpec, state: JobState) -> str | None:
    directory = state.workspace.root / wanted.path
    directory.mkdir(parents=True, exist_ok=True)
    try:
        spec.check_out(wanted, directory)
    except UsageError as error:
        return str(error)
    except EngineError as error:
        return f"The process 'git' failed: {error.output[-300:]}"
    return None


def call_docker(
    command: DockerCommand, spec: JobSpec, state: JobState, loop: LoopThread, environment: Mapping[str, str]
) -> tuple[int, list[str], list[str]]:
    """Run a docker command of an action; return its status and the lines of stdout and stderr."""
    printed: list[str] = []
    complaints: list[str] = []

    async def stdin() -> bytes:
        return command.stdin.encode()

    def hear(stream: str, text: str) -> None:
        (printed if stream == "o" else complaints).extend(text.split("\n"))

    call = DockerCall(command.arguments, state.workspace.root, environment, hear, stdin)
    return loop.run(spec.docker(call)), printed, complaints


def _run_post(
    effect: ActionEffect, spec: JobSpec, state: JobState, loop: LoopThread, environment: Mapping[str, str]
) -> None:
    for command in effect.post:
        call_docker(command, spec, state, loop, environment)


def _inputs(step: Step, state: JobState) -> dict[str, str]:
    if not isinstance(step.with_, MappingNode):
        return {}
    values: dict[str, Any] = dict(evaluate_node(step.with_, state.contexts(step.env), state.functions()))  # type: ignore[arg-type]
    return {name.lower(): to_text(value) for name, value in values.items()}


def _stub(uses: str, stubs: Mapping[str, Mapping[str, str]]) -> Mapping[str, str] | None:
    """The stand-in for a use: by the whole text, without its version, or by owner and name."""
    location = uses.partition("@")[0]
    for name, outputs in stubs.items():
        if name.lower() in (uses.lower(), location.lower()):
            return outputs
    return None


def _unsupported(step: Step, what: str) -> UnsupportedError:
    where = (step.uses or step).position
    hint = "give it a stand-in (a stub)"
    return UnsupportedError(f"{where.path}:{where.line}:{where.column}: {what}; {hint}")
