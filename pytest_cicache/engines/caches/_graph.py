"""A build's graph and the files of its contexts, read for ourselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pytest_cicache.buildkit import BuildGraph, BuildPlan, BuildRequest, FileTree, plan_build
from pytest_cicache.dockerfile import parse_dockerfile
from pytest_cicache.engines._protocols import BuildPlace
from pytest_cicache.engines._requests import BuildSources, find_sources
from pytest_cicache.engines.caches._bases import known_base
from pytest_cicache.engines.caches._context import ContextReader, read_trees

__all__ = ["graph_of"]


def graph_of(request: BuildRequest, place: BuildPlace, scratch: Path) -> tuple[BuildGraph, Mapping[str, FileTree]]:
    """The graph of a build and the files of its contexts; raises what a build of it would."""
    linked: dict[str, BuildSources] = {}
    sources = find_sources(request, place, scratch)
    plan = _planned(request, sources, linked, place, scratch)
    trees = read_trees(ContextReader(), plan, sources, linked, place.directory)
    return plan.graph({(image.reference, image.platform): known_base(image, place) for image in plan.images}), trees


def _planned(
    request: BuildRequest,
    sources: BuildSources,
    linked: dict[str, BuildSources],
    place: BuildPlace,
    scratch: Path,
    scope: str = "",
) -> BuildPlan:
    """The plan of a build and of those that its contexts stand for, whose sources it adds to `linked`."""
    links = {}
    for name, inner in request.links.items():
        linked[name] = find_sources(inner, place, scratch)
        links[name] = _planned(inner, linked[name], linked, place, scratch, f"{name}//")
    dockerfile = parse_dockerfile(sources.text, path=sources.shown)
    return plan_build(dockerfile, request, links=links, scope=scope)
