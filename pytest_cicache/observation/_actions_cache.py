"""From what was asked of the Actions cache to how a build's imports and exports there ended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pytest_cicache.observation._cache_service import ActionsCacheRecord, CacheCall
from pytest_cicache.observation._records import CacheOperation, Operation, Result

__all__ = ["settled_in_actions_cache"]

_SETTLES = (Result.WRITTEN, Result.UNKNOWN)


def settled_in_actions_cache(operation: CacheOperation, requests: Iterable[ActionsCacheRecord]) -> CacheOperation:
    """Return an operation of type gha with what the requests of its build tell, any other one as it is.

    BuildKit does not say that an index was not there, nor which of several exports was refused. An index is
    kept under `index-SCOPE-1-` and eight digits for the git ref (moby/buildkit, cache/remotecache/gha/gha.go).
    """
    if operation.type != "gha":
        return operation
    index = re.compile(rf"index-{re.escape(operation.cache_scope or '')}-1-[0-9a-f]{{8}}(#[0-9]*)?")
    own = [request for request in requests if index.fullmatch(request.key)]
    return _imported(operation, own) if operation.operation is Operation.IMPORT else _exported(operation, own)


def _imported(operation: CacheOperation, requests: Sequence[ActionsCacheRecord]) -> CacheOperation:
    # An export looks its own index up with a `#` behind it.
    asked = [item for item in requests if item.call is CacheCall.LOOK_UP and "#" not in item.key]
    refs = tuple(sorted({item.scope for item in asked if item.scope is not None}))
    if operation.result is Result.MISS and not refs:
        return replace(operation, result=Result.NOT_FOUND, status=404)
    return replace(operation, refs=refs)


def _exported(operation: CacheOperation, requests: Sequence[ActionsCacheRecord]) -> CacheOperation:
    written = {item.scope for item in requests if item.call is CacheCall.FINISH and item.scope is not None}
    if written and operation.result in _SETTLES:
        return replace(operation, result=Result.WRITTEN, status=201, refs=tuple(sorted(written)))
    if operation.result is Result.WRITTEN:
        # BuildKit takes a failed upload of an index for a success.
        return replace(operation, result=Result.FAILED, status=None, message="the index was not written")
    return operation
