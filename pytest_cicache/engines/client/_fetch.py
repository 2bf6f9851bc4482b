"""The bytes of a layer, from where they are."""

from __future__ import annotations

import hashlib

from pytest_cicache.buildkit import Layer
from pytest_cicache.engines.client._registry_client import RefusedError, RegistryClient, Resource

__all__ = ["fetch_layer"]


async def fetch_layer(layer: Layer, client: RegistryClient) -> bytes:
    """The bytes of a layer; an imported one is downloaded and checked. Raises RefusedError."""
    if layer.data is not None:
        return layer.data
    if layer.origin is not None:
        return _checked(layer, await layer.origin.read(layer))
    assert layer.image_name is not None
    path = f"/v2/{layer.image_name}/blobs/{layer.digest}"
    resource = Resource(image_name=layer.image_name)
    reply = await client.send("GET", path, resource, headers={"Accept": f"{layer.media_type}, */*"})
    if reply.status == 404:
        shown = f"{client.address}/{layer.image_name}@{layer.digest}"
        raise reply.refused(
            f"failed to copy: httpReadSeeker: failed open: could not fetch content descriptor {layer.digest} "
            f"({layer.media_type}) from remote: {shown}: not found"
        )
    if reply.status >= 400:
        raise reply.refused(f"failed to copy: httpReadSeeker: failed open: {reply.unexpected}")
    return _checked(layer, reply.body)


def _checked(layer: Layer, data: bytes) -> bytes:
    found = f"sha256:{hashlib.sha256(data).hexdigest()}"
    if found != layer.digest:
        raise RefusedError(
            f"unexpected commit digest {found}, expected {layer.digest}: failed precondition", status=200
        )
    return data
