"""The Actions cache of the repository: its entries, how much they take, and its limits.

https://docs.github.com/en/rest/actions/cache
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pytest_cicache.actionscache import CacheEntry
from pytest_cicache.events import github_time
from pytest_cicache.githubapi._context import ApiContext
from pytest_cicache.githubapi._pages import page_of
from pytest_cicache.githubapi._wire import ApiRefusedError, ApiReply

__all__ = [
    "cache_usage",
    "delete_cache",
    "delete_caches",
    "get_retention_limit",
    "get_storage_limit",
    "list_caches",
    "set_retention_limit",
    "set_storage_limit",
]

_GIB = 1024**3
_SORTS = {
    "created_at": lambda entry: (entry.created, entry.number),
    "last_accessed_at": lambda entry: (entry.used, entry.number),
    "size_in_bytes": lambda entry: (entry.size, entry.number),
}


def list_caches(context: ApiContext) -> ApiReply:
    """`GET …/actions/caches?key=PREFIX&ref=&sort=&direction=`."""
    query = context.call.query
    order = _SORTS.get(query.get("sort", "last_accessed_at"))
    if order is None or query.get("direction", "desc") not in ("asc", "desc"):
        raise ApiRefusedError(422, "Validation Failed")
    found = [entry for entry in _fitting(context, query.get("ref")) if entry.key.startswith(query.get("key", ""))]
    found.sort(key=order, reverse=query.get("direction", "desc") == "desc")
    part, headers = page_of(context.call, found)
    return ApiReply(document=_listed(part, total=len(found)), headers=headers)


def delete_caches(context: ApiContext) -> ApiReply:
    """`DELETE …/actions/caches?key=KEY&ref=REF`: the key whole, of all refs where none is named."""
    key = context.call.query.get("key")
    if not key:
        raise ApiRefusedError(422, "Invalid request.\n\nMissing required query parameter key")
    found = [entry for entry in _fitting(context, context.call.query.get("ref")) if entry.key == key]
    if not found:
        raise ApiRefusedError(404, "Not Found")
    for entry in found:
        context.cache.delete(entry.number)
    return ApiReply(document=_listed(found, total=len(found)))


def delete_cache(context: ApiContext) -> ApiReply:
    """`DELETE …/actions/caches/ID`."""
    text = context.parts["id"]
    entry = context.cache.entry(int(text)) if text.isascii() and text.isdigit() else None
    if entry is None:
        raise ApiRefusedError(404, "Not Found")
    context.cache.delete(entry.number)
    return ApiReply(status=204)


def cache_usage(context: ApiContext) -> ApiReply:
    """`GET …/actions/cache/usage`."""
    entries = context.cache.entries
    document = {
        "full_name": context.facts.repository.full_name,
        "active_caches_size_in_bytes": sum(entry.size for entry in entries),
        "active_caches_count": len(entries),
    }
    return ApiReply(document=document)


def get_storage_limit(context: ApiContext) -> ApiReply:
    """`GET …/actions/cache/storage-limit`, in GB."""
    return ApiReply(document={"max_cache_size_gb": context.cache.limits.size // _GIB})


def set_storage_limit(context: ApiContext) -> ApiReply:
    """`PUT …/actions/cache/storage-limit`."""
    size = _positive(context, "max_cache_size_gb")
    context.cache.limits = replace(context.cache.limits, size=size * _GIB)
    return ApiReply(status=204)


def get_retention_limit(context: ApiContext) -> ApiReply:
    """`GET …/actions/cache/retention-limit`, in days."""
    return ApiReply(document={"max_cache_retention_days": context.cache.limits.unused.days})


def set_retention_limit(context: ApiContext) -> ApiReply:
    """`PUT …/actions/cache/retention-limit`."""
    days = _positive(context, "max_cache_retention_days")
    context.cache.limits = replace(context.cache.limits, unused=timedelta(days=days))
    return ApiReply(status=204)


def _positive(context: ApiContext, name: str) -> int:
    value = context.call.document().get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ApiRefusedError(400, f"Invalid request.\n\n{name} is no positive integer")
    return value


def _fitting(context: ApiContext, ref: str | None) -> list[CacheEntry]:
    """The entries of a ref, which may be cut short (`main`, `7/merge`)."""
    full = {ref, f"refs/heads/{ref}", f"refs/pull/{ref}", f"refs/tags/{ref}"}
    return [entry for entry in context.cache.entries if not ref or entry.scope in full]


def _listed(entries: list[CacheEntry] | Any, *, total: int) -> dict[str, Any]:
    return {"total_count": total, "actions_caches": [_cache_object(entry) for entry in entries]}


def _cache_object(entry: CacheEntry) -> dict[str, Any]:
    return {
        "id": entry.number,
        "ref": entry.scope,
        "key": entry.key,
        "version": entry.version,
        "last_accessed_at": github_time(entry.used),
        "created_at": github_time(entry.created),
        "size_in_bytes": entry.size,
    }
