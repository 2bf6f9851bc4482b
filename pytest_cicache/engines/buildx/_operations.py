"""Tells from BuildKit's vertices and error texts how each cache import, cache export and push ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_cicache import errors
from pytest_cicache.buildx import EMPTY_EXPORT, exporting_name, pushed_names
from pytest_cicache.observation import CacheOperation, Operation, Result
from pytest_cicache.oci import Reference

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pytest_cicache.buildkit import BuildRequest, CacheOption
    from pytest_cicache.engines.buildx._log import BuildLog, LogVertex

__all__ = ["empty_exports", "imported_references", "operations"]

_IMPORTING = "importing cache manifest from "
_PUSHING = "exporting to image"
_STATUS = re.compile(r": ([1-5]\d\d) [A-Z][a-z]")


def imported_references(request: BuildRequest, log: BuildLog) -> tuple[str, ...]:
    """The registry references, as written, whose import did not fail, in the order of the command line."""
    found = _import_vertices(request, log)
    return tuple(option.origin for option, vertex in found if vertex is not None and vertex.error is None)


def operations(request: BuildRequest, log: BuildLog, *, used: Collection[str]) -> tuple[CacheOperation, ...]:
    """The build's operations in the order imports, pushes, exports.

    `log` is in the workflow's names; `used` are the references that steps were taken from. What never began,
    as an export after a failed step, is left out.
    """
    return (*_imports(request, log, used), *_pushes(request, log), *_exports(request, log))


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


def _imports(request: BuildRequest, log: BuildLog, used: Collection[str]) -> Iterator[CacheOperation]:
    for option, vertex in _import_vertices(request, log):
        if vertex is None:
            continue
        fine = Result.HIT if option.origin in used else Result.MISS
        yield _operation(Operation.IMPORT, option, vertex, fine=fine, fatal=False)


def _pushes(request: BuildRequest, log: BuildLog) -> Iterator[CacheOperation]:
    vertices = log.named(_PUSHING)
    if not vertices or not pushed_names(request):
        return
    vertex = vertices[-1]
    for reference in pushed_names(request):
        result, message = _ending(vertex, fine=Result.PUSHED)
        named = re.search(rf"failed to push {re.escape(_named(reference))}(?::[\w.-]+)?: ", vertex.error or "")
        if vertex.error is not None and not named:
            result, message = Result.UNKNOWN, vertex.error
        yield CacheOperation(
            operation=Operation.PUSH,
            type="registry",
            reference=reference,
            result=result,
            status=_status(result, message),
            message=message,
            fatal=result in (Result.DENIED, Result.FAILED),
        )


def _named(reference: str) -> str:
    """The reference without a tag that it does not have: BuildKit's words have one unless it pushes by digest."""
    try:
        return str(Reference.parse(reference))
    except errors.ReferenceError:
        return reference


def _exports(request: BuildRequest, log: BuildLog) -> Iterator[CacheOperation]:
    for kind in dict.fromkeys(option.type for option in request.cache_to):
        options = [option for option in request.cache_to if option.type == kind]
        vertices = log.named(exporting_name(kind))
        if not vertices:
            continue
        endings = {_ending(vertex, fine=Result.WRITTEN)[0] for vertex in vertices}
        for option, vertex in zip(options, vertices, strict=False):
            operation = _operation(Operation.EXPORT, option, vertex, fine=Result.WRITTEN, fatal=not option.ignore_error)
            # The vertices of several exports carry no reference: which of them was refused only the
            # registry knows.
            yield operation if len(endings) == 1 else _unknown(operation)


def empty_exports(options: Iterable[CacheOption]) -> Iterator[CacheOperation]:
    """Exports of a target without steps, of which BuildKit writes nothing."""
    for option in options:
        if option.type != "inline":
            yield CacheOperation(
                operation=Operation.EXPORT,
                type=option.type,
                reference=option.reference,
                cache_scope=option.cache_scope,
                attributes=dict(option.attributes),
                result=Result.OK,
                message=EMPTY_EXPORT,
            )


def _unknown(operation: CacheOperation) -> CacheOperation:
    return CacheOperation(
        operation=operation.operation,
        type=operation.type,
        reference=operation.reference,
        cache_scope=operation.cache_scope,
        attributes=operation.attributes,
        result=Result.UNKNOWN,
    )


def _operation(
    operation: Operation, option: CacheOption, vertex: LogVertex, *, fine: Result, fatal: bool
) -> CacheOperation:
    result, message = _ending(vertex, fine=fine)
    return CacheOperation(
        operation=operation,
        type=option.type,
        reference=option.reference,
        cache_scope=option.cache_scope,
        attributes=dict(option.attributes),
        result=result,
        status=_status(result, message),
        message=message,
        fatal=fatal and result in (Result.DENIED, Result.FAILED),
    )


def _ending(vertex: LogVertex, *, fine: Result) -> tuple[Result, str | None]:
    """Read the vertex's error (buildkit's texts: util/errutil, containerd's remotes/docker)."""
    error = vertex.error
    if error is None:
        return (fine if vertex.completed is not None else Result.UNKNOWN), None
    first = error.splitlines()[0]
    if "context canceled" in first:
        return Result.UNKNOWN, error  # the other one's refusal ended it, and what is left is a race
    if any(word in error for word in ("denied", "403 Forbidden", "401 Unauthorized", "insufficient_scope")):
        return Result.DENIED, error
    if first.endswith(": not found"):
        return Result.NOT_FOUND, error
    return Result.FAILED, error


def _status(result: Result, message: str | None) -> int | None:
    """The HTTP status behind a result, where the text tells."""
    if message is None:
        return {Result.WRITTEN: 201, Result.PUSHED: 201, Result.HIT: 200, Result.MISS: 200}.get(result)
    found = _STATUS.search(message)
    if found is not None:
        return int(found[1])
    if "insufficient_scope" in message or "fetch oauth token: denied" in message:
        return 401
    return {Result.DENIED: 403, Result.NOT_FOUND: 404}.get(result)
