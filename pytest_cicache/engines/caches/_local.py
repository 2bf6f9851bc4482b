"""Imports `type=local`: what a registry would hold, in a folder (BuildKit's cache/remotecache/local)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pytest_cicache.buildkit import CacheOption, CacheStore, Layer, read_config
from pytest_cicache.engines._local_cache import LocalFolder, find_local_import
from pytest_cicache.engines.caches._imported import ImportedCache, cache_parts
from pytest_cicache.engines.client import RefusedError

__all__ = ["import_local"]

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
