"""Layer blobs for steps that nobody ran: real gzip archives of a few bytes that differ from run to run."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile

from pytest_cicache.buildkit import CREATED, UNCOMPRESSED, Layer
from pytest_cicache.oci import DOCKER_LAYER, OCI_LAYER_GZIP

__all__ = ["layer_type", "make_layer", "uncompressed_digest"]


def make_layer(key: str, salt: str, created_at: str) -> Layer:
    """A layer with one file; the same key and salt give the same bytes."""
    archive = _archive(f"{key} {salt}\n".encode())
    data = gzip.compress(archive, compresslevel=1, mtime=0)
    return Layer(
        digest=f"sha256:{hashlib.sha256(data).hexdigest()}",
        size=len(data),
        media_type=OCI_LAYER_GZIP,
        annotations={CREATED: created_at, UNCOMPRESSED: f"sha256:{hashlib.sha256(archive).hexdigest()}"},
        data=data,
    )


def layer_type(layer: Layer, wanted: str) -> str:
    """The media type of a layer in a manifest of type `wanted` layers: docker and OCI ones become each other."""
    return wanted if layer.media_type in {"", DOCKER_LAYER, OCI_LAYER_GZIP} else layer.media_type


def uncompressed_digest(layer: Layer) -> str:
    """The digest of the layer's archive, as an image configuration lists it."""
    return layer.annotations.get(UNCOMPRESSED, layer.digest)


def _archive(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT, bufsize=512) as archive:
        member = tarfile.TarInfo(".cicache-step")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    # two empty blocks end an archive; tarfile would pad to 10 KiB
    return buffer.getvalue()[: 512 * (2 + 2)]
