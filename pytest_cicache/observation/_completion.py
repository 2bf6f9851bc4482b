"""Completes what a builder can tell of its operations by what the gateway saw of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_cicache import errors
from pytest_cicache.observation._actions_cache import settled_in_actions_cache
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

__all__ = ["completed"]

_PURPOSES = {Operation.IMPORT: Purpose.IMPORT, Operation.EXPORT: Purpose.EXPORT, Operation.PUSH: Purpose.PUSH}


def completed(
    record: BuildRecord, requests: Sequence[RegistryRecord], cache_requests: Sequence[ActionsCacheRecord] = ()
) -> BuildRecord:
    """Return the record with statuses and words where BuildKit prints none, and with settled exports.

    Of several exports BuildKit does not say which was refused. The registry's requests do, as long as no
    refusal ended the build: then the others may have been cut off, and which of them is a race.
    """
    settles = record.exit_code == 0
    operations = tuple(_completed(operation, requests, settles=settles) for operation in record.operations)
    return replace(
        record, operations=tuple(settled_in_actions_cache(operation, cache_requests) for operation in operations)
    )


def _completed(operation: CacheOperation, requests: Sequence[RegistryRecord], *, settles: bool) -> CacheOperation:
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
    if operation.result is Result.NOT_FOUND:
        return replace(operation, status=operation.status or 404)
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
