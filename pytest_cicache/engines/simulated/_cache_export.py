"""Writes a registry cache: layers, then the configuration, then the tag."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pytest_cicache.buildkit import (
    BuildVertex,
    CacheOption,
    CacheStore,
    Layer,
    Records,
    Solver,
    exported_chains,
    write_config,
)
from pytest_cicache.engines.client import RefusedError
from pytest_cicache.engines.simulated._builder_cache import BuilderCache
from pytest_cicache.engines.simulated._layers import layer_type
from pytest_cicache.oci import (
    BUILDKIT_CACHE_CONFIG,
    DOCKER_LAYER,
    DOCKER_MANIFEST_LIST,
    OCI_INDEX,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    GatewayAddress,
    Reference,
)

__all__ = ["CacheExport", "RegistryTarget", "digest_target", "exported_records", "registry_target"]

_IMPOSSIBLE = "invalid configuration for remote cache, OCI mediatypes are required for image-manifest cache format"
_FALSE = {"0", "f", "F", "FALSE", "false", "False"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryTarget:
    """Where a cache or an image goes: the image on the gateway and the tag, `None` for a push by digest."""

    image_name: str
    tag: str | None
    shown: str


class BlobWriter(Protocol):
    """Where a cache is written: an image on the gateway, or a folder."""

    async def layer(self, layer: Layer) -> None:
        """Make sure a layer is there; raises RefusedError."""

    async def blob(self, data: bytes) -> str:
        """Make sure a configuration is there; gives its digest; raises RefusedError."""

    async def manifest(self, data: bytes, media_type: str, tag: str | None) -> str:
        """Write a manifest under a tag; gives its digest; raises RefusedError."""


@dataclass(slots=True, kw_only=True)
class CacheExport:
    """One cache being written under a tag, in three steps that may be interleaved with other uploads."""

    option: CacheOption
    config: bytes
    layers: tuple[Layer, ...]
    uploader: BlobWriter
    tag: str
    descriptor: dict[str, Any] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.layers

    async def begin(self) -> None:
        """Write the first layer: a refusal shows here. Raises RefusedError."""
        if not _oci_types(self.option) and _image_manifest(self.option, default=False):
            raise RefusedError(_IMPOSSIBLE)
        for layer in self.layers[:1]:
            await self.layer(layer)

    async def layer(self, layer: Layer) -> None:
        """Write one layer. Raises RefusedError."""
        with _Prefix("error writing layer blob: "):
            await self.uploader.layer(layer)

    async def finish(self) -> None:
        """Write configuration and tag. Raises RefusedError."""
        if self.is_empty:
            return
        with _Prefix("error writing config blob: "):
            digest = await self.uploader.blob(self.config)
        config = {"mediaType": BUILDKIT_CACHE_CONFIG, "digest": digest, "size": len(self.config)}
        media_type = _media_type(self.option)
        data = json.dumps(_manifest(media_type, config, self.layers), separators=(",", ":")).encode()
        with _Prefix("error writing manifest blob: "):
            digest = await self.uploader.manifest(data, media_type, self.tag)
        self.descriptor = {"mediaType": media_type, "digest": digest, "size": len(data)}


class _Prefix:
    """Puts words before a refusal's message."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RefusedError):
            raise error.within(self._words) from error


def registry_target(reference: str, address: GatewayAddress) -> RegistryTarget:
    """Where a reference points; raises ReferenceError in docker's words."""
    shown = Reference.parse(reference).normalised
    inward = Reference.parse(address.inward(str(shown)))
    return RegistryTarget(image_name=inward.image_name, tag=inward.tag or "latest", shown=str(shown))


def digest_target(reference: str, address: GatewayAddress) -> RegistryTarget:
    """Where an image goes that is pushed by digest; raises RefusedError, in BuildKit's words, for one with a tag.

    Source: moby/buildkit, util/push/push.go.
    """
    named = Reference.parse(reference)
    if named.tag is not None or named.digest is not None:
        raise RefusedError(f"failed to push {named}: can't push tagged ref {named} by digest")
    image_name = Reference.parse(address.inward(str(named))).image_name
    return RegistryTarget(image_name=image_name, tag=None, shown=str(named))


def exported_records(
    option: CacheOption, solver: Solver, targets: Sequence[BuildVertex], own_cache: BuilderCache
) -> tuple[bytes, tuple[Layer, ...]]:
    """Everything an export will write: the configuration, and each layer in it once."""
    records = Records(solver, targets, CacheStore())
    chains = exported_chains(records, targets, everything=option.mode == "max", made=own_cache.made)
    items = [item for vertex in records.vertices if (item := records.item(vertex)) is not None]
    config, layers = write_config(items, chains)
    unique = tuple({layer.digest: own_cache.described(layer) for layer in layers}.values())
    own_cache.made.update(layer.digest for layer in unique)
    return config, unique


def _oci_types(option: CacheOption) -> bool:
    return option.attributes.get("oci-mediatypes", "true") not in _FALSE


def _image_manifest(option: CacheOption, *, default: bool) -> bool:
    text = option.attributes.get("image-manifest")
    return default if text is None else text not in _FALSE


def _media_type(option: CacheOption) -> str:
    if not _oci_types(option):
        return DOCKER_MANIFEST_LIST
    return OCI_MANIFEST if _image_manifest(option, default=True) else OCI_INDEX


def _manifest(media_type: str, config: dict[str, Any], layers: Sequence[Layer]) -> dict[str, Any]:
    kind = DOCKER_LAYER if media_type == DOCKER_MANIFEST_LIST else OCI_LAYER_GZIP
    entries: list[dict[str, Any]] = [
        {
            "mediaType": layer_type(layer, kind),
            "digest": layer.digest,
            "size": layer.size,
            "annotations": dict(sorted(layer.annotations.items())),
        }
        for layer in layers
    ]
    if media_type == OCI_MANIFEST:
        return {"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": entries}
    return {"schemaVersion": 2, "mediaType": media_type, "manifests": [*entries, config]}
