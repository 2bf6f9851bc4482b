"""An image that stands for one that no registry of the simulation holds: its content depends on its name alone."""

from __future__ import annotations

import json

from pytest_cicache.engines._loaded_image import LayerBlob, LoadedImage
from pytest_cicache.engines.simulated import make_layer, uncompressed_digest

__all__ = ["placeholder"]

_CREATED = "2024-01-01T00:00:00Z"


def placeholder(name: str) -> LoadedImage:
    """The image that stands for `name`, with one layer of a few bytes."""
    layer = make_layer(name, "image", _CREATED)

    async def read() -> bytes:
        return layer.data or b""

    config = {
        "architecture": "amd64",
        "config": {},
        "created": _CREATED,
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [uncompressed_digest(layer)]},
    }
    blob = LayerBlob(digest=layer.digest, size=layer.size, media_type=layer.media_type, read=read)
    return LoadedImage(config=json.dumps(config, separators=(",", ":")).encode(), layers=(blob,))
