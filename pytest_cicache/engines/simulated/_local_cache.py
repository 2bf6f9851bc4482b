"""Imports and exports `type=local`: what a registry would hold, in a folder (BuildKit's cache/remotecache/local)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_cicache.buildkit import CacheOption
from pytest_cicache.engines._local_cache import LocalFolder, find_local_import
from pytest_cicache.engines.simulated._cache_config import read_config
from pytest_cicache.engines.simulated._cache_import import ImportedCache, cache_parts
from pytest_cicache.engines.simulated._cache_store import CacheStore, Layer
from pytest_cicache.engines.simulated._registry_client import RefusedError, RegistryClient
from pytest_cicache.engines.simulated._upload import fetch_layer

__all__ = ["LocalWriter", "import_local"]

_PREFIX = "failed to configure local cache importer: "


@dataclass(frozen=True, slots=True)
class _Blobs:
    """Where the bytes of imported layers are."""

    folder: LocalFolder

    async def read(self, layer: Layer) -> bytes:
        """The bytes of a layer. Raises RefusedError."""
        return _read(self.folder, layer.digest)


def import_local(option: CacheOption, directory: Path) -> ImportedCache:
    """Import a folder that was found to hold a manifest; a failure is part of the result."""
    shown = f"local:{option.attributes['src']}"
    folder, store = LocalFolder(directory / option.attributes["src"]), CacheStore(reference=option.origin)
    try:
        _load(folder, find_local_import(option, directory).digest or "", store)
    except RefusedError as error:
        return ImportedCache(reference=option.origin, shown=shown, error=f"{_PREFIX}{error}", status=error.status)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        return ImportedCache(reference=option.origin, shown=shown, error=str(error))
    return ImportedCache(reference=option.origin, shown=shown, store=store)


def _load(folder: LocalFolder, digest: str, store: CacheStore) -> None:
    manifest = json.loads(_read(folder, digest))
    entries, config = cache_parts(manifest, manifest.get("mediaType", ""))
    if config is None:
        return
    layers = {
        entry["digest"]: Layer(
            digest=entry["digest"],
            size=entry.get("size", 0),
            media_type=entry.get("mediaType", ""),
            annotations=entry.get("annotations") or {},
            origin=_Blobs(folder),
        )
        for entry in entries
    }
    read_config(_read(folder, config["digest"]), layers, store)


def _read(folder: LocalFolder, digest: str) -> bytes:
    try:
        return folder.read(digest)
    except OSError as error:
        words = f"NotFound: rpc error: code = NotFound desc = content {digest}: not found"
        raise RefusedError(words, status=404) from error


@dataclass(frozen=True, slots=True)
class LocalWriter:
    """Writes blobs and manifests to a folder, as an uploader does to an image."""

    folder: LocalFolder
    client: RegistryClient

    async def layer(self, layer: Layer) -> None:
        """Make sure a layer is there. Raises RefusedError."""
        self.folder.write(await fetch_layer(layer, self.client))

    async def blob(self, data: bytes) -> str:
        """Make sure a configuration is there; gives its digest."""
        return self.folder.write(data)

    async def manifest(self, data: bytes, media_type: str, tag: str | None) -> str:
        """Write a manifest and let the tag name it; gives its digest."""
        digest = self.folder.write(data)
        descriptor: dict[str, Any] = {"mediaType": media_type, "digest": digest, "size": len(data)}
        self.folder.name(descriptor, tag or "latest")
        return digest
