"""A built image for the job's own store, with the bytes of layers that lie elsewhere."""

from __future__ import annotations

from dataclasses import replace

from pytest_cicache.buildkit import Layer
from pytest_cicache.engines._loaded_image import LayerBlob, LoadedImage
from pytest_cicache.engines._protocols import BuildPlace
from pytest_cicache.engines.client import RegistryClient, fetch_layer
from pytest_cicache.engines.simulated._image import BuiltImage

__all__ = ["loaded_image"]


async def loaded_image(image: BuiltImage, client: RegistryClient, place: BuildPlace) -> LoadedImage:
    """The image, read whole; that the layers are fetched for it is in the record already."""
    if place.unrecorded is not None:
        client = replace(client, address=place.unrecorded.address)
    return LoadedImage(config=image.config, layers=tuple([await _blob(layer, client) for layer in image.layers]))


async def _blob(layer: Layer, client: RegistryClient) -> LayerBlob:
    data = await fetch_layer(layer, client)

    async def read() -> bytes:
        return data

    return LayerBlob(digest=layer.digest, size=layer.size, media_type=layer.media_type, read=read)
