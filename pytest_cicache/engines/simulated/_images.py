"""What a base image is where there is no network: a digest that depends on nothing but its name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_cicache.buildkit import BaseImage, CacheResult, ImageConfig, Layer, ResolvedImage
from pytest_cicache.dockerfile import Platform
from pytest_cicache.engines._protocols import BuildPlace
from pytest_cicache.engines.caches import fetch_manifest, known_base
from pytest_cicache.engines.client import RefusedError, RegistryClient, Resource
from pytest_cicache.engines.simulated._layers import make_layer
from pytest_cicache.oci import INDEX_TYPES, Reference

__all__ = ["BaseImages"]

_CREATED = "2024-01-01T00:00:00Z"


@dataclass(slots=True)
class BaseImages:
    """The base images of one build; `strict` looks them up in the registry and fails where they are not."""

    place: BuildPlace
    client: RegistryClient
    strict: bool = False
    chains: dict[str, CacheResult] = field(default_factory=dict)

    async def resolve(self, image: BaseImage) -> ResolvedImage:
        """The digest and configuration of an image. Raises RefusedError in BuildKit's words."""
        if self.strict:
            return await self._looked_up(image)
        base = known_base(image, self.place)
        digest = base.digest
        layer = make_layer(digest, "base image", _CREATED)
        self.chains[digest] = CacheResult(layers=(layer,), created_at=_CREATED)
        return base

    async def _looked_up(self, image: BaseImage) -> ResolvedImage:
        inward = Reference.parse(self.place.gateway.inward(image.reference))
        resource = Resource(image_name=inward.image_name)
        try:
            manifest, media_type, digest = await fetch_manifest(inward, image.reference, self.client, resource)
            if media_type in INDEX_TYPES:
                digest = _for_platform(manifest, image.platform, image.reference)
                path = f"/v2/{inward.image_name}/manifests/{digest}"
                manifest = json.loads((await self.client.send("GET", path, resource)).body)
        except RefusedError as error:
            message = f"{image.written}: failed to resolve source metadata for {image.reference}: {error}"
            raise RefusedError(message, status=error.status) from error
        path = f"/v2/{inward.image_name}/blobs/{manifest['config']['digest']}"
        config = json.loads((await self.client.send("GET", path, resource)).body)
        layers = tuple(
            Layer(
                digest=entry["digest"],
                size=entry["size"],
                media_type=entry["mediaType"],
                annotations={"containerd.io/uncompressed": diff},
                image_name=inward.image_name,
            )
            for entry, diff in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True)
        )
        self.chains[digest] = CacheResult(layers=layers, created_at=_CREATED)
        return ResolvedImage(digest=digest, config=ImageConfig.read(config.get("config") or {}))


def _for_platform(index: Mapping[str, Any], platform: Platform, reference: str) -> str:
    for entry in index["manifests"]:
        found = entry.get("platform") or {}
        if (found.get("os"), found.get("architecture")) == (platform.system, platform.architecture):
            return str(entry["digest"])
    raise RefusedError(f"{reference}: no match for platform in manifest: not found", status=404)
