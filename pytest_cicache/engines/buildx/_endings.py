"""Tells from BuildKit's vertices and error texts how each cache import, cache export and push ended."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_cicache import errors
from pytest_cicache.buildx import EMPTY_EXPORT, exporting_name, pushed_names
from pytest_cicache.engines._uses import export_use, import_use, push_use
from pytest_cicache.observation import Ending, How, Result, Use, refused_as
from pytest_cicache.oci import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_cicache.buildkit import BuildRequest, CacheOption
    from pytest_cicache.engines.buildx._log import BuildLog, LogVertex

__all__ = ["empty_exports", "endings", "imported_references", "lacks_files"]

_IMPORTING = "importing cache manifest from "
_PUSHING = "exporting to image"
# A file of the context, a Dockerfile or a folder that is not there: solver/llbsolver/ops, frontend/dockerui, buildx's
# build/opt.go.
_MISSING = re.compile(
    r"failed to calculate checksum of ref .*: not found|failed to compute cache key: .*not found|lstat .*no such file"
    r"|failed to read dockerfile: .*no such file|unable to prepare context: path .* not found|not found$"
)


def imported_references(request: BuildRequest, log: BuildLog) -> tuple[str, ...]:
    """The registry references, as written, whose import did not fail, in the order of the command line."""
    found = _import_vertices(request, log)
    return tuple(option.origin for option, vertex in found if vertex is not None and vertex.error is None)


def endings(request: BuildRequest, log: BuildLog) -> tuple[Ending, ...]:
    """How each use ended, in the order imports, pushes, exports.

    `log` is in the workflow's names. What never began, as an export after a failed step, is left out.
    """
    return (*_imports(request, log), *_pushes(request, log), *_exports(request, log))


def _distinct(options: tuple[CacheOption, ...]) -> tuple[CacheOption, ...]:
    """BuildKit imports a reference once, however often it is named."""
    return tuple({option.text: option for option in options}.values())


def _import_vertices(request: BuildRequest, log: BuildLog) -> Iterator[tuple[CacheOption, LogVertex | None]]:
    """Each import with its vertex.

    Those of other types than registry are named by a number that only BuildKit knows, in the order of the
    command line.
    """
    numbered: dict[str, list[LogVertex]] = {}
    for option in _distinct(request.cache_from):
        if option.type == "registry":
            named = log.named(_IMPORTING + _normalised(option.reference or ""))
            yield option, named[-1] if named else None
            continue
        if option.type not in numbered:
            prefix = f"{_IMPORTING}{option.type}:"
            numbered[option.type] = [item for item in log.vertices.values() if item.name.startswith(prefix)]
        waiting = numbered[option.type]
        yield option, waiting.pop(0) if waiting else None


def _normalised(reference: str) -> str:
    try:
        return str(Reference.parse(reference).normalised)
    except errors.ReferenceError:
        return reference


def _imports(request: BuildRequest, log: BuildLog) -> Iterator[Ending]:
    for option, vertex in _import_vertices(request, log):
        if vertex is not None:
            yield replace(_ending(import_use(option), vertex), origin=option.origin)


def _pushes(request: BuildRequest, log: BuildLog) -> Iterator[Ending]:
    vertices = log.named(_PUSHING)
    if not vertices:
        return
    vertex = vertices[-1]
    for reference in pushed_names(request):
        ending = _ending(push_use(reference), vertex)
        named = re.search(rf"failed to push {re.escape(_named(reference))}(?::[\w.-]+)?: ", vertex.error or "")
        yield ending if vertex.error is None or named else replace(ending, how=How.CUT_OFF)


def _named(reference: str) -> str:
    """The reference without a tag that it does not have: BuildKit's words have one unless it pushes by digest."""
    try:
        return str(Reference.parse(reference))
    except errors.ReferenceError:
        return reference


def empty_exports(options: Iterable[CacheOption]) -> Iterator[Ending]:
    """Exports of a target without steps, of which BuildKit writes nothing."""
    for option in options:
        if option.type != "inline":
            yield Ending(use=export_use(option), how=How.EMPTY, error=EMPTY_EXPORT)


def _exports(request: BuildRequest, log: BuildLog) -> Iterator[Ending]:
    for kind in dict.fromkeys(option.type for option in request.cache_to):
        options = [option for option in request.cache_to if option.type == kind]
        vertices = log.named(exporting_name(kind))
        # The vertices of several exports carry no reference: which of them was refused only the registry knows.
        is_told = len({_kind(vertex) for vertex in vertices}) == 1
        for option, vertex in zip(options, vertices, strict=False):
            use = export_use(option)
            yield _ending(use, vertex) if is_told else Ending(use=use, how=How.UNTOLD)


def _ending(use: Use, vertex: LogVertex) -> Ending:
    if vertex.wrote_nothing:
        return Ending(use=use, how=How.EMPTY, error=EMPTY_EXPORT)
    return Ending(use=use, how=_how(vertex), error=vertex.error)


def _how(vertex: LogVertex) -> How:
    if vertex.error is None:
        return How.FINE if vertex.completed is not None else How.UNTOLD
    # Another one's refusal ended it, and what is left is a race.
    return How.CUT_OFF if "context canceled" in vertex.error.partition("\n")[0] else How.REFUSED


def _kind(vertex: LogVertex) -> tuple[How, Result | None]:
    how = _how(vertex)
    return how, refused_as(vertex.error or "") if how is How.REFUSED else None


def lacks_files(line: str) -> bool:
    """Tell by a line after the progress log whether a build was refused for want of a file."""
    return _MISSING.search(line) is not None
