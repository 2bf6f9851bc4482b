"""A composite action: its steps run inside the job, with inputs and step results of their own.

Context rules: actions/runner, src/Runner.Worker/action_yaml.json.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pytest_cicache.engines._loop import LoopThread
from pytest_cicache.engines.runner._job_state import JobState
from pytest_cicache.engines.runner._script_step import run_script_step
from pytest_cicache.engines.runner._spec import JobSpec
from pytest_cicache.engines.runner._step_end import StepEnd
from pytest_cicache.errors import UnsupportedError, WorkflowError
from pytest_cicache.expressions import to_text
from pytest_cicache.observation import Conclusion, StepMode
from pytest_cicache.workflow import Action, Step, evaluate_node, read_action

__all__ = ["run_composite"]

RunAction = Callable[[Step, JobSpec, JobState, LoopThread], StepEnd]
_MAX_DEPTH = 9


def run_composite(
    step: Step,
    inputs: Mapping[str, str],
    spec: JobSpec,
    state: JobState,
    loop: LoopThread,
    *,
    run_action: RunAction,
) -> StepEnd:
    """Run an action of the workspace, or of a source folder, that is made of steps."""
    assert step.uses is not None
    text = step.uses.text
    action = _read(text, spec, state)
    if action is None:
        missing = f"Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '{text}'. "
        hint = "Did you forget to run actions/checkout before running your local action?"
        return StepEnd(mode=StepMode.EXECUTED, error=missing + hint)
    if action.using != "composite":
        where = step.uses.position
        message = f"the {action.using} action '{text}' is not simulated; give it a stand-in (a stub)"
        raise UnsupportedError(f"{where.path}:{where.line}:{where.column}: {message}")
    depth = int(spec.contexts.get("__depth", 0)) + 1
    if depth > _MAX_DEPTH:
        return StepEnd(mode=StepMode.EXECUTED, error=f"Composite action depth exceeded max depth {_MAX_DEPTH}")
    inner = _inner_state(action, inputs, spec, state, depth)
    log: list[str] = []
    for part in action.steps:
        log += _run_part(part, inner, loop, run_action)
    state.env, state.paths = inner.env, inner.paths
    values = {output.name: output.value for output in action.outputs if output.value is not None}
    outputs = {name: to_text(evaluate_node(node, inner.contexts(), inner.functions())) for name, node in values.items()}
    error = "a step of the composite action failed" if inner.failed else None
    return StepEnd(mode=StepMode.EXECUTED, outputs=outputs, log=tuple(log), error=error)


def _read(text: str, spec: JobSpec, state: JobState) -> Action | None:
    if not text.startswith(("./", "$/")):
        source = spec.read_action(text)
        return None if source is None else read_action(source, path=text)
    folder = state.workspace.root / text[2:]
    for name in ("action.yml", "action.yaml"):
        if (folder / name).is_file():
            return read_action((folder / name).read_text(), path=f"{text[2:]}/{name}")
    return None


def _inner_state(action: Action, inputs: Mapping[str, str], spec: JobSpec, state: JobState, depth: int) -> JobState:
    defaults = {
        item.name.lower(): to_text(evaluate_node(item.default, state.contexts(), state.functions()))
        for item in action.inputs
        if item.default is not None
    }
    contexts = {name: value for name, value in spec.contexts.items() if name not in ("secrets", "vars", "needs")}
    contexts |= {"inputs": {**defaults, **inputs}, "__depth": depth}
    inner_spec = replace(spec, contexts=contexts)
    return replace(state, spec=inner_spec, env=dict(state.env), paths=list(state.paths), steps={}, failed=False)


def _run_part(part: Step, inner: JobState, loop: LoopThread, run_action: RunAction) -> list[str]:
    try:
        if not inner.decides(part.condition):
            inner.finish(part, outcome=Conclusion.SKIPPED, conclusion=Conclusion.SKIPPED, outputs={})
            return []
        end = (
            run_script_step(part, inner.spec, inner)
            if part.run is not None
            else run_action(part, inner.spec, inner, loop)
        )
    except WorkflowError as error:
        end = StepEnd(mode=StepMode.EXECUTED, error=str(error))
    outcome = Conclusion.SUCCESS if end.error is None else Conclusion.FAILURE
    forgiven = end.error is not None and inner.is_true(part.continue_on_error, part)
    conclusion = Conclusion.SUCCESS if forgiven else outcome
    inner.finish(part, outcome=outcome, conclusion=conclusion, outputs=end.outputs)
    return [*end.log, *([f"Error: {end.error}"] if end.error else [])]
