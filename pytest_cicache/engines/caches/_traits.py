"""What makes the steps of a build what they are, for both builders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pytest_cicache.buildkit import (
    BuildGraph,
    BuildRequest,
    BuildVertex,
    FileTree,
    MissingPathError,
    PathSelection,
    VertexKind,
)
from pytest_cicache.engines._protocols import BuildPlace
from pytest_cicache.engines._requests import scratch_folder
from pytest_cicache.engines.caches._graph import graph_of
from pytest_cicache.errors import CicacheError
from pytest_cicache.observation import FileTrait, StepTraits

__all__ = ["look_at_traits", "step_traits"]


def look_at_traits(request: BuildRequest, place: BuildPlace) -> Mapping[str, StepTraits]:
    """Tell what the steps of a build are made of, by their names; nothing where it cannot be told."""
    if not (request.cache_from or request.cache_to) or place.opaque:
        return {}
    try:
        with scratch_folder(request, place) as scratch:
            return step_traits(*graph_of(request, place, scratch))
    except (CicacheError, MissingPathError):
        return {}  # what cannot be simulated can still be built


def step_traits(graph: BuildGraph, trees: Mapping[str, FileTree]) -> dict[str, StepTraits]:
    """What the steps of a graph are made of, by their names; `trees` are the files of its contexts."""
    return {step.name: _traits(step, trees) for step in graph.steps}


def _traits(step: BuildVertex, trees: Mapping[str, FileTree]) -> StepTraits:
    files: dict[str, FileTrait] = {}
    for link in step.inputs:
        tree = trees.get(link.vertex.reference) if link.vertex.kind is VertexKind.LOCAL else None
        if tree is not None and link.content is not None:
            files |= _taken(tree, link.content)
    below = list(_below(step))
    bases = (vertex.reference.partition("@") for vertex in below if vertex.kind is VertexKind.IMAGE)
    return StepTraits(
        files=files,
        variables=dict(line.partition("=")[::2] for line in step.variables),
        bases={name: digest for name, _, digest in bases},
        after=tuple(vertex.name for vertex in below if vertex.is_step),
    )


def _taken(tree: FileTree, selections: Sequence[PathSelection]) -> dict[str, FileTrait]:
    try:
        return {path: FileTrait(digest, mode) for path, (digest, mode) in tree.files(selections).items()}
    except MissingPathError:
        return {}  # the step fails, and says so itself


def _below(step: BuildVertex) -> Iterator[BuildVertex]:
    """What a step stands on, seen through internal steps."""
    for link in step.inputs:
        yield link.vertex
        if not link.vertex.is_step:
            yield from _below(link.vertex)
