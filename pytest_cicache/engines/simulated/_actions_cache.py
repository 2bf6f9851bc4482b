"""Imports and exports `type=gha`: an index of records under a key of its own, and one entry a layer.

BuildKit's cache/remotecache/gha/gha.go at v0.34.2, in its order of requests.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_cicache.buildkit import BuildVertex, CacheOption
from pytest_cicache.buildx import ActionsCacheAccess, token_scopes
from pytest_cicache.engines._actions_cache import ActionsCacheClient, CacheServiceError
from pytest_cicache.engines.simulated._cache_config import read_config
from pytest_cicache.engines.simulated._cache_export import exported_records
from pytest_cicache.engines.simulated._cache_import import ImportedCache
from pytest_cicache.engines.simulated._cache_store import CacheStore, Layer
from pytest_cicache.engines.simulated._layers import CREATED, UNCOMPRESSED, uncompressed_digest
from pytest_cicache.engines.simulated._registry_client import RefusedError
from pytest_cicache.engines.simulated._solver import Solver

__all__ = ["ActionsCacheExport", "import_actions_cache", "prepare_actions_cache_export"]

# sha256 of "|go-actionscache-1.0": the version of every entry (go-actions-cache, cache.go).
_VERSION = hashlib.sha256(b"|go-actionscache-1.0").hexdigest()
# BuildKit waits eight times two seconds for another build; here the other one needs only its turn.
_TRIES, _PAUSE = 7, 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entries:
    """Where the bytes of imported layers are."""

    client: ActionsCacheClient

    async def read(self, layer: Layer) -> bytes:
        """The bytes of a layer. Raises RefusedError."""
        try:
            entry = await self.client.look_up(_blob_key(layer), _VERSION, (_blob_key(layer),))
            if entry is None:
                raise RefusedError(f"blob {layer.digest}: not found", status=404)
            return await self.client.download(entry)
        except CacheServiceError as error:
            raise _refusal(error) from error


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
    entry = await client.look_up(key, _VERSION, (key,))
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


@dataclass(slots=True, kw_only=True)
class ActionsCacheExport:
    """One cache being written: its layers, each once and only when they are missing, then the index."""

    option: CacheOption
    config: bytes
    layers: tuple[Layer, ...]
    access: ActionsCacheAccess
    client: ActionsCacheClient
    descriptor: dict[str, Any] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write: there always is the index."""
        return False

    async def begin(self) -> None:
        """Write the first layer: a refusal shows here. Raises RefusedError."""
        for layer in self.layers[:1]:
            await self.layer(layer)

    async def layer(self, layer: Layer) -> None:
        """Write one layer. Raises RefusedError."""
        key = _blob_key(layer)
        try:
            if await self.client.look_up(key, _VERSION, (key,)) is not None:
                return
        except CacheServiceError as error:
            raise _refusal(error) from error
        data = layer.data if layer.origin is None else await layer.origin.read(layer)
        try:
            await self.client.save(key, _VERSION, data or b"")
        except CacheServiceError as error:
            if not error.is_taken:
                raise _refusal(error, "error writing layer blob: ") from error

    async def finish(self) -> None:
        """Write the index under the next free number. Raises RefusedError."""
        writable = [scope for scope, _, writes in token_scopes(self.access.token) if writes]
        key = self.access.index_key(writable[-1] if writable else "")
        try:
            await self._write_index(key)
        except CacheServiceError as error:
            raise _refusal(error) from error

    async def _write_index(self, key: str) -> None:
        number = tries = 0
        while True:
            if tries <= _TRIES:
                number = await self._newest(key)
                # Asked twice, so that a change meanwhile shows.
                if number and await self._newest(key) != number:
                    continue
            number += 1
            try:
                await self.client.save(f"{key}#{number}", _VERSION, self.config)
            except CacheServiceError as error:
                if not error.is_taken:
                    raise
                # Somebody else is writing it: after a while BuildKit takes the next number.
                tries += 1
                await asyncio.sleep(_PAUSE)
                continue
            return

    async def _newest(self, key: str) -> int:
        found = await self.client.look_up(f"{key}#", _VERSION, (f"{key}#",))
        if found is None:
            return 0
        number = re.fullmatch(r".*#([0-9]+)", found.key)
        if number is None:
            raise CacheServiceError(f"corrupt empty index for {key}")
        return int(number[1])


def prepare_actions_cache_export(
    option: CacheOption,
    solver: Solver,
    targets: Sequence[BuildVertex],
    *,
    made: set[str],
    access: ActionsCacheAccess,
    client: ActionsCacheClient,
) -> ActionsCacheExport:
    """Everything an export will write."""
    config, layers = exported_records(option, solver, targets, made)
    return ActionsCacheExport(
        option=option,
        config=_annotated(config, {layer.digest: layer for layer in layers}),
        layers=layers,
        access=access,
        client=client,
    )


def _annotated(config: bytes, layers: Mapping[str, Layer]) -> bytes:
    """The configuration with what a registry's manifest would say of each layer."""
    document = json.loads(config)
    for entry in document.get("layers", ()):
        layer = layers[entry["blob"]]
        entry["annotations"] = {
            "mediaType": layer.media_type,
            "diffID": uncompressed_digest(layer),
            "size": layer.size,
            "createdAt": layer.annotations.get(CREATED, "0001-01-01T00:00:00Z"),
        }
    return json.dumps(document, separators=(",", ":")).encode()


def _blob_key(layer: Layer) -> str:
    return f"buildkit-blob-1-{layer.digest}"


def _refusal(error: CacheServiceError, words: str = "") -> RefusedError:
    return RefusedError(f"{words}{error}", status=error.status)
