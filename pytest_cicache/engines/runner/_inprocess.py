"""Runs the steps of a job in this process: bash for scripts, data for actions, stand-ins for the rest."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from pytest_cicache.engines._loop import LoopThread
from pytest_cicache.engines.runner._actions import run_action
from pytest_cicache.engines.runner._docker_server import DockerServer
from pytest_cicache.engines.runner._job_state import JobState
from pytest_cicache.engines.runner._script_step import run_script_step
from pytest_cicache.engines.runner._spec import JobEnd, JobSpec
from pytest_cicache.engines.runner._step_end import StepEnd
from pytest_cicache.engines.runner._workspace import Tools, Workspace
from pytest_cicache.errors import CicacheError, UnsupportedError, UsageError, WorkflowError
from pytest_cicache.expressions import to_text
from pytest_cicache.observation import Conclusion, StepMode, StepResult
from pytest_cicache.workflow import Job, Scalar, Sequence, Step, evaluate_node

__all__ = ["InProcessRunner"]


class InProcessRunner:
    """Runs one job after the other below `directory`; every job leaves nothing behind."""

    name = "inprocess"

    def __init__(self, directory: Path, *, loop: LoopThread, server: DockerServer) -> None:
        self._directory = directory
        self._loop = loop
        self._server = server
        self._tools: Tools | None = None

    def run(self, spec: JobSpec) -> JobEnd:
        """Run every step of a job; a failed step is a result, what cannot be simulated raises."""
        _refuse_what_cannot_run(spec.job)
        key = uuid.uuid4().hex
        directory = self._directory / f"job-{key[:12]}"
        repository = str(spec.environment.get("GITHUB_REPOSITORY", "owner/repository"))
        self._server.open(key, spec.docker)
        try:
            workspace = Workspace.make(directory, repository=repository)
            state = JobState.start(spec, workspace, self._session_tools(), key=key, port=self._server.port)
            return _run_steps(spec, state, self._loop)
        finally:
            self._server.forget(key)
            shutil.rmtree(directory, ignore_errors=True)

    def _session_tools(self) -> Tools:
        if self._tools is None:
            self._tools = Tools.make(self._directory / "tools")
        return self._tools


def _refuse_what_cannot_run(job: Job) -> None:
    for name, node in (("container", job.container), ("services", job.services)):
        if node is not None:
            where = node.position
            message = f"{where.path}:{where.line}:{where.column}: '{name}' of the job '{job.id}' is not simulated"
            raise UnsupportedError(message)
    for label in _labels(job):
        if "windows" in label.lower():
            where = job.position
            message = f"{where.path}:{where.line}:{where.column}: a job on '{label}' is not simulated; Linux jobs are"
            raise UnsupportedError(message)


def _labels(job: Job) -> list[str]:
    node = job.runs_on
    items = node.items if isinstance(node, Sequence) else (node,)
    return [item.text for item in items if isinstance(item, Scalar)]


def _run_steps(spec: JobSpec, state: JobState, loop: LoopThread) -> JobEnd:
    results = []
    for step in spec.job.steps:
        results.append(_run_step(step, spec, state, loop))
    for effect in reversed(state.post):
        effect()
    conclusion = Conclusion.FAILURE if state.failed else Conclusion.SUCCESS
    try:
        outputs = _outputs(spec, state)
    except WorkflowError as error:
        return JobEnd(conclusion=Conclusion.FAILURE, steps=tuple(results), outputs={}, error=str(error))
    return JobEnd(conclusion=conclusion, steps=tuple(results), outputs=outputs)


def _outputs(spec: JobSpec, state: JobState) -> dict[str, str]:
    """A job's outputs; one that holds a secret is dropped, as GitHub drops it."""
    if spec.job.outputs is None:
        return {}
    values = evaluate_node(spec.job.outputs, state.contexts(), state.functions())
    texts = {name: to_text(value) for name, value in dict(values).items()}  # type: ignore[arg-type]
    return {name: text for name, text in texts.items() if not any(secret in text for secret in state.masks)}


def _run_step(step: Step, spec: JobSpec, state: JobState, loop: LoopThread) -> StepResult:
    spec.announce(step.id)
    kind = "run" if step.run is not None else "uses" if step.uses is not None else "wait"
    name = _name(step, state)
    if step.parallel or step.wait or step.wait_all or step.cancel or step.background:
        raise _unsupported(step, "background and parallel steps are not simulated")
    stub = spec.stubs.steps.get(f"{spec.job.id}/{step.id}")
    try:
        if not state.decides(step.condition):
            return _skipped(step, kind, name, state)
        if stub is not None:
            end = StepEnd(mode=StepMode.STUBBED, outputs=dict(stub), note="a stand-in was given for this step")
        elif step.run is not None:
            end = run_script_step(step, spec, state)
        else:
            end = run_action(step, spec, state, loop)
    except WorkflowError as error:
        end = StepEnd(mode=StepMode.EXECUTED, error=str(error))
    return _conclude(step, kind, name, end, state)


def _conclude(step: Step, kind: str, name: str, end: StepEnd, state: JobState) -> StepResult:
    witness = state.take_witness()
    if witness.error is not None:
        raise _at(step, witness.error)
    outcome = Conclusion.SUCCESS if end.error is None else Conclusion.FAILURE
    forgiven = outcome is Conclusion.FAILURE and state.is_true(step.continue_on_error, step)
    conclusion = Conclusion.SUCCESS if forgiven else outcome
    state.finish(step, outcome=outcome, conclusion=conclusion, outputs=end.outputs)
    tail = [f"Error: {end.error}"] if end.error else []
    log = tuple(state.hide(line) for line in (f"Run {name}", *end.log, *tail))
    return StepResult(
        id=step.id,
        name=name,
        kind=kind,
        mode=end.mode,
        outcome=outcome,
        conclusion=conclusion,
        outputs={key: state.hide(value) for key, value in end.outputs.items()},
        note=end.note,
        error=end.error and state.hide(end.error),
        log=log,
        builds=tuple(witness.builds),
        operations=tuple(witness.operations),
    )


def _skipped(step: Step, kind: str, name: str, state: JobState) -> StepResult:
    state.finish(step, outcome=Conclusion.SKIPPED, conclusion=Conclusion.SKIPPED, outputs={})
    given = step.condition.given
    note = f"its condition is false: {given}" if given else "an earlier step failed"
    return StepResult(
        id=step.id,
        name=name,
        kind=kind,
        mode=StepMode.SKIPPED,
        outcome=Conclusion.SKIPPED,
        conclusion=Conclusion.SKIPPED,
        note=note,
    )


def _name(step: Step, state: JobState) -> str:
    """A step's name as GitHub shows it: its own, else the action, else the script's first line."""
    if step.name is not None:
        try:
            return to_text(evaluate_node(step.name, state.contexts(step.env), state.functions()))
        except WorkflowError:
            return step.name.text
    if step.uses is not None:
        return f"Run {step.uses.text}"
    text = step.run.text.strip() if step.run is not None else step.id
    return "Run " + text.partition("\n")[0]


def _unsupported(step: Step, what: str) -> UnsupportedError:
    where = step.position
    return UnsupportedError(f"{where.path}:{where.line}:{where.column}: {what}")


def _at(step: Step, error: CicacheError) -> CicacheError:
    """The same error, with the step it came from."""
    where = step.position
    kind = type(error) if isinstance(error, UnsupportedError | UsageError) else None
    return error if kind is None else kind(f"{where.path}:{where.line}:{where.column}: {error}")
