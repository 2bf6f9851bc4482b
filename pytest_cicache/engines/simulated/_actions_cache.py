"""Exports `type=gha`: an index of records under a key of its own, and one entry a layer.

BuildKit's cache/remotecache/gha/gha.go at v0.34.2, in its order of requests.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_cicache.buildkit import (
    CREATED,
    BuildVertex,
    CacheOption,
    Layer,
    Solver,
)
from pytest_cicache.buildx import ActionsCacheAccess, token_scopes
from pytest_cicache.engines._actions_cache import ActionsCacheClient, CacheServiceError
from pytest_cicache.engines.caches import ENTRY_VERSION, actions_cache_refusal, blob_key
from pytest_cicache.engines.simulated._builder_cache import BuilderCache
from pytest_cicache.engines.simulated._cache_export import exported_records
from pytest_cicache.engines.simulated._layers import uncompressed_digest

__all__ = ["ActionsCacheExport", "prepare_actions_cache_export"]

# BuildKit waits eight times two seconds for another build; here the other one needs only its turn.
_TRIES, _PAUSE = 7, 0.01


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
        key = blob_key(layer)
        try:
            if await self.client.look_up(key, ENTRY_VERSION, (key,)) is not None:
                return
        except CacheServiceError as error:
            raise actions_cache_refusal(error) from error
        data = layer.data if layer.origin is None else await layer.origin.read(layer)
        try:
            await self.client.save(key, ENTRY_VERSION, data or b"")
        except CacheServiceError as error:
            if not error.is_taken:
                raise actions_cache_refusal(error, "error writing layer blob: ") from error

    async def finish(self) -> None:
        """Write the index under the next free number. Raises RefusedError."""
        writable = [scope for scope, _, writes in token_scopes(self.access.token) if writes]
        key = self.access.index_key(writable[-1] if writable else "")
        try:
            await self._write_index(key)
        except CacheServiceError as error:
            raise actions_cache_refusal(error) from error

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
                await self.client.save(f"{key}#{number}", ENTRY_VERSION, self.config)
            except CacheServiceError as error:
                if not error.is_taken:
                    raise
                # Somebody else is writing it: after a while BuildKit takes the next number.
                tries += 1
                await asyncio.sleep(_PAUSE)
                continue
            return

    async def _newest(self, key: str) -> int:
        found = await self.client.look_up(f"{key}#", ENTRY_VERSION, (f"{key}#",))
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
    own_cache: BuilderCache,
    access: ActionsCacheAccess,
    client: ActionsCacheClient,
) -> ActionsCacheExport:
    """Everything an export will write."""
    config, layers = exported_records(option, solver, targets, own_cache)
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
