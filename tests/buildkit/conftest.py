"""Builds without a builder: a graph, the files of its context, the caches it may take from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from pytest_cicache.buildkit import (
    CONTEXT,
    BuildGraph,
    BuildVertex,
    CacheResult,
    CacheStore,
    FileEntry,
    FileTree,
    Layer,
    Records,
    ResolvedImage,
    Solver,
    exported_chains,
    keep,
    plan_build,
    read_config,
    sha256,
    write_config,
)
from pytest_cicache.buildx import parse_build
from pytest_cicache.dockerfile import parse_dockerfile

FILES = {"a": "1", "b": "2"}


@dataclass
class Built:
    """A solved build."""

    graph: BuildGraph
    solver: Solver

    @property
    def targets(self) -> list[BuildVertex]:
        return [target.vertex for target in self.graph.targets if target.vertex is not None]

    @property
    def outcomes(self) -> str:
        """One letter a step: Cached, Ran, Unknown, Idle."""
        return "".join(self.solver.state(step).outcome.value[0].upper() for step in self.graph.steps)

    @property
    def origins(self) -> list[str | None]:
        return [self.solver.cache_origin(step) for step in self.graph.steps]

    def config(self, *, everything: bool = True) -> tuple[bytes, tuple[Layer, ...]]:
        """What an export writes."""
        records = Records(self.solver, self.targets, CacheStore())
        chains = exported_chains(records, self.targets, everything=everything, made=())
        items = [item for vertex in records.vertices if (item := records.item(vertex)) is not None]
        return write_config(items, chains)

    def exported(self, reference: str, *, everything: bool = True) -> CacheStore:
        """The cache as another builder reads it."""
        text, layers = self.config(everything=everything)
        store = CacheStore(reference=reference)
        there = {
            layer.digest: Layer(digest=layer.digest, size=1, media_type="l", image_name=reference) for layer in layers
        }
        read_config(text, there, store)
        return store


class Kitchen:
    """Builds one after the other; what a step makes differs from run to run, as real layers do."""

    def __init__(self) -> None:
        self._runs = 0

    def build(
        self,
        text: str,
        files: Mapping[str, str] = FILES,
        *caches: CacheStore,
        own: CacheStore | None = None,
        options: Sequence[str] = (),
    ) -> Built:
        """Solve a Dockerfile over caches, the builder's own first, and keep what was done in the latter."""
        request = parse_build(["build", *options, "."], environment={})
        plan = plan_build(parse_dockerfile(text, path="Dockerfile"), request)
        graph = plan.graph(
            {(image.reference, image.platform): ResolvedImage(digest=sha256("base")) for image in plan.images}
        )
        own = CacheStore() if own is None else own
        solver = Solver([own, *caches], {CONTEXT: tree(files)}, self._run)
        built = Built(graph, solver)
        for vertex in built.targets:
            solver.solve(vertex)
        keep(solver, built.targets, own)
        return built

    def _run(self, vertex: BuildVertex, inputs: Sequence[CacheResult | None]) -> CacheResult:
        self._runs += 1
        below = inputs[0].layers if vertex.has_base and inputs and inputs[0] is not None else ()
        layer = Layer(digest=sha256(f"{vertex.name} {self._runs}"), size=1, media_type="l", data=b"")
        return CacheResult(layers=(*below, layer), created_at=f"2026-11-27T00:00:{self._runs:02}Z")


def tree(files: Mapping[str, str]) -> FileTree:
    """Files with their content."""
    return FileTree(
        {
            name: FileEntry(kind="file", mode=0o644, digest=lambda text=text: sha256(text))
            for name, text in files.items()
        }
    )


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()
