"""Cache records for what a build did: to keep in the builder, and to write into a cache reference.

An export does not write layers and name them; it writes the records of every vertex that the targets need, with all
links known of them, and adds results to some (solver/exporter.go, `ExportTo`). Links known are those that this build
made, and those that the caches it took from had already: without the latter, a build that hits would export less than
it imported, and the next one would miss. mode=max gives every record the layers of its vertex; mode=min gives them to
the targets, and to others only where their blobs exist anyway (solver/types.go, `CacheExportModeRemoteOnly`): those
that were imported, or that a push of the image has made.

What is idle, since a later step was found first, is exported by what the caches know of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pytest_cicache.buildkit._cache_store import CacheLink, CacheRecord, CacheResult, CacheStore
from pytest_cicache.buildkit._graph import BuildVertex, VertexKind
from pytest_cicache.buildkit._keys import record_key
from pytest_cicache.buildkit._solver import Solver, StepOutcome, used_vertices

__all__ = ["Records", "exported_chains", "keep"]


class Records:
    """Turns the vertices of a solved build into the records of `store`."""

    def __init__(self, solver: Solver, targets: Sequence[BuildVertex], store: CacheStore) -> None:
        self._solver = solver
        self._store = store
        self._items: dict[BuildVertex, CacheRecord | None] = {}
        self._copies: dict[CacheRecord, CacheRecord | None] = {}
        self._vertices: dict[CacheRecord, BuildVertex] = {}
        self.vertices = used_vertices(targets)
        for vertex in self.vertices:
            for index in range(len(solver.stores)):
                for item in solver.certain(vertex, index):
                    self._vertices.setdefault(item, vertex)
        for vertex in self.vertices:
            self.item(vertex)

    def item(self, vertex: BuildVertex) -> CacheRecord | None:
        """The record of a vertex; `None` for what has none, such as the files of the client."""
        if vertex not in self._items:
            self._items[vertex] = self._make(vertex)
        return self._items[vertex]

    def chain(self, vertex: BuildVertex) -> CacheResult | None:
        """The layers of a vertex, worked out in this build or known to a cache."""
        if vertex.kind in {VertexKind.IMAGE, VertexKind.LOCAL}:
            return None
        state = self._solver.state(vertex)
        if state.outcome is not StepOutcome.IDLE:
            return state.result
        for index in range(len(self._solver.stores)):
            for item in self._solver.certain(vertex, index):
                if item.result is not None:
                    return item.result
        return None

    def _make(self, vertex: BuildVertex) -> CacheRecord | None:
        if vertex.kind is VertexKind.LOCAL:
            return None
        inputs = [self._links(vertex, index) for index in range(len(vertex.inputs))]
        if any(not links for links in inputs):
            return None
        return self._store.add(vertex.record, inputs, None)

    def _links(self, vertex: BuildVertex, index: int) -> list[CacheLink]:
        """The records an input may come from: its own, its content's, and those the caches knew already."""
        link = vertex.inputs[index]
        links: dict[CacheLink, None] = {}
        own = self.item(link.vertex)
        if own is not None:
            links[link.selector, own] = None
        content = self._solver.content(link)
        if content is not None:
            links["", self._store.add(record_key(content, -1), [], None)] = None
        for number in range(len(self._solver.stores)):
            for item in self._solver.certain(vertex, number):
                for selector, parent in item.inputs[index]:
                    copy = self._copy(parent)
                    if copy is not None:
                        links[selector, copy] = None
        return list(links)

    def _copy(self, item: CacheRecord) -> CacheRecord | None:
        if item in self._vertices:
            return self.item(self._vertices[item])
        if item not in self._copies:
            self._copies[item] = None
            inputs = [
                [(selector, copy) for selector, parent in links if (copy := self._copy(parent)) is not None]
                for links in item.inputs
            ]
            if all(inputs):
                self._copies[item] = self._store.add(item.digest, inputs, None)
        return self._copies[item]


def keep(solver: Solver, targets: Sequence[BuildVertex], store: CacheStore) -> None:
    """Remember everything a build did in the builder's own store."""
    records = Records(solver, targets, store)
    for vertex in records.vertices:
        item, chain = records.item(vertex), records.chain(vertex)
        if item is None or chain is None:
            continue
        ran = solver.state(vertex).outcome in {StepOutcome.RAN, StepOutcome.UNKNOWN}
        item.result = chain if ran or item.result is None else item.result


def exported_chains(
    records: Records, targets: Sequence[BuildVertex], *, everything: bool, made: Collection[str]
) -> dict[CacheRecord, CacheResult]:
    """Which records get layers.

    mode=max gives every step its own; mode=min gives the targets theirs, and others only where the blobs exist
    anyway (`made`), as `CacheExportModeRemoteOnly` does.
    """
    chains: dict[CacheRecord, CacheResult] = {}
    ready = set(made)
    for target in targets:
        chain = records.chain(target)
        ready |= {layer.digest for layer in chain.layers} if chain else set()
    for vertex in records.vertices:
        item, chain = records.item(vertex), records.chain(vertex)
        if item is None or chain is None or not chain.layers:
            continue
        exists = all(layer.digest in ready or layer.is_elsewhere for layer in chain.layers)
        if everything or exists:
            chains[item] = chain
    return chains
