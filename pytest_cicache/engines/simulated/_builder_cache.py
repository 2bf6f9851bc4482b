"""What a builder keeps between the builds of a job."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pytest_cicache.buildkit import CacheStore, Layer

__all__ = ["BuilderCache"]

_SOURCE = "containerd.io/distribution.source."


@dataclass(slots=True)
class BuilderCache:
    """Records, registry tokens, and by digest the layers that are there as blobs: `made` here, or `fetched`."""

    store: CacheStore = field(default_factory=CacheStore)
    tokens: dict[tuple[object, ...], str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    fetched: set[str] = field(default_factory=set)

    def described(self, layer: Layer) -> Layer:
        """The layer as a cache manifest lists it: one that was fetched no longer says where from (cache/remote.go)."""
        if layer.digest not in self.fetched:
            return layer
        kept = {name: value for name, value in layer.annotations.items() if not name.startswith(_SOURCE)}
        return replace(layer, annotations=kept)
