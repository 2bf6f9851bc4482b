"""One simulated build from its request to its record."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pytest_cicache.buildkit import (
    BuildGraph,
    BuildPlan,
    BuildRequest,
    BuildVertex,
    CacheOption,
    CacheResult,
    FileTree,
    Layer,
    MissingPathError,
    Solver,
    StepOutcome,
    VertexKind,
    inline_cache,
    keep,
    plan_build,
)
from pytest_cicache.buildx import source_excerpt
from pytest_cicache.dockerfile import parse_dockerfile
from pytest_cicache.engines._image_archive import write_archive
from pytest_cicache.engines._progress import Progress
from pytest_cicache.engines._protocols import BuildPlace
from pytest_cicache.engines._requests import (
    BuildSources,
    cache_options,
    find_sources,
    opaque_request,
    scratch_folder,
    warnings,
)
from pytest_cicache.engines._uses import refused_exports
from pytest_cicache.engines.caches import ContextReader, ImportedCache, read_cache, read_trees, step_traits
from pytest_cicache.engines.client import RefusedError, RegistryClient, fetch_layer
from pytest_cicache.engines.simulated._build_record import import_endings, step_layers, step_vertices
from pytest_cicache.engines.simulated._builder_cache import BuilderCache
from pytest_cicache.engines.simulated._delivery import Dispatch
from pytest_cicache.engines.simulated._image import BuiltImage, build_image
from pytest_cicache.engines.simulated._image_loading import loaded_image
from pytest_cicache.engines.simulated._images import BaseImages
from pytest_cicache.engines.simulated._layers import make_layer
from pytest_cicache.errors import DockerfileError, MissingFileError
from pytest_cicache.observation import BuildRecord, Ending, Operation, StepTraits, Vertex, settled

__all__ = ["SimulatedBuild"]

_SOLVE = "failed to build: failed to solve: "


class _FailedError(Exception):
    """Ends a build: buildx's line, the step it happened at, and the line of the Dockerfile."""

    def __init__(
        self,
        message: str,
        vertex: BuildVertex | None = None,
        error: str | None = None,
        *,
        lines: tuple[int, int] = (0, 0),
        lacks_files: bool = False,
    ) -> None:
        self.lacks_files = lacks_files
        self.vertex = vertex
        self.error = error
        self.lines = (vertex.line, vertex.end) if vertex is not None else lines
        super().__init__(message)


@dataclass(slots=True, kw_only=True)
class SimulatedBuild:
    """One build; `salt` and `now` go into the layers it makes."""

    request: BuildRequest
    place: BuildPlace
    own_cache: BuilderCache
    reader: ContextReader
    client: RegistryClient
    salt: str
    now: str
    strict: bool
    progress: Progress
    endings: list[Ending] = field(default_factory=list)
    vertices: tuple[Vertex, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    layers: Mapping[str, str] = field(default_factory=dict)
    _bases: dict[str, CacheResult] = field(default_factory=dict)
    _link_sources: dict[str, BuildSources] = field(default_factory=dict)
    _traits: Mapping[str, StepTraits] = field(default_factory=dict)
    _text: str = ""
    _shown: str = ""

    async def run(self) -> BuildRecord:
        """Build; a refusal of the build is a record. Raises UnsupportedError."""
        errors: tuple[str, ...] = ()
        lacks_files = False
        try:
            with scratch_folder(self.request, self.place) as scratch:
                await self._build(scratch)
        except DockerfileError as error:
            errors = (error.printed,)
            lacks_files = isinstance(error, MissingFileError)
        except _FailedError as error:
            lacks_files = error.lacks_files
            excerpt = source_excerpt(self._text, self._shown, error.lines)
            errors = (*excerpt, f"ERROR: {self.place.gateway.outward(str(error))}")
        if errors and not any(ending.use.operation is Operation.EXPORT for ending in self.endings):
            self.endings += refused_exports(self.request, self.place.environment)
        if errors:
            self.metadata.clear()
        else:
            self._write_files()
        record = BuildRecord(
            dockerfile=self.request.dockerfile or "Dockerfile",
            target=self.request.target,
            vertices=self.vertices,
            endings=tuple(self.endings),
            exit_code=1 if errors else 0,
            errors=tuple(line for error in errors for line in error.splitlines()),
            log=tuple(self.progress.lines),
            metadata=self.metadata,
            lacks_files=lacks_files,
            traits=self._traits,
            layers=self.layers,
        )
        return settled(record)

    async def _build(self, scratch: Path) -> None:
        imports = cache_options(self.request.cache_from, self.place, exports=False)
        exports = cache_options(self.request.cache_to, self.place, exports=True)
        for line in warnings(self.request, self.place):
            self.progress.plain(line)
        sources = self._sources(scratch)
        self._text, self._shown = sources.text, sources.shown.rpartition("/")[2]
        name = self.request.builder or "simulated"
        self.progress.header(f'building with "{name}" instance using docker-container driver')
        self.progress.vertex(f"[internal] load build definition from {self._shown}")
        plan = self._plan(sources, scratch)
        trees = read_trees(self.reader, plan, sources, self._link_sources, self.place.directory)
        graph = await self._graph(plan)
        if imports or exports:
            self._traits = step_traits(graph, trees)
        self.progress.vertex("[internal] load .dockerignore")
        # without a step there is nothing to solve, and BuildKit looks no cache up
        imports = imports if any(target.vertex is not None for target in graph.targets) else ()
        imported = await self._import(imports)
        solver = self._solver(trees, imported)
        await self._solve(graph, solver, imports, imported)
        await self._output(graph, solver, exports)

    def _sources(self, scratch: Path) -> BuildSources:
        if not self.place.opaque:
            return find_sources(self.request, self.place, scratch)
        shown = self.request.dockerfile or "Dockerfile"
        self.request, text = opaque_request(self.request, self.place)
        return BuildSources(text=text, shown=shown, folder=None, file=None)

    def _plan(self, sources: BuildSources, scratch: Path) -> BuildPlan:
        links = {name: self._linked(name, request, scratch) for name, request in self.request.links.items()}
        try:
            return plan_build(parse_dockerfile(sources.text, path=sources.shown), self.request, links=links)
        except DockerfileError as error:
            raise _FailedError(f"{_SOLVE}{error}", lines=(error.line, error.end)) from error

    def _linked(self, name: str, request: BuildRequest, scratch: Path) -> BuildPlan:
        """The plan of a build that a context stands for."""
        links = {other: self._linked(other, inner, scratch) for other, inner in request.links.items()}
        sources = self._link_sources[name] = find_sources(request, self.place, scratch)
        try:
            dockerfile = parse_dockerfile(sources.text, path=sources.shown)
            return plan_build(dockerfile, request, links=links, scope=f"{name}//")
        except DockerfileError as error:
            raise _FailedError(f"{_SOLVE}{error}") from error

    async def _graph(self, plan: BuildPlan) -> BuildGraph:
        bases = BaseImages(place=self.place, client=self.client, strict=self.strict)
        resolved = {}
        for image in plan.images:
            number = self.progress.begin(f"[internal] load metadata for {image.reference}")
            try:
                resolved[image.reference, image.platform] = await bases.resolve(image)
            except RefusedError as error:
                raise _FailedError(f"{_SOLVE}{error}", lines=(image.line, image.line)) from error
            self.progress.end(number)
        self._bases = bases.chains
        try:
            return plan.graph(resolved)
        except DockerfileError as error:
            raise _FailedError(f"{_SOLVE}{error}", lines=(error.line, error.end)) from error

    async def _import(self, options: Sequence[CacheOption]) -> list[ImportedCache]:
        numbers = []
        found = await asyncio.gather(*(read_cache(option, self.place, self.client) for option in options))
        for imported in found:
            number = self.progress.begin(f"importing cache manifest from {imported.shown}")
            numbers.append(number)
            self.progress.end(number, error=imported.error)
        return list(found)

    def _solver(self, trees: dict[str, FileTree], imported: Sequence[ImportedCache]) -> Solver:
        stores = [self.own_cache.store, *(cache.store for cache in imported if cache.store is not None)]
        return Solver(stores, trees, self._run_step)

    def _run_step(self, vertex: BuildVertex, inputs: Sequence[CacheResult | None]) -> CacheResult | None:
        if vertex.kind is VertexKind.IMAGE:
            return self._bases.get(vertex.reference.partition("@")[2])
        below: list[Layer] = []
        if vertex.kind is VertexKind.MERGE:
            for chain in inputs:
                below += chain.layers if chain else ()
            return CacheResult(layers=tuple(below), created_at=self.now)
        if vertex.has_base and inputs and inputs[0] is not None:
            below += inputs[0].layers
        layer = make_layer(vertex.record, self.salt, self.now)
        return CacheResult(layers=(*below, layer), created_at=self.now)

    async def _solve(
        self,
        graph: BuildGraph,
        solver: Solver,
        options: Sequence[CacheOption],
        imported: Sequence[ImportedCache],
    ) -> None:
        failure: _FailedError | None = None
        targets = [target.vertex for target in graph.targets if target.vertex is not None]
        try:
            for vertex in targets:
                solver.solve(vertex)
            await self._pull(solver)
        except MissingPathError as error:
            failure = self._missing(graph, solver, str(error.args[0]))
        except _FailedError as error:
            failure = error
        if failure is None:
            keep(solver, targets, self.own_cache.store)
        self.vertices = step_vertices(
            graph, solver, failure.vertex if failure else None, failure.error if failure else None
        )
        self.layers = step_layers(graph, solver)
        self.endings += import_endings(options, imported)
        for step in self.vertices:
            self.progress.vertex(step.name, cached=step.cached, error=step.error)
        if failure is not None:
            raise failure

    def _missing(self, graph: BuildGraph, solver: Solver, path: str) -> _FailedError:
        for step in graph.steps:
            for link in step.inputs:
                try:
                    solver.content(link)
                except MissingPathError:
                    identity = hashlib.sha256(step.name.encode()).hexdigest()[:25]
                    error = (
                        f"failed to compute cache key: failed to calculate checksum of ref {identity}::{identity}: "
                        f'"{path}": not found'
                    )
                    return _FailedError(f"{_SOLVE}{error}", step, error, lacks_files=True)
        raise AssertionError("some step misses the path")

    async def _pull(self, solver: Solver) -> None:
        """Download the layers that a running step stands on, as far as they are only known by name."""
        for vertex in solver.executed:
            if solver.state(vertex).outcome is not StepOutcome.RAN:
                continue
            for link in vertex.inputs:
                state = solver.state(link.vertex)
                if state.outcome is StepOutcome.CACHED and state.result is not None:
                    await self._fetch(state.result, vertex)

    async def _fetch(self, chain: CacheResult, vertex: BuildVertex | None) -> None:
        for layer in chain.layers:
            if not layer.is_elsewhere or layer.digest in self.own_cache.fetched:
                continue
            try:
                await self.client.patiently(partial(fetch_layer, layer, self.client), self.progress.plain)
            except RefusedError as error:
                text = f"failed to compute cache key: {error}" if vertex else str(error)
                raise _FailedError(f"{_SOLVE}{text}", vertex, self.place.gateway.outward(text)) from error
            self.own_cache.fetched.add(layer.digest)

    async def _output(self, graph: BuildGraph, solver: Solver, exports: Sequence[CacheOption]) -> None:
        inline = self.request.has_inline_cache
        images = []
        for built in graph.targets:
            chain = solver.state(built.vertex).result if built.vertex else None
            cache = inline_cache(solver, built.vertex, chain) if inline else None
            images.append(build_image(built, chain, cache))
        if self.request.load or any(
            output.type in {"docker", "oci", "tar", "local"} for output in self.request.outputs
        ):
            await self._load(graph, solver)
            await self._hand_over(images)
        delivery = Dispatch(
            request=self.request,
            place=self.place,
            client=self.client,
            progress=self.progress,
            own_cache=self.own_cache,
            salt=self.salt,
        )
        targets = [target.vertex for target in graph.targets if target.vertex is not None]
        refusal = await delivery.send(images, solver, targets, exports)
        self.endings += delivery.endings
        self.metadata = delivery.metadata
        if refusal is not None:
            raise _FailedError(f"{_SOLVE}{refusal.final}") from refusal

    async def _load(self, graph: BuildGraph, solver: Solver) -> None:
        number = self.progress.begin("exporting to oci image format")
        for target in graph.targets:
            chain = solver.state(target.vertex).result if target.vertex else None
            if chain is not None:
                await self._fetch(chain, None)
        self.progress.end(number)
        if self.request.load:
            self.progress.vertex("importing to docker")

    async def _hand_over(self, images: Sequence[BuiltImage]) -> None:
        """Give the image to the job's own store, and to the archives that were asked for."""
        places = [output.attributes.get("dest") for output in self.request.outputs if output.type in ("docker", "oci")]
        files = [place for place in places if place not in (None, "-")]
        is_kept = self.request.load or None in places
        if not images or not (files or is_kept):
            return
        image = await loaded_image(images[0], self.client, self.place)
        if is_kept:
            self.place.keep(image)
        for file in files:
            assert file is not None
            layers = [await layer.read() for layer in image.layers]
            target = self.place.directory / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(write_archive([(self.request.tags, image, layers)]))

    def _write_files(self) -> None:
        if self.request.metadata_file is not None:
            text = json.dumps(self.metadata, indent=2)
            (self.place.directory / self.request.metadata_file).write_text(text, encoding="utf-8")
        digest = self.metadata.get("containerimage.config.digest") or self.metadata.get("containerimage.digest")
        if self.request.iidfile is not None and digest is not None:
            (self.place.directory / self.request.iidfile).write_text(digest, encoding="utf-8")
