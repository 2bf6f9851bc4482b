"""Runs the steps of a job in this process: bash for scripts, data for actions, stand-ins for the rest."""

from __future__ import annotations

import time
import uuid
from collections.abc import Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from pytest_cicache.engines._job_spec import JobSpec, StepTurn
from pytest_cicache.engines._loop import LoopThread
from pytest_cicache.engines.docker import DockerServer
from pytest_cicache.engines.runner.job import JobState, JobWide, Launchers, StepView, Tools, Workspace, evaluated
from pytest_cicache.engines.runner.steps import (
    OutOfTimeError,
    StepDone,
    StepEnd,
    StepRunner,
    assumed_step,
    carry_out,
    empty_secrets,
    job_seconds,
    position,
    step_name,
    template_error,
)
from pytest_cicache.errors import CicacheError, UnsupportedError, UsageError, WorkflowError
from pytest_cicache.observation import (
    Assumption,
    AssumptionKind,
    BuildRecord,
    CacheOperation,
    Conclusion,
    JobResult,
    StepMode,
    StepResult,
)
from pytest_cicache.workflow import Step

__all__ = ["InProcessRunner"]


# What steps miss that run without them may be what was assumed.
_BESIDE_THE_STEPS = (AssumptionKind.CONTAINER, AssumptionKind.SERVICE)


class InProcessRunner:
    """Runs jobs below `directory`, whose steps may take turns; every job leaves nothing behind."""

    name = "inprocess"

    def __init__(self, directory: Path, *, loop: LoopThread, server: DockerServer) -> None:
        self._directory = directory
        self._loop = loop
        self._server = server
        self._tools: Future[Tools] | None = None
        self._launchers = Launchers()

    def run(self, spec: JobSpec) -> Generator[StepTurn, bool, JobResult]:
        """Run a job, step by step; a failed step is a result, what is not simulated is assumed to succeed."""
        key = uuid.uuid4().hex
        repository = spec.environment.get("GITHUB_REPOSITORY", "owner/repository")
        workspace = Workspace.make(self._directory / f"job-{key[:12]}", repository=repository)
        self._server.open(key, spec.docker)
        self._server.open(f"{key}-git", spec.git_remote)
        job: JobWide | None = None
        try:
            job = JobWide.start(spec, workspace, self._session_tools(), key=key, port=self._server.port)
            job.launcher = self._launchers.take()
            # While the first steps are emulated it gets ready.
            job.launcher.prepare()
            job.assumptions += (each for each in spec.planned.assumptions if each.kind in _BESIDE_THE_STEPS)
            spec.docker.rests_on_assumptions = job.rests_on_assumptions
            result = yield from _run_steps(JobState(spec, job), StepRunner(self._loop))
            spec.artifacts.has_doubts = spec.artifacts.has_doubts or bool(job.assumptions)
            return result
        finally:
            self._server.forget(key)
            self._server.forget(f"{key}-git")
            if job is not None:
                self._launchers.give_back(job.launcher)
            if self._server.is_busy(key):
                self._loop.run(self._server.cancel(key))
            workspace.remove()

    def close(self) -> None:
        """End the processes that started scripts, and wait for the tools if they are just laid out."""
        if self._tools is not None:
            self._tools.exception()
        self._launchers.close()

    def prepare(self) -> None:
        """Begin to lay out the tools, which waits for the file system more than it works."""
        if self._tools is None:
            hands = ThreadPoolExecutor(1, thread_name_prefix="cicache-tools")
            self._tools = hands.submit(Tools.make, self._directory / "tools")
            hands.shutdown(wait=False)
            self._launchers.prepare()

    def _session_tools(self) -> Tools:
        self.prepare()
        assert self._tools is not None
        return self._tools.result()


def _run_steps(state: JobState, runner: StepRunner) -> Generator[StepTurn, bool, JobResult]:
    job, spec = state.job, state.spec
    try:
        job.env.update(_evaluated_env(state))
        seconds, why = job_seconds(state)
    except WorkflowError as error:
        return spec.result(Conclusion.FAILURE, reason=template_error(error))
    job.deadline = time.monotonic() + seconds
    taken: list[StepResult] = []
    for step in spec.job.steps:
        paused = time.monotonic()
        cancelled = yield StepTurn(step.id, _elapsed(taken) + job.slept)
        # The steps of other jobs are not this one's time.
        job.deadline += time.monotonic() - paused
        job.is_cancelled = job.is_cancelled or cancelled
        taken.append(_run_step(step, state, runner))
    results = tuple(taken)
    _clean_up(state)
    conclusion = Conclusion(state.status)
    reason = why if conclusion is Conclusion.CANCELLED else None
    try:
        outputs, dropped = _outputs(state)
    except WorkflowError as error:
        return spec.result(Conclusion.FAILURE, reason=job.masks.hide(template_error(error)), steps=results)
    return spec.result(conclusion, reason=reason, steps=results, outputs=outputs, warnings=dropped)


def _elapsed(taken: list[StepResult]) -> float:
    """The seconds that steps took by their job's own clock, beside waiting: one for each that ran."""
    return float(sum(step.mode is not StepMode.SKIPPED for step in taken))


def _evaluated_env(state: JobState) -> dict[str, str]:
    """The variables of the workflow and of the job over them."""
    contexts = state.spec.contexts
    return {**evaluated(state.spec.workflow.env, contexts), **evaluated(state.spec.job.env, contexts)}


def _clean_up(state: JobState) -> None:
    """Run the post steps, the last one first; what cannot be simulated in them raises."""
    state.job.has_failed = state.failed
    while state.job.post:
        try:
            state.job.post.pop()()
        except OutOfTimeError:
            break
    recorder = state.take_recorder()
    state.spec.stubs.used.update(f"command:{name}" for name in state.job.workspace.used_stubs())
    if recorder.error is not None:
        raise recorder.error


def _outputs(state: JobState) -> tuple[dict[str, str], tuple[str, ...]]:
    """A job's outputs, and a warning for each that holds a secret and is dropped.

    https://github.com/actions/runner/blob/main/src/Runner.Worker/JobExtension.cs
    """
    values = evaluated(state.spec.job.outputs, state.contexts(), state.functions())
    kept = {name: text for name, text in values.items() if not state.job.masks.is_shown_by(text)}
    return kept, tuple(f"Skip output '{name}' since it may contain secret." for name in values if name not in kept)


def _run_step(step: Step, state: JobState, runner: StepRunner) -> StepResult:
    state.spec.docker.step = position(step.uses or step)
    names: list[str] = []

    def work(view: StepView, state: JobState) -> StepEnd:
        names.append(step_name(step, view))
        stub = _stub(step, names[0], state)
        if stub is not None:
            return StepEnd(mode=StepMode.STUBBED, outputs=dict(stub), note="a stand-in was given for this step")
        if step.run is None and step.uses is None:
            return assumed_step(step, _side_by_side(step))
        return runner(view, state)

    done = carry_out(step, state, work)
    return _result(step, names[0] if names else step_name(step, None), done, state)


def _side_by_side(step: Step) -> Assumption:
    """Steps that start, await or end others are not simulated; those they start run one after the other."""
    return Assumption(
        kind=AssumptionKind.SCRIPT,
        what="background and parallel steps are not simulated side by side",
        where=position(step),
    )


def _stub(step: Step, name: str, state: JobState) -> Mapping[str, str] | None:
    """The stand-in for a step, named by its id or as GitHub shows it."""
    stubs, job = state.spec.stubs, state.spec.job.id
    given = next((each for each in (f"{job}/{step.id}", f"{job}/{name}") if each in stubs.steps), None)
    if given is None:
        return None
    stubs.used.add(f"step:{given}")
    return stubs.steps[given]


def _result(step: Step, name: str, done: StepDone, state: JobState) -> StepResult:
    recorder = state.take_recorder()
    if recorder.error is not None:
        raise _at(step, recorder.error)
    hide = state.job.shown
    kind = "run" if step.run is not None else "uses"
    end = done.end or StepEnd(mode=StepMode.SKIPPED, note=_why_skipped(step, state))
    header = name if name.startswith("Run ") else f"Run {name}"
    log = (header, *end.full_log) if done.end is not None else ()
    assumptions = tuple(item for item in (done.doubt, *end.assumptions, *recorder.assumptions) if item is not None)
    assumes = tuple(dict.fromkeys((*(item.id for item in assumptions), *end.assumes)))
    return StepResult(
        id=step.id,
        name=hide(name),
        kind=kind,
        mode=end.mode,
        outcome=done.outcome,
        conclusion=done.conclusion,
        outputs={key: hide(value) for key, value in end.outputs.items()},
        note=hide("; ".join(dict.fromkeys(filter(None, (end.note, *recorder.notes))))) or None,
        error=end.error and hide(end.error),
        log=tuple(hide("\n".join(log)).split("\n")) if log else (),
        builds=tuple(_hidden(build, state) for build in recorder.builds),
        operations=tuple(_resting_on(_shown(item, state), assumes) for item in recorder.operations),
        assumptions=assumptions,
        assumes=assumes,
        empty_secrets=empty_secrets(step, state.spec) if end.error else (),
        where=position(step),
    )


def _resting_on(operation: CacheOperation, assumes: tuple[str, ...]) -> CacheOperation:
    return replace(operation, assumes=tuple(dict.fromkeys((*operation.assumes, *assumes)))) if assumes else operation


def _why_skipped(step: Step, state: JobState) -> str:
    if step.condition.given:
        return f"its condition is false: {step.condition.given}"
    return "the job was cancelled" if state.job.is_cancelled else "an earlier step failed"


def _hidden(build: BuildRecord, state: JobState) -> BuildRecord:
    """A build record whose texts show no secret."""
    hide = state.job.shown
    return replace(
        build,
        dockerfile=hide(build.dockerfile),
        vertices=tuple(replace(vertex, source=vertex.source and hide(vertex.source)) for vertex in build.vertices),
        operations=tuple(_shown(operation, state) for operation in build.operations),
        errors=tuple(map(hide, build.errors)),
        log=tuple(map(hide, build.log)),
    )


def _shown(operation: CacheOperation, state: JobState) -> CacheOperation:
    """An operation whose texts show no secret."""
    hide = state.job.shown
    attributes = {name: hide(value) for name, value in operation.attributes.items()}
    return replace(operation, attributes=attributes, message=operation.message and hide(operation.message))


def _at(step: Step, error: CicacheError) -> CicacheError:
    """The same error, with the step it came from."""
    if not isinstance(error, UnsupportedError | UsageError):
        return error
    where = (step.uses or step).position
    located = type(error)(f"{where.path}:{where.line}:{where.column}: {error}")
    located.__cause__ = error
    return located
