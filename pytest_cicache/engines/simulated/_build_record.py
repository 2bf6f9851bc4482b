"""From what a simulated build did to its record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_cicache.buildkit import BuildGraph, BuildVertex, CacheOption
from pytest_cicache.engines.simulated._cache_import import ImportedCache
from pytest_cicache.engines.simulated._outputs import UploadResult
from pytest_cicache.engines.simulated._solver import Outcome, Solver
from pytest_cicache.observation import CacheOperation, Operation, Result, Vertex

__all__ = ["export_operation", "import_operations", "push_operation", "step_vertices"]

_CACHED = {Outcome.CACHED: True, Outcome.IDLE: True, Outcome.RAN: False, Outcome.UNKNOWN: None}
_CANCELED = "context canceled"


def step_vertices(
    graph: BuildGraph, solver: Solver, failed: BuildVertex | None = None, error: str | None = None
) -> tuple[Vertex, ...]:
    """The Dockerfile's own steps; after a failed one only those that were done."""
    found = []
    for step in graph.steps:
        if step is failed:
            found.append(Vertex(name=step.name, cached=False, error=error))
            break
        state = solver.state(step)
        if state.outcome is Outcome.IDLE and failed is not None:
            continue
        source = state.source if state.outcome is Outcome.CACHED else None
        if state.outcome is Outcome.IDLE:
            source = solver.origin(step)
        found.append(Vertex(name=step.name, cached=_CACHED[state.outcome], source=source))
    return tuple(found)


def import_operations(
    options: Sequence[CacheOption], imports: Sequence[ImportedCache], vertices: Iterable[Vertex]
) -> list[CacheOperation]:
    """One operation for each import: a hit when a step was taken from it."""
    used = {vertex.source for vertex in vertices if vertex.source is not None}
    found = []
    for option, imported in zip(options, imports, strict=True):
        result = Result.HIT if imported.reference in used else Result.MISS
        status = imported.status
        if imported.error is not None:
            result = _refusal(imported.error, status)
        elif imported.refs == ():
            result, status = Result.NOT_FOUND, 404
        found.append(
            CacheOperation(
                operation=Operation.IMPORT,
                type=option.type,
                reference=option.reference,
                cache_scope=option.cache_scope,
                refs=tuple(sorted(imported.refs or ())),
                attributes=dict(option.attributes),
                result=result,
                status=status,
                message=imported.error,
            )
        )
    return found


def export_operation(option: CacheOption, result: UploadResult, message: str | None) -> CacheOperation:
    """How a cache export ended."""
    ended, status = _ended(result, message, Result.WRITTEN)
    return CacheOperation(
        operation=Operation.EXPORT,
        type=option.type,
        reference=option.reference,
        cache_scope=option.cache_scope,
        attributes=dict(option.attributes),
        result=ended,
        status=status,
        message=message,
        fatal=result.error is not None and not option.ignore_error,
    )


def push_operation(reference: str, result: UploadResult, message: str | None) -> CacheOperation:
    """How a push of the image ended."""
    ended, status = _ended(result, message, Result.PUSHED)
    return CacheOperation(
        operation=Operation.PUSH,
        type="registry",
        reference=reference,
        result=ended,
        status=status,
        message=message,
        fatal=result.error is not None,
    )


def _ended(result: UploadResult, message: str | None, fine: Result) -> tuple[Result, int | None]:
    if result.error is not None:
        return _refusal(message or "", result.error.status), result.error.status
    if result.canceled:
        return Result.UNKNOWN, None
    return fine, 201


def _refusal(message: str, status: int | None) -> Result:
    if status in {401, 403} or "denied" in message:
        return Result.DENIED
    if status == 404 or message.endswith(": not found"):
        return Result.NOT_FOUND
    return Result.FAILED
