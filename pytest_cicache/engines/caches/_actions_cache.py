"""Imports `type=gha`: an index of records for each scope of the token, and one entry a layer.

BuildKit's cache/remotecache/gha/gha.go at v0.34.2.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_cicache.buildkit import CREATED, UNCOMPRESSED, CacheOption, CacheStore, Layer, read_config
from pytest_cicache.buildx import ActionsCacheAccess, token_scopes
from pytest_cicache.engines._actions_cache import ActionsCacheClient, CacheServiceError
from pytest_cicache.engines.caches._imported import ImportedCache
from pytest_cicache.engines.client import RefusedError

__all__ = ["ENTRY_VERSION", "actions_cache_refusal", "blob_key", "import_actions_cache"]

# sha256 of "|go-actionscache-1.0": the version of every entry (go-actions-cache, cache.go).
ENTRY_VERSION = hashlib.sha256(b"|go-actionscache-1.0").hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entries:
    """Where the bytes of imported layers are."""

    client: ActionsCacheClient

    async def read(self, layer: Layer) -> bytes:
        """The bytes of a layer. Raises RefusedError."""
        try:
            entry = await self.client.look_up(blob_key(layer), ENTRY_VERSION, (blob_key(layer),))
            if entry is None:
                raise RefusedError(f"blob {layer.digest}: not found", status=404)
            return await self.client.download(entry)
        except CacheServiceError as error:
            raise actions_cache_refusal(error) from error


async def import_actions_cache(
    option: CacheOption, access: ActionsCacheAccess, client: ActionsCacheClient
) -> ImportedCache:
    """Import the indexes of every scope in the token; a failure is part of the result."""
    shown = f"gha:{int(hashlib.sha256(option.text.encode()).hexdigest()[:15], 16)}"
    store = CacheStore(reference=option.origin)
    scopes = [scope for scope, _, _ in token_scopes(access.token)]
    try:
        texts = await asyncio.gather(*(_load(access.index_key(scope), client) for scope in scopes))
        for text in filter(None, texts):
            document = json.loads(text)
            layers = {entry["blob"]: _layer(entry, client) for entry in document.get("layers") or []}
            read_config(text, layers, store)
    except CacheServiceError as error:
        return ImportedCache(reference=option.origin, shown=shown, error=str(error), status=error.status)
    except (ValueError, KeyError, TypeError) as error:
        return ImportedCache(reference=option.origin, shown=shown, error=str(error), status=200)
    found = tuple(scope for scope, text in zip(scopes, texts, strict=True) if text is not None)
    return ImportedCache(reference=option.origin, shown=shown, store=store, status=200, refs=found)


async def _load(key: str, client: ActionsCacheClient) -> bytes | None:
    entry = await client.look_up(key, ENTRY_VERSION, (key,))
    return None if entry is None else await client.download(entry)


def _layer(entry: Mapping[str, Any], client: ActionsCacheClient) -> Layer:
    known = entry["annotations"]
    return Layer(
        digest=entry["blob"],
        size=known.get("size", 0),
        media_type=known.get("mediaType", ""),
        annotations={CREATED: known["createdAt"], UNCOMPRESSED: known["diffID"]},
        origin=_Entries(client=client),
    )


def blob_key(layer: Layer) -> str:
    """The key under which a layer is kept."""
    return f"buildkit-blob-1-{layer.digest}"


def actions_cache_refusal(error: CacheServiceError, words: str = "") -> RefusedError:
    """What the service refused, with words before it."""
    return RefusedError(f"{words}{error}", status=error.status)
