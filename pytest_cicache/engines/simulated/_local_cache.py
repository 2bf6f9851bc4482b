"""Exports `type=local`: what a registry would hold, in a folder (BuildKit's cache/remotecache/local)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pytest_cicache.buildkit import Layer
from pytest_cicache.engines._local_cache import LocalFolder
from pytest_cicache.engines.client import RegistryClient, fetch_layer

__all__ = ["LocalWriter"]


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
