"""A run told in lines: who had which token and why, what was imported, what missed, what was denied."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from pytest_cicache.observation import (
    Asked,
    BuildRecord,
    CacheOperation,
    Conclusion,
    JobResult,
    Operation,
    Result,
    Run,
    RunQuestion,
    StepResult,
    Vertex,
)
from pytest_cicache.reporting._advice import absent_packages
from pytest_cicache.reporting._assumption import told_assumption
from pytest_cicache.reporting._headline import headline

__all__ = ["run_lines", "story"]

_SHOWN_LINES = 5
_SHOWN_WIDTH = 200


def story(run: Run) -> tuple[str, ...]:
    """Return the lines that explain a failed assertion on a run."""
    return tuple(run_lines(run))


def run_lines(run: Run) -> Iterator[str]:
    """Tell a run job by job; further lines of a text are set off from its first."""
    for text in _told(run):
        first, *more = text.split("\n")
        yield first
        margin = " " * (len(first) - len(first.lstrip()) + 2)
        yield from (margin + line for line in more)


def _told(run: Run) -> Iterator[str]:
    scenario = run.scenario
    yield f"{scenario.workflow} on {scenario.event} in {scenario.repository}: {run.outcome}"
    why = headline(Asked(run, RunQuestion.CONCLUSION)) if run.outcome is Conclusion.FAILURE else None
    if why is not None:
        yield f"  {why}"
    if run.error and run.outcome is Conclusion.STARTUP_FAILURE:
        yield f"  {run.error}"
    if not run.triggered:
        yield f"  not triggered: {run.reason}"
    if run.plan is not None and run.plan.caller is not None:
        yield f"  {run.plan.caller}"
    for job in run.jobs:
        yield from _job_lines(job)
    for package in absent_packages((run,)):
        yield f"  {package} does not exist: ghcr.io says denied of it to who may not create it"
    for item in run.assumptions:
        yield f"  assumed: {told_assumption(item)}"
    for race in run.races:
        yield f"  not sure: {race}"
    yield from _tag_lines(run)


def _tag_lines(run: Run) -> Iterator[str]:
    for package, change in sorted(run.packages.items()):
        for word in ("added", "moved", "removed", "uncertain"):
            for tag in sorted(getattr(change, word)):
                yield f"  tag {word}: {package}:{tag}"


def _job_lines(job: JobResult) -> Iterator[str]:
    yield f"  job {job.name}: {job.conclusion}" + (f" ({job.reason})" if job.reason else "")
    if job.token is not None:
        yield f"    token packages: {job.token.packages}"
        for reason in job.token.because.get("packages", ()):
            yield f"      {reason}"
    if job.cache is not None and any(item.type == "gha" for step in job.steps for item in step.operations):
        yield f"    Actions cache: {job.cache.mode}"
        yield f"      {job.cache.reason}"
    for step in job.steps:
        yield from _step_lines(step)
    yield from (f"    warning: {text}" for text in job.warnings)


def _step_lines(step: StepResult) -> Iterator[str]:
    if step.error:
        yield f"    step {_name(step)}: {step.error}"
        yield from _last_words(step)
        for secret in step.empty_secrets:
            yield f"      secrets.{secret.name} is empty: {secret.reason or 'the repository has no such secret'}"
    if step.note and step.note.startswith(("stubbed", "ignored")):
        yield f"    step {_name(step)}: {step.note}"
    of_builds = [item for build in step.builds for item in build.operations]
    others = [item for item in step.operations if item.operation is Operation.LOGIN or item not in of_builds]
    for line, same in groupby(map(_operation_line, others)):
        # A script that waits asks for the same over and over.
        times = len(list(same))
        yield f"    {line}{f' ({times} times)' if times > 1 else ''}"
    for build in step.builds:
        yield from _build_lines(step, build)


def _name(step: StepResult) -> str:
    return step.name.partition("\n")[0]


def _last_words(step: StepResult) -> Iterator[str]:
    """The end of a failed step's log, where no build of it tells more."""
    if any(build.exit_code for build in step.builds):
        return
    for line in [line for line in step.log[1:] if not line.startswith("Error: ")][-_SHOWN_LINES:]:
        yield f"      {line[:_SHOWN_WIDTH]}"


def _build_lines(step: StepResult, build: BuildRecord) -> Iterator[str]:
    target = f" target {build.target}" if build.target else ""
    counts = f"{build.hits} of {len(build.vertices)} steps cached"
    if not build.vertices:
        counts = "did not start" if build.exit_code else "no steps"
    yield f"    build {build.dockerfile}{target} in step {_name(step)}: {counts}"
    for operation in build.operations:
        yield f"      {_operation_line(operation)}"
    missed = next((vertex for vertex in build.vertices if vertex.cached is not True), None)
    if missed is not None and build.hits:
        yield f"      first not cached: {_vertex_line(missed)}"
    for line in build.errors if build.exit_code else ():
        yield f"      {line}"


def _vertex_line(vertex: Vertex) -> str:
    if vertex.error:
        return f"{vertex.name} ({vertex.error})"
    if vertex.cached is not False:
        return f"{vertex.name} (only running could tell)"
    return f"{vertex.name}: {vertex.why}" if vertex.why is not None else vertex.name


def _operation_line(operation: CacheOperation) -> str:
    if operation.operation is Operation.LOGIN:
        return f"login {operation.reference}: {operation.message or 'accepted'}"
    message = f": {operation.message}" if operation.message and operation.result is not Result.NOT_FOUND else ""
    failed = "command" if operation.operation is Operation.PULL else "build"
    fatal = f", which fails the {failed}" if operation.fatal else ""
    message = message.removesuffix(".") if fatal else message
    return f"{operation.operation} {operation.name}: {operation.told_result}{message}{fatal}{_at(operation)}"


def _at(operation: CacheOperation) -> str:
    """The line that asked for what did not go well."""
    is_fine = operation.result in (Result.OK, Result.HIT, Result.WRITTEN, Result.PUSHED)
    return "" if is_fine or not operation.where else f" ({operation.where})"
