"""From what a simulated build did to its record."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_cicache.buildkit import BuildGraph, BuildVertex, CacheOption, Solver, StepOutcome
from pytest_cicache.engines._uses import import_use
from pytest_cicache.engines.caches import ImportedCache
from pytest_cicache.engines.simulated._outputs import UploadResult
from pytest_cicache.observation import Ending, How, Use, Vertex

__all__ = ["import_endings", "step_layers", "step_vertices", "upload_ending"]

_CACHED = {StepOutcome.CACHED: True, StepOutcome.IDLE: True, StepOutcome.RAN: False, StepOutcome.UNKNOWN: None}


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
        if state.outcome is StepOutcome.IDLE and failed is not None:
            continue
        found.append(Vertex(name=step.name, cached=_CACHED[state.outcome], source=solver.cache_origin(step)))
    return tuple(found)


def step_layers(graph: BuildGraph, solver: Solver) -> dict[str, str]:
    """The layer that each step left, run or taken from a cache."""
    chains = ((step.name, solver.state(step).result) for step in graph.steps)
    return {name: chain.layers[-1].digest for name, chain in chains if chain is not None and chain.layers}


def import_endings(options: Sequence[CacheOption], imports: Sequence[ImportedCache]) -> list[Ending]:
    """How each import ended."""
    found = []
    for option, imported in zip(options, imports, strict=True):
        how, status = (How.FINE, imported.status) if imported.error is None else (How.REFUSED, imported.status)
        if imported.error is None and imported.refs == ():
            how, status = How.NOT_THERE, 404
        found.append(
            Ending(
                use=import_use(option),
                how=how,
                error=imported.error,
                status=status,
                origin=imported.reference,
                refs=imported.refs,
            )
        )
    return found


def upload_ending(use: Use, result: UploadResult, message: str | None) -> Ending:
    """How a cache export or a push ended."""
    if result.error is not None:
        return Ending(use=use, how=How.REFUSED, error=message, status=result.error.status)
    return Ending(use=use, how=How.CUT_OFF if result.canceled else How.FINE, error=message)
