"""Which of several imported caches a step would come from; BuildKit takes them as one and does not say."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from pytest_cicache.buildkit import BuildRequest, CacheStore, MissingPathError, Solver
from pytest_cicache.engines._protocols import BuildPlace
from pytest_cicache.engines._requests import cache_options, scratch_folder
from pytest_cicache.engines.caches._graph import graph_of
from pytest_cicache.engines.caches._imported import ImportedCache
from pytest_cicache.engines.caches._reading import read_cache
from pytest_cicache.engines.client import RegistryClient
from pytest_cicache.errors import CicacheError
from pytest_cicache.http import HttpClient

__all__ = ["look_for_origins"]


async def look_for_origins(request: BuildRequest, place: BuildPlace) -> Mapping[str, str]:
    """Read a build's caches for ourselves, unrecorded, and tell which step is in which; empty where it cannot be told.

    The caches are looked at before the build, which may export over what it imports.
    """
    try:
        with scratch_folder(request, place) as scratch:
            caches = await _read_all(request, place)
            return _among(request, place, caches, scratch)
    except (CicacheError, MissingPathError):
        return {}  # what cannot be simulated can still be built


async def _read_all(request: BuildRequest, place: BuildPlace) -> list[ImportedCache]:
    options = cache_options(request.cache_from, place, exports=False)
    async with HttpClient() as session:
        client = RegistryClient(session=session, address=place.gateway.address, credential=place.credential, tokens={})
        return list(await asyncio.gather(*(read_cache(option, place, client) for option in options)))


def _among(
    request: BuildRequest, place: BuildPlace, caches: Sequence[ImportedCache], scratch: Path
) -> Mapping[str, str]:
    graph, trees = graph_of(request, place, scratch)
    stores = [cache.store for cache in caches if cache.store is not None]
    solver = Solver([CacheStore(), *stores], trees, lambda vertex, inputs: None)
    for target in graph.targets:
        if target.vertex is not None:
            solver.solve(target.vertex)
    found = ((step.name, solver.cache_origin(step)) for step in graph.steps)
    return {name: origin for name, origin in found if origin is not None}
