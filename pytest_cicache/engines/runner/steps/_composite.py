"""A composite action: its steps run inside the job, with inputs and step results of their own.

Rules: actions/runner, src/Runner.Worker/Handlers/CompositeActionHandler.cs and src/Runner.Worker/action_yaml.json.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pytest_cicache.engines.runner.job import JobState, StepView
from pytest_cicache.engines.runner.steps._assumed import assumed_action
from pytest_cicache.engines.runner.steps._step_end import StepEnd
from pytest_cicache.engines.runner.steps._steps import StepWork, carry_out, template_error
from pytest_cicache.errors import WorkflowError
from pytest_cicache.expressions import to_text
from pytest_cicache.observation import Assumption, StepMode
from pytest_cicache.workflow import Action, evaluate_node, read_action

__all__ = ["lay_out", "read_action_folder", "run_composite"]

_MAX_DEPTH = 9
_NOT_INSIDE = ("secrets", "vars", "needs", "inputs")


def run_composite(
    view: StepView, folder: Path | None, inputs: Mapping[str, str], state: JobState, *, run_part: StepWork
) -> StepEnd:
    """Run the action in a folder; `run_part` runs one of its steps. An action of another kind is assumed."""
    assert view.step.uses is not None
    text = view.step.uses.text
    action = None if folder is None else read_action_folder(folder, text)
    if folder is not None and action is None and (folder / "Dockerfile").is_file():
        return assumed_action(view.step, f"the container action '{text}' is not run")
    if folder is None or action is None:
        if state.job.assumptions:
            return assumed_action(view.step, f"the action '{text}' is not at hand, after something that is assumed")
        where = "" if folder is None else str(folder)
        missing = f"Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '{where}'. "
        hint = "Did you forget to run actions/checkout before running your local action?"
        return StepEnd(mode=StepMode.EXECUTED, error=missing + hint)
    if action.using != "composite":
        return assumed_action(view.step, f"the {action.using} action '{text}' is not run")
    if state.depth + 1 > _MAX_DEPTH:
        return StepEnd(mode=StepMode.EXECUTED, error=f"Composite action depth exceeded max depth {_MAX_DEPTH}")
    return _run(action, _inner_state(action, folder, inputs, view, state), run_part)


def lay_out(source: Path, target: Path) -> Path:
    """Copy an action's folder into the job, so that no step writes into a person's files; return the copy."""
    if not target.exists():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    return target


def read_action_folder(folder: Path, text: str) -> Action | None:
    """The action in a folder, by what `uses:` says, `None` where there is no file of one; raises WorkflowError."""
    for name in ("action.yml", "action.yaml"):
        file = folder / name
        if file.is_file():
            path = f"{text.removeprefix('./').removeprefix('$/')}/{name}"
            return read_action(file.read_text(encoding="utf-8"), path=path)
    return None


def _inner_state(action: Action, folder: Path, inputs: Mapping[str, str], view: StepView, state: JobState) -> JobState:
    outer = {name: value for name, value in view.contexts.items() if name not in _NOT_INSIDE}
    defaults = {
        item.name.lower(): to_text(evaluate_node(item.default, outer, view.functions))
        for item in action.inputs
        if item.default is not None
    }
    contexts = {name: value for name, value in state.spec.contexts.items() if name not in _NOT_INSIDE}
    contexts["inputs"] = {**defaults, **inputs}
    facts = {"action_path": str(folder)} | _origin(view)
    spec = replace(state.spec, start=replace(state.spec.start, contexts=contexts))
    return JobState(spec, state.job, inherited=view.env, action=facts, depth=state.depth + 1)


def _origin(view: StepView) -> dict[str, str]:
    """Which repository and ref an action comes from; an action of the workspace has neither."""
    assert view.step.uses is not None
    location, at, ref = view.step.uses.text.partition("@")
    if not at or location.startswith(("./", "$/")):
        return {}
    return {"action_repository": "/".join(location.split("/")[:2]), "action_ref": ref}


def _run(action: Action, inner: JobState, run_part: StepWork) -> StepEnd:
    log: list[str] = []
    notes: list[str] = []
    assumptions: list[Assumption] = []
    assumes: list[str] = []
    error: str | None = None
    for part in action.steps:
        done = carry_out(part, inner, run_part)
        end = done.end
        if end is not None:
            assumptions += [item for item in (done.doubt, *end.assumptions) if item is not None]
            assumes += end.assumes
            log += end.full_log
            notes += [end.note] if end.note else []
        if inner.status != "success" and end is not None:
            error = error or end.error
    try:
        outputs = _outputs(action, inner)
    except WorkflowError as broken:
        outputs, error = {}, error or template_error(broken)
        log.append(f"Error: {template_error(broken)}")
    note = "; ".join(notes) or None
    return StepEnd(
        mode=StepMode.EXECUTED,
        outputs=outputs,
        log=tuple(log),
        note=note,
        error=error,
        is_told=True,
        assumptions=tuple(assumptions),
        assumes=tuple(dict.fromkeys(assumes)),
    )


def _outputs(action: Action, inner: JobState) -> dict[str, str]:
    contexts, functions = inner.contexts(), inner.functions()
    return {
        output.name: to_text(evaluate_node(output.value, contexts, functions))
        for output in action.outputs
        if output.value is not None
    }
