"""The one fold that makes operations: from what a builder told of each use, and what the gateway saw of the build."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from pytest_cicache import errors
from pytest_cicache.observation._actions_cache import settled_in_actions_cache
from pytest_cicache.observation._builds import Ending, How
from pytest_cicache.observation._cache_service import ActionsCacheRecord
from pytest_cicache.observation._records import (
    BuildRecord,
    CacheOperation,
    Operation,
    Purpose,
    RegistryRecord,
    Result,
)
from pytest_cicache.oci import Reference

__all__ = ["operation_of", "refused_as", "settled"]

_PURPOSES = {Operation.IMPORT: Purpose.IMPORT, Operation.EXPORT: Purpose.EXPORT, Operation.PUSH: Purpose.PUSH}
_FINE = {Operation.IMPORT: Result.MISS, Operation.EXPORT: Result.WRITTEN, Operation.PUSH: Result.PUSHED}
_STATUSES = {
    Result.HIT: 200,
    Result.MISS: 200,
    Result.WRITTEN: 201,
    Result.PUSHED: 201,
    Result.DENIED: 403,
    Result.NOT_FOUND: 404,
}
# BuildKit's texts: util/errutil, containerd's core/remotes/docker.
_DENIED = ("denied", "403 Forbidden", "401 Unauthorized", "insufficient_scope")
_UNAUTHORISED = ("insufficient_scope", "fetch oauth token: denied")
_STATUS = re.compile(r": ([1-5]\d\d) [A-Z][a-z]")


def settled(
    record: BuildRecord, requests: Sequence[RegistryRecord] = (), cache_requests: Sequence[ActionsCacheRecord] = ()
) -> BuildRecord:
    """Return the record with its operations, by all that is known of its build so far.

    Of several exports BuildKit does not say which was refused. The registry's requests do, as long as no
    refusal ended the build: then the others may have been cut off, and which of them is a race.
    """
    used = {vertex.source for vertex in record.vertices if vertex.cached and vertex.source is not None}
    perhaps = {vertex.source for vertex in record.vertices if vertex.cached is None and vertex.source is not None}
    ended_well = record.exit_code == 0
    found = (operation_of(ending, used, perhaps) for ending in record.endings)
    seen = (_by_requests(operation, requests, settles=ended_well) for operation in found)
    return replace(record, operations=tuple(settled_in_actions_cache(each, cache_requests) for each in seen))


def operation_of(ending: Ending, used: Collection[str] = (), perhaps: Collection[str] = ()) -> CacheOperation:
    """What came of a use by the builder's word alone; `used` are the origins that vertices came from, or `perhaps`."""
    use = ending.use
    result = _result(ending, used, perhaps)
    is_fatal = ending.how is How.REFUSED and use.operation is not Operation.IMPORT and not use.is_optional
    return CacheOperation(
        operation=use.operation,
        type=use.type,
        reference=use.reference,
        cache_scope=use.cache_scope,
        refs=tuple(sorted(ending.refs or ())),
        attributes=dict(use.attributes),
        result=result,
        status=ending.status or _status(ending, result),
        message=ending.error,
        fatal=is_fatal,
        assumes=ending.assumes,
    )


def refused_as(error: str, status: int | None = None) -> Result:
    """What kind of refusal an error is, by the status behind it or BuildKit's words."""
    if status in (401, 403) or any(word in error for word in _DENIED):
        return Result.DENIED
    if status == 404 or error.partition("\n")[0].endswith(": not found"):
        return Result.NOT_FOUND
    return Result.FAILED


def _result(ending: Ending, used: Collection[str], perhaps: Collection[str]) -> Result:
    match ending.how:
        case How.REFUSED:
            return refused_as(ending.error or "", ending.status)
        case How.NOT_THERE:
            return Result.NOT_FOUND
        case How.EMPTY:
            return Result.OK
        case How.NEVER_BEGAN:
            return Result.CANCELLED
        case How.CUT_OFF | How.UNTOLD:
            return Result.UNKNOWN
    if ending.use.operation is Operation.IMPORT and ending.origin in used:
        return Result.HIT
    if ending.use.operation is Operation.IMPORT and ending.origin in perhaps:
        return Result.UNKNOWN
    return _FINE[ending.use.operation]


def _status(ending: Ending, result: Result) -> int | None:
    """The HTTP status behind a result, where the text tells."""
    if ending.how is How.FINE:
        return _STATUSES.get(result)
    if ending.how is not How.REFUSED:
        return None
    error = ending.error or ""
    found = _STATUS.search(error)
    if found is not None:
        return int(found[1])
    return 401 if any(word in error for word in _UNAUTHORISED) else _STATUSES.get(result)


def _by_requests(operation: CacheOperation, requests: Sequence[RegistryRecord], *, settles: bool) -> CacheOperation:
    """The operation with status and words where BuildKit prints none; an export that was not told, by its requests."""
    wanted = _PURPOSES.get(operation.operation)
    reference = _reference(operation.reference)
    if wanted is None or reference is None:
        return operation
    own = [request for request in requests if request.purpose is wanted and _is_of(request, reference)]
    refusal = next((request for request in own if request.status >= 400 and request.status not in (401, 404)), None)
    if operation.result is Result.UNKNOWN and operation.operation is Operation.EXPORT and settles:
        if _wrote(own, reference):
            return replace(operation, result=Result.WRITTEN)
        if refusal is not None:
            operation = replace(operation, result=Result.DENIED if refusal.status == 403 else Result.FAILED)
    if operation.result is Result.DENIED and refusal is not None:
        status = operation.status or refusal.status
        return replace(operation, status=status, message=operation.message or refusal.message)
    return operation


def _reference(text: str | None) -> Reference | None:
    try:
        return None if text is None else Reference.parse(text).normalised
    except errors.ReferenceError:
        return None


def _is_of(request: RegistryRecord, reference: Reference) -> bool:
    return (request.host, request.image_name) == (reference.host, reference.image_name)


def _wrote(requests: Sequence[RegistryRecord], reference: Reference) -> bool:
    """Whether a manifest was put under the reference's tag."""
    return any(
        request.method == "PUT" and request.reference == reference.tag and 200 <= request.status < 300
        for request in requests
    )
