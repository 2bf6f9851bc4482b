"""The image a build makes and how it is pushed: layers, configuration, manifest, attestation, tag."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_cicache.buildkit import BuildRequest, CacheResult, ImageConfig, Layer, Target
from pytest_cicache.dockerfile import Platform
from pytest_cicache.engines.client import RefusedError, Uploader
from pytest_cicache.engines.simulated._cache_export import RegistryTarget
from pytest_cicache.engines.simulated._layers import uncompressed_digest
from pytest_cicache.oci import OCI_CONFIG, OCI_INDEX, OCI_LAYER_GZIP, OCI_MANIFEST

__all__ = ["BuiltImage", "ImagePush", "attests", "build_image"]

INLINE_CACHE = "moby.buildkit.cache.v0"
"""The field of an image configuration that holds cache records."""
_ATTESTATION = "application/vnd.docker.attestation.manifest.v1+json"
_EMPTY = b"{}"
_STATEMENT = "application/vnd.in-toto+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImage:
    """An image for one platform: its configuration and manifest as bytes, its layers."""

    platform: Platform
    config: bytes
    manifest: bytes
    layers: tuple[Layer, ...]

    @property
    def digest(self) -> str:
        """The manifest's digest."""
        return _digest(self.manifest)

    @property
    def config_digest(self) -> str:
        """The configuration's digest: the image's identifier."""
        return _digest(self.config)

    @property
    def descriptor(self) -> dict[str, Any]:
        """The manifest's descriptor."""
        return _descriptor(OCI_MANIFEST, self.manifest)


@dataclass(slots=True, kw_only=True)
class ImagePush:
    """A push of the images under one reference, in steps that may be interleaved with cache exports.

    `lists` says that one image, too, is put into an index.
    """

    images: Sequence[BuiltImage]
    uploader: Uploader
    target: RegistryTarget
    attested: bool
    lists: bool = False
    descriptor: dict[str, Any] = field(default_factory=dict)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Every layer of every platform, once."""
        found = {layer.digest: layer for image in self.images for layer in image.layers}
        return tuple(found.values())

    @property
    def _attested_images(self) -> Sequence[BuiltImage]:
        """BuildKit attests what came of a step or a base (solver/llbsolver/proc/provenance.go)."""
        return [image for image in self.images if image.layers] if self.attested else []

    @property
    def _is_listed(self) -> bool:
        return self.lists or len(self.images) > 1 or bool(self._attested_images)

    async def begin(self) -> None:
        """Write the first layer, or the configuration of an image without: a refusal shows here."""
        if self.layers:
            await self.layer(self.layers[0])
        else:
            await self._do(self.uploader.blob(self.images[0].config))

    async def layer(self, layer: Layer) -> None:
        """Write one layer. Raises RefusedError."""
        await self._do(self.uploader.layer(layer))

    async def finish(self) -> None:
        """Write configurations, manifests, attestations and the tag. Raises RefusedError."""
        entries = [await self._image(image) for image in self.images]
        if not self._is_listed:
            data, media_type = self.images[0].manifest, OCI_MANIFEST
        else:
            for image in self._attested_images:
                entries.append(await self._attestation(image))
            index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
            data, media_type = _json(index), OCI_INDEX
        digest = await self._do(self.uploader.manifest(data, media_type, self.target.tag))
        self.descriptor = {"mediaType": media_type, "digest": digest, "size": len(data)}

    async def _image(self, image: BuiltImage) -> dict[str, Any]:
        await self._do(self.uploader.blob(image.config))
        if self._is_listed:
            await self._do(self.uploader.manifest(image.manifest, OCI_MANIFEST, None))
        entry = _descriptor(OCI_MANIFEST, image.manifest)
        return {**entry, "platform": _platform(image.platform)}

    async def _attestation(self, image: BuiltImage) -> dict[str, Any]:
        statement = _json(
            {
                "_type": "https://in-toto.io/Statement/v0.1",
                "predicateType": "https://slsa.dev/provenance/v1",
                "subject": [{"name": self.target.shown, "digest": {"sha256": image.digest.partition(":")[2]}}],
                "predicate": {"buildDefinition": {}, "runDetails": {}},
            }
        )
        await self._do(self.uploader.blob(statement))
        await self._do(self.uploader.blob(_EMPTY))
        layer = {
            **_descriptor(_STATEMENT, statement),
            "annotations": {"in-toto.io/predicate-type": "https://slsa.dev/provenance/v1"},
        }
        manifest = _json(
            {
                "schemaVersion": 2,
                "mediaType": OCI_MANIFEST,
                "artifactType": _ATTESTATION,
                "config": _descriptor("application/vnd.oci.empty.v1+json", _EMPTY),
                "layers": [layer],
                "subject": _descriptor(OCI_MANIFEST, image.manifest),
            }
        )
        await self._do(self.uploader.manifest(manifest, OCI_MANIFEST, None))
        return {
            **_descriptor(OCI_MANIFEST, manifest),
            "annotations": {
                "vnd.docker.reference.digest": image.digest,
                "vnd.docker.reference.type": "attestation-manifest",
            },
            "platform": {"architecture": "unknown", "os": "unknown"},
        }

    async def _do(self, work: Any) -> Any:
        try:
            return await work
        except RefusedError as error:
            raise error.within(f"failed to push {self.target.shown}: ") from error


def build_image(target: Target, chain: CacheResult | None, cache: str | None = None) -> BuiltImage:
    """The image a target gives; `cache` is an inline cache for its configuration."""
    layers = chain.layers if chain else ()
    config = _json(
        {
            "architecture": target.platform.architecture,
            "config": _config(target.config),
            "os": target.platform.system,
            "rootfs": {"type": "layers", "diff_ids": [uncompressed_digest(layer) for layer in layers]},
            **({} if cache is None else {INLINE_CACHE: cache}),
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": _descriptor(OCI_CONFIG, config),
            "layers": [
                {"mediaType": layer.media_type or OCI_LAYER_GZIP, "digest": layer.digest, "size": layer.size}
                for layer in layers
            ],
        }
    )
    return BuiltImage(platform=target.platform, config=config, manifest=manifest, layers=layers)


def attests(request: BuildRequest, environment: dict[str, str]) -> bool:
    """Whether a provenance attestation is pushed along, as buildx does unless told not to."""
    if request.provenance is not None:
        return request.provenance not in {"false", "0", "f"}
    if any(word.startswith("type=provenance") for word in request.attestations):
        return not any("disabled=true" in word for word in request.attestations)
    return environment.get("BUILDX_NO_DEFAULT_ATTESTATIONS", "") not in {"1", "true", "t"}


def _config(config: ImageConfig) -> dict[str, Any]:
    raw: dict[str, Any] = {
        "User": config.user,
        "ExposedPorts": {port: {} for port in config.exposed},
        "Env": list(config.environment),
        "Entrypoint": list(config.entrypoint),
        "Cmd": list(config.command),
        "Volumes": {volume: {} for volume in config.volumes},
        "WorkingDir": config.working_directory or "/",
        "Labels": dict(config.labels),
        "StopSignal": config.stop_signal,
        "Shell": list(config.shell),
        "OnBuild": list(config.triggers),
    }
    return {key: value for key, value in raw.items() if value}


def _platform(platform: Platform) -> dict[str, str]:
    found = {"architecture": platform.architecture, "os": platform.system, "variant": platform.variant}
    return {key: value for key, value in found.items() if value}


def _descriptor(media_type: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": _digest(data), "size": len(data)}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
