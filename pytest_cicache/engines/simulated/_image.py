"""The image a build makes and how it is pushed: layers, configuration, manifest, attestation, tag."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pytest_cicache.buildkit import BuildRequest, CacheResult, ImageConfig, Layer, Target
from pytest_cicache.dockerfile import Platform
from pytest_cicache.engines.client import RefusedError, Uploader
from pytest_cicache.engines.simulated._cache_export import RegistryTarget
from pytest_cicache.engines.simulated._layers import layer_type, uncompressed_digest
from pytest_cicache.oci import OCI_CONFIG, OCI_INDEX, OCI_LAYER_GZIP, OCI_MANIFEST

__all__ = ["BuiltImage", "ImagePush", "ImageTree", "attests", "build_image", "image_tree"]

INLINE_CACHE = "moby.buildkit.cache.v0"
"""The field of an image configuration that holds cache records."""
_ATTESTATION = "application/vnd.docker.attestation.manifest.v1+json"
_EMPTY = b"{}"
_PROVENANCE = "https://slsa.dev/provenance/v1"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTree:
    """Images as a registry or an archive holds them: `parts` below, in the order they are written, and the top.

    A part is its bytes and, of a manifest, its media type.
    """

    parts: tuple[tuple[bytes, str | None], ...]
    top: bytes
    media_type: str

    @property
    def descriptor(self) -> dict[str, Any]:
        """The descriptor of the top."""
        return _descriptor(self.media_type, self.top)


@dataclass(slots=True, kw_only=True)
class ImagePush:
    """A push of images under one reference, in steps that may be interleaved with cache exports."""

    images: Sequence[BuiltImage]
    tree: ImageTree
    uploader: Uploader
    target: RegistryTarget
    is_done: bool = False

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Every layer of every platform, once."""
        found = {layer.digest: layer for image in self.images for layer in image.layers}
        return tuple(found.values())

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
        for data, media_type in self.tree.parts:
            if media_type is None:
                await self._do(self.uploader.blob(data))
            else:
                await self._do(self.uploader.manifest(data, media_type, None))
        await self._do(self.uploader.manifest(self.tree.top, self.tree.media_type, self.target.tag))
        self.is_done = True

    async def _do(self, work: Any) -> Any:
        try:
            return await work
        except RefusedError as error:
            raise error.within(f"failed to push {self.target.shown}: ") from error


def image_tree(images: Sequence[BuiltImage], *, lists: bool, attestation: str | None) -> ImageTree:
    """The tree of one image or of several; `lists` puts one, too, into an index.

    `attestation` is the build's own name if it is attested: BuildKit attests what came of a step or a base
    (solver/llbsolver/proc/provenance.go).
    """
    attested = [image for image in images if image.layers] if attestation is not None else []
    if not (lists or len(images) > 1 or attested):
        return ImageTree(parts=((images[0].config, None),), top=images[0].manifest, media_type=OCI_MANIFEST)
    parts: list[tuple[bytes, str | None]] = []
    entries = []
    for image in images:
        parts += [(image.config, None), (image.manifest, OCI_MANIFEST)]
        entries.append({**image.descriptor, "platform": _platform(image.platform)})
    for image in attested:
        statement = _statement(image, str(attestation))
        manifest = _attestation(image, statement)
        parts += [(statement, None), (_EMPTY, None), (manifest, OCI_MANIFEST)]
        entries.append(_attestation_entry(image, manifest))
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
    return ImageTree(parts=tuple(parts), top=_json(index), media_type=OCI_INDEX)


def _statement(image: BuiltImage, invocation: str) -> bytes:
    """What is attested; a build says which one it was, so that no two attested images are the same."""
    return _json(
        {
            "_type": "https://in-toto.io/Statement/v0.1",
            "predicateType": _PROVENANCE,
            "subject": [{"name": "_", "digest": {"sha256": image.digest.partition(":")[2]}}],
            "predicate": {"buildDefinition": {}, "runDetails": {"metadata": {"invocationID": invocation}}},
        }
    )


def _attestation(image: BuiltImage, statement: bytes) -> bytes:
    layer = {**_descriptor(_STATEMENT, statement), "annotations": {"in-toto.io/predicate-type": _PROVENANCE}}
    return _json(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": _ATTESTATION,
            "config": _descriptor("application/vnd.oci.empty.v1+json", _EMPTY),
            "layers": [layer],
            "subject": image.descriptor,
        }
    )


def _attestation_entry(image: BuiltImage, manifest: bytes) -> dict[str, Any]:
    return {
        **_descriptor(OCI_MANIFEST, manifest),
        "annotations": {
            "vnd.docker.reference.digest": image.digest,
            "vnd.docker.reference.type": "attestation-manifest",
        },
        "platform": {"architecture": "unknown", "os": "unknown"},
    }


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
                {"mediaType": layer_type(layer, OCI_LAYER_GZIP), "digest": layer.digest, "size": layer.size}
                for layer in layers
            ],
        }
    )
    return BuiltImage(platform=target.platform, config=config, manifest=manifest, layers=layers)


def attests(request: BuildRequest, environment: dict[str, str], *, archived: bool = False) -> bool:
    """Whether provenance stands beside the images, as buildx does unless told not to.

    In an archive there is only what was asked for: the default is `inline-only` (buildx, build/opt.go).
    """
    asked = [word for word in request.attestations if word.startswith("type=provenance")]
    if request.provenance is not None:
        asked = [request.provenance]
    if asked:
        is_refused = request.provenance in {"false", "0", "f"} or any("disabled=true" in word for word in asked)
        return not is_refused and not (archived and any("inline-only=true" in word for word in asked))
    return not archived and environment.get("BUILDX_NO_DEFAULT_ATTESTATIONS", "") not in {"1", "true", "t"}


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
