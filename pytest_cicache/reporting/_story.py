"""A run told in lines: who had which token and why, what was imported, what missed, what was denied."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_cicache.observation import (
    BuildRecord,
    CacheOperation,
    JobResult,
    Operation,
    Result,
    Run,
    StepResult,
    Vertex,
)

__all__ = ["run_lines", "story"]

_SHOWN_WORDS = {Result.NOT_FOUND: "not found", Result.HIT: "hit", Result.MISS: "nothing usable"}


def story(run: Run) -> tuple[str, ...]:
    """Return the lines that explain a failed assertion on a run."""
    return tuple(run_lines(run))


def run_lines(run: Run) -> Iterator[str]:
    """Tell a run job by job."""
    scenario = run.scenario
    yield f"{scenario.workflow} on {scenario.event} in {scenario.repository}: {run.outcome}"
    if run.error:
        yield f"  {run.error}"
    if not run.triggered:
        yield f"  not triggered: {run.reason}"
    for job in run.jobs:
        yield from _job_lines(job)
    for package, change in sorted(run.packages.items()):
        for word in ("added", "moved", "removed", "uncertain"):
            for tag in getattr(change, word):
                yield f"  tag {word}: {package}:{tag}"


def _job_lines(job: JobResult) -> Iterator[str]:
    yield f"  job {job.name}: {job.conclusion}" + (f" ({job.reason})" if job.reason else "")
    if job.token is not None:
        yield f"    token packages: {job.token.packages}"
        for reason in job.token.because.get("packages", ()):
            yield f"      {reason}"
    for step in job.steps:
        yield from _step_lines(step)


def _step_lines(step: StepResult) -> Iterator[str]:
    if step.error:
        yield f"    step {step.name}: {step.error}"
    if step.note and step.note.startswith("stubbed"):
        yield f"    step {step.name}: {step.note}"
    logins = (item for item in step.operations if item.operation is Operation.LOGIN)
    for login in logins:
        yield f"    login {login.reference}: {login.message or 'accepted'}"
    for build in step.builds:
        yield from _build_lines(step, build)


def _build_lines(step: StepResult, build: BuildRecord) -> Iterator[str]:
    target = f" target {build.target}" if build.target else ""
    counts = f"{build.hits} of {len(build.vertices)} steps cached"
    yield f"    build {build.dockerfile}{target} in step {step.name}: {counts}"
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
    return vertex.name + ("" if vertex.cached is False else " (only running could tell)")


def _operation_line(operation: CacheOperation) -> str:
    result = _SHOWN_WORDS.get(operation.result, operation.result.value)
    status = f" {operation.status}" if operation.status and operation.result is Result.DENIED else ""
    message = f": {operation.message}" if operation.message and operation.result is not Result.NOT_FOUND else ""
    fatal = ", which fails the build" if operation.fatal else ""
    return f"{operation.operation} {operation.reference or operation.type}: {result}{status}{message}{fatal}"
