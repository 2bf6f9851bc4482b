"""Which steps come from a cache, which run, and which nobody can know without running them.

BuildKit (v0.34.2) does not ask "has this step changed" but works a graph of edges backwards from the target
(solver/edge.go, solver/scheduler.go), and asks as little as it can. The same order of questions here:

1. *The key by definition.* A step's record is `sha256(cachemap digest @ output)` (solver/cachemanager.go, `rootKey`),
   linked to the records of its inputs. The digest holds the operation only: for a RUN its arguments, environment and
   mounts (solver/llbsolver/ops/exec.go), for a COPY the file actions (ops/file.go). So a step hits when its own digest
   and a chain of links down to the base are in one of the caches, without any layer having been looked at. That is
   `_certain_inputs`.
2. *The key by content.* An input that is copied from may match by the digest of the files it selects instead
   (`Input.content`; cache/contenthash), whatever made them: a record of the content with output -1. Files of the
   client have no other key. For a stage that ran anew the files are not known to us: then a record *may* stand for the
   step (`_possible_inputs`), and the step is `UNKNOWN`, as BuildKit would have to run the stage to tell.
3. *The result.* A record may have no layers (mode=min keeps links without results); the step then runs although it was
   found. A vertex with a result is taken and nothing below it is asked for: it stays `IDLE`.

Caches are asked in order, the builder's own first (solver/combinedcache.go), and hits are their union: since links
are by key, a chain may begin in one cache and go on in another. Which of two caches with the same record BuildKit
takes is a race (measured: the last one named won 21 of 24 times); we credit the first. Where one imported cache holds
an input of a step but not the step, and another holds both, that race decides the verdict too: such a step and all
behind it are `UNKNOWN` (`_is_contested`). Measured with v0.34.2 on a loaded machine of two cores, five COPY steps, one
cache of the first two and one of all five: of 120 builds that name the full cache last 14 ran the later steps, of 29
that name it first 26 did, and of 29 that import it alone none; of 24 where the other cache shares only the base image
none.

Kept per vertex: the outcome, the result, the origin of the result, and the records found in each cache, certain and
possible. `ignores_cache` (`--no-cache`, `no-cache-filter`) closes the look-up of a vertex, not the writing of its
record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pytest_cicache.buildkit._cache_store import CacheLink, CacheRecord, CacheResult, CacheStore
from pytest_cicache.buildkit._content import FileTree
from pytest_cicache.buildkit._graph import BuildVertex, Input, VertexKind
from pytest_cicache.buildkit._keys import record_key

__all__ = ["Solver", "StepOutcome", "VertexState"]

# What no step makes: every cache has them.
_GIVEN = (VertexKind.IMAGE, VertexKind.LOCAL)


class StepOutcome(StrEnum):
    """What happened to a vertex; `idle` when nothing asked for its result."""

    IDLE = "idle"
    CACHED = "cached"
    RAN = "ran"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class VertexState:
    """What is known about a vertex: the outcome, its layers, the cache they came from or, unknown, may come from."""

    outcome: StepOutcome = StepOutcome.IDLE
    result: CacheResult | None = None
    source: str | None = None
    probed: bool = False
    contested: bool | None = None
    certain: dict[int, list[CacheRecord]] = field(default_factory=dict)
    possible: dict[int, list[CacheRecord]] = field(default_factory=dict)


class Solver:
    """Answers for one build over several caches, the builder's own first.

    `trees` are the build contexts by name; `run` makes the layers of a step that runs, given its inputs'.
    """

    def __init__(
        self,
        stores: Sequence[CacheStore],
        trees: Mapping[str, FileTree],
        run: Callable[[BuildVertex, Sequence[CacheResult | None]], CacheResult | None],
    ) -> None:
        self.stores = stores
        self._trees = trees
        self._run = run
        self._states: dict[BuildVertex, VertexState] = {}
        self._contents: dict[Input, str | None] = {}
        self.executed: list[BuildVertex] = []

    def state(self, vertex: BuildVertex) -> VertexState:
        """What is known about a vertex."""
        if vertex not in self._states:
            self._states[vertex] = VertexState()
        return self._states[vertex]

    def solve(self, vertex: BuildVertex) -> CacheResult | None:
        """Work out the result of a vertex, and of what it needs."""
        # Inputs first: else each lookup is as deep as the chain of steps is long.
        for each in used_vertices([vertex]):
            for index in range(len(self.stores)):
                self.certain(each, index)
                self.possible(each, index)
            self._is_contested(each)
        self._need(vertex, sure=True)
        return self.state(vertex).result

    def content(self, link: Input) -> str | None:
        """The digest of the content an input selects; `None` when it does not count or is not known."""
        if link not in self._contents:
            tree = self._tree(link.vertex)
            counts = link.content is not None and tree is not None
            self._contents[link] = tree.content(link.content) if counts and tree and link.content is not None else None
        return self._contents[link]

    def certain(self, vertex: BuildVertex, store: int) -> list[CacheRecord]:
        """The records of one cache that surely stand for this vertex."""
        known = self.state(vertex).certain
        if store not in known:
            known[store] = self._lookup(vertex, store, self._certain_inputs)
        return known[store]

    def possible(self, vertex: BuildVertex, store: int) -> list[CacheRecord]:
        """The records that stand for it if files come out the same that only a run would tell."""
        known = self.state(vertex).possible
        if store not in known:
            known[store] = self._lookup(vertex, store, self._possible_inputs)
        return known[store]

    def cache_origin(self, vertex: BuildVertex) -> str | None:
        """The cache that a solved vertex comes from, or may come from; `None` when it ran or the builder has it."""
        state = self.state(vertex)
        return self._holder(vertex) if state.outcome is StepOutcome.IDLE else state.source

    def _holder(self, vertex: BuildVertex) -> str | None:
        """The first cache reference that has this vertex, `None` when the builder itself has it."""
        for index, store in enumerate(self.stores):
            if self.certain(vertex, index):
                return store.reference
        return None

    def _tree(self, vertex: BuildVertex) -> FileTree | None:
        return self._trees.get(vertex.reference) if vertex.kind is VertexKind.LOCAL else vertex.tree

    def _lookup(
        self,
        vertex: BuildVertex,
        store: int,
        inputs: Callable[[BuildVertex, int], list[list[CacheLink]]],
    ) -> list[CacheRecord]:
        if vertex.kind is VertexKind.LOCAL:
            return []
        return self.stores[store].find(vertex.record, inputs(vertex, store))

    def _certain_inputs(self, vertex: BuildVertex, store: int) -> list[list[CacheLink]]:
        return [self._alternatives(link, store, self.certain) for link in vertex.inputs]

    def _possible_inputs(self, vertex: BuildVertex, store: int) -> list[list[CacheLink]]:
        inputs = []
        for index, link in enumerate(vertex.inputs):
            alternatives = self._alternatives(link, store, self.possible)
            if link.content is not None and self._tree(link.vertex) is None:
                for candidate in self.stores[store].by_digest.get(vertex.record, ()):
                    alternatives += candidate.inputs[index] if index < len(candidate.inputs) else []
            inputs.append(alternatives)
        return inputs

    def _alternatives(
        self, link: Input, store: int, matches: Callable[[BuildVertex, int], list[CacheRecord]]
    ) -> list[CacheLink]:
        found: list[CacheLink] = []
        if not link.vertex.ignores_cache:
            found += [(link.selector, item) for item in matches(link.vertex, store)]
        content = self.content(link)
        root = self.stores[store].roots.get(record_key(content, -1)) if content else None
        return [*found, ("", root)] if root is not None else found

    def _hit(self, vertex: BuildVertex) -> tuple[CacheResult, str | None] | None:
        if vertex.ignores_cache:
            return None
        for index, store in enumerate(self.stores):
            for item in self.certain(vertex, index):
                if item.result is not None:
                    return item.result, store.reference
        return None

    def _is_contested(self, vertex: BuildVertex) -> bool:
        """Whether an imported cache ends before this vertex that another one holds."""
        state = self.state(vertex)
        if state.contested is None:
            held = {index for index in range(len(self.stores)) if self.certain(vertex, index)}
            others = [index for index in range(1, len(self.stores)) if index not in held]
            inputs = [link.vertex for link in vertex.inputs if link.vertex.kind not in _GIVEN]
            ends = (self.certain(each, index) for each in inputs for index in others)
            state.contested = (
                bool(held)
                and 0 not in held
                and (
                    any(map(self._is_contested, inputs))
                    or any(item.result is not None for records in ends for item in records)
                )
            )
        return state.contested

    def _may_hit(self, vertex: BuildVertex) -> bool:
        if vertex.ignores_cache:
            return False
        return any(
            item.result is not None for index in range(len(self.stores)) for item in self.possible(vertex, index)
        )

    def _need(self, vertex: BuildVertex, *, sure: bool) -> None:
        state = self.state(vertex)
        done = state.outcome in {StepOutcome.CACHED, StepOutcome.RAN} or (
            state.outcome is StepOutcome.UNKNOWN and not sure
        )
        if done or vertex.kind is VertexKind.LOCAL:
            return
        hit = self._hit(vertex)
        if hit is not None:
            state.result, state.source = hit
            state.outcome = StepOutcome.UNKNOWN if self._is_contested(vertex) else StepOutcome.CACHED
            for link in vertex.inputs if state.outcome is StepOutcome.UNKNOWN else ():
                self._need(link.vertex, sure=False)
            return
        for link in vertex.inputs:
            self._probe(link.vertex)
        may_hit = self._may_hit(vertex)
        for link in vertex.inputs:
            self._need(link.vertex, sure=sure and (not may_hit or link.content is not None))
            self.content(link)
        settled = sure and not may_hit
        state.outcome = StepOutcome.RAN if settled else StepOutcome.UNKNOWN
        if state.result is None:
            self.executed.append(vertex)
            state.result = self._run(vertex, [self.state(link.vertex).result for link in vertex.inputs])

    def _probe(self, vertex: BuildVertex) -> None:
        """Ask for every key of a vertex: where the definition's is not known, its inputs' files are read."""
        state = self.state(vertex)
        if state.probed:
            return
        state.probed = True
        if vertex.ignores_cache or any(self.certain(vertex, index) for index in range(len(self.stores))):
            return
        for link in vertex.inputs:
            self._probe(link.vertex)
        if not any(self.possible(vertex, index) for index in range(len(self.stores))):
            return
        for link in vertex.inputs:
            if link.content is not None and self._tree(link.vertex) is None:
                self._need(link.vertex, sure=True)


def used_vertices(vertices: Iterable[BuildVertex | None]) -> list[BuildVertex]:
    """The vertices and all they need, inputs first."""
    found: dict[BuildVertex, None] = {}
    # Long files make chains longer than Python's stack.
    due = [(vertex, False) for vertex in vertices if vertex is not None][::-1]
    while due:
        vertex, has_inputs = due.pop()
        if has_inputs:
            found[vertex] = None
        elif vertex not in found:
            due.append((vertex, True))
            due += [(link.vertex, False) for link in reversed(vertex.inputs)]
    return list(found)
