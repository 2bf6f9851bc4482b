"""Images in registries, as clients beside BuildKit read, copy and tag them: through the gateway, with its rights."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pytest_cicache.buildkit import Layer
from pytest_cicache.dockerfile import Platform
from pytest_cicache.engines._loaded_image import LayerBlob, LoadedImage
from pytest_cicache.engines.caches import ACCEPT
from pytest_cicache.engines.client import (
    RefusedError,
    RegistryClient,
    RegistryReply,
    Resource,
    Uploader,
    fetch_layer,
    registry_errors,
)
from pytest_cicache.http import HttpClient
from pytest_cicache.oci import (
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_MANIFEST,
    INDEX_TYPES,
    OCI_LAYER_GZIP,
    GatewayAddress,
    Reference,
)

__all__ = ["ManifestContent", "Registry"]

_SLOTS = 4
_ATTESTATION = "attestation-manifest"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestContent:
    """A manifest or an index as a registry holds it, with the name it was found under.

    `image` is what stands in for one that no registry holds.
    """

    data: bytes
    media_type: str
    source: Reference
    image: LoadedImage | None = None

    @property
    def digest(self) -> str:
        """Its digest."""
        return f"sha256:{hashlib.sha256(self.data).hexdigest()}"

    @property
    def document(self) -> dict[str, Any]:
        """Its JSON."""
        document = json.loads(self.data)
        return document if isinstance(document, dict) else {}

    @property
    def is_index(self) -> bool:
        """Whether it lists manifests."""
        return self.media_type in INDEX_TYPES

    @property
    def children(self) -> list[dict[str, Any]]:
        """The descriptors that an index lists, those of attestations too."""
        return list(self.document.get("manifests") or ()) if self.is_index else []

    @property
    def descriptor(self) -> dict[str, Any]:
        """What names it in an index."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.data)}


@dataclass(slots=True, kw_only=True)
class Registry:
    """Every registry that a job can reach, with the job's logins; references are written as in the workflow.

    Each method raises `RefusedError` in the words of the gateway's address, which `gateway.outward` makes the
    workflow's.
    """

    client: RegistryClient
    gateway: GatewayAddress
    say: Callable[[str], None] = lambda line: None
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_SLOTS))

    @classmethod
    @asynccontextmanager
    async def open(cls, gateway: GatewayAddress, credential: tuple[str, str] | None) -> AsyncIterator[Registry]:
        """Connections for one command."""
        async with HttpClient() as session:
            client = RegistryClient(session=session, address=gateway.address, credential=credential, tokens={})
            yield cls(client=client, gateway=gateway)

    async def find(self, reference: Reference) -> ManifestContent:
        """The manifest or index of a reference; what is not there is a `RefusedError` of status 404."""
        image_name = self._inner(reference)
        resource = Resource(image_name=image_name)
        path = f"/v2/{image_name}/manifests/{reference.identifier}"
        head = await self.client.send("HEAD", path, resource, headers={"Accept": ACCEPT})
        if head.status == 404:
            raise RefusedError(f"{reference.normalised}: not found", status=404)
        if head.status >= 400:
            raise await self._refused(head, path, resource)
        reply = await self.client.send("GET", path, resource, headers={"Accept": ACCEPT})
        if reply.status >= 400:
            raise reply.refused()
        media_type = reply.headers.get("Content-Type", "").partition(";")[0]
        return ManifestContent(data=reply.body, media_type=media_type, source=reference)

    async def blob(self, source: Reference, digest: str) -> bytes:
        """The bytes of a configuration or a layer."""
        image_name = self._inner(source)
        reply = await self.client.send("GET", f"/v2/{image_name}/blobs/{digest}", Resource(image_name=image_name))
        if reply.status >= 400:
            raise reply.refused()
        return reply.body

    async def tags(self, reference: Reference) -> list[str]:
        """The tags of an image, sorted."""
        image_name = self._inner(reference)
        reply = await self.client.send("GET", f"/v2/{image_name}/tags/list?n=1000", Resource(image_name=image_name))
        if reply.status >= 400:
            raise reply.refused()
        return sorted(json.loads(reply.body).get("tags") or ())

    async def image(self, content: ManifestContent) -> LoadedImage:
        """The image that docker pulls of it: that for linux/amd64, else the first."""
        if content.image is not None:
            return content.image
        while content.is_index:
            content = await self.find(_by_digest(content.source, _chosen(content.children)))
        document = content.document
        config = await self.blob(content.source, document["config"]["digest"])
        layers = tuple([await self._layer_blob(content.source, layer) for layer in document.get("layers") or ()])
        return LoadedImage(config=config, layers=layers)

    async def copy(self, content: ManifestContent, target: Reference) -> str:
        """Copy everything below a manifest or index, and then itself; gives its digest."""
        for child in content.children:
            inner = await self.find(_by_digest(content.source, child["digest"]))
            await self.copy(inner, _by_digest(target, child["digest"]))
        uploader = self._uploader(target)
        if content.image is not None:
            await self._upload(content.image, uploader)
        elif not content.is_index:
            document = content.document
            for entry in [*(document.get("layers") or ()), document.get("config")]:
                if entry is not None and self._inner(content.source) != self._inner(target):
                    await uploader.layer(self._remote(content.source, entry))
        return await self.put(content.data, content.media_type, target)

    async def put(self, data: bytes, media_type: str, target: Reference) -> str:
        """Write a manifest or index under the tag, or its digest; gives its digest."""
        tag = None if target.digest is not None else target.tag or "latest"
        return await self._uploader(target).manifest(data, media_type, tag)

    async def push(self, image: LoadedImage, target: Reference) -> str:
        """Push an image of the job's store as docker does; gives the manifest's digest."""
        await self._upload(image, self._uploader(target))
        # Docker writes the manifest even where the tag has it already.
        data, image_name = _docker_manifest(image), self._inner(target)
        path = f"/v2/{image_name}/manifests/{target.identifier}"
        headers = {"Content-Type": DOCKER_MANIFEST}
        resource = Resource(image_name=image_name, writes=True)
        reply = await self.client.send("PUT", path, resource, headers=headers, data=data)
        if reply.status >= 400:
            raise reply.refused()
        return f"sha256:{hashlib.sha256(data).hexdigest()}"

    async def of_platform(self, content: ManifestContent, platform: Platform) -> ManifestContent:
        """The manifest that an index has for a platform, else that which docker pulls; a manifest as it is."""
        while content.is_index:
            fitting = (child for child in content.children if _is_for(child, platform))
            chosen = next((str(child["digest"]) for child in fitting), None) or _chosen(content.children)
            content = await self.find(_by_digest(content.source, chosen))
        return content

    def config_digest(self, content: ManifestContent) -> str:
        """What BuildKit knows an image by: the digest of a manifest's configuration."""
        return str((content.document.get("config") or {}).get("digest", content.digest))

    async def config(self, content: ManifestContent) -> dict[str, Any]:
        """The configuration of the image that a manifest is of."""
        if content.image is not None:
            return content.image.described
        config = json.loads(await self.blob(content.source, content.document["config"]["digest"]))
        return config if isinstance(config, dict) else {}

    async def _upload(self, image: LoadedImage, uploader: Uploader) -> None:
        for layer in image.layers:
            await uploader.layer(
                Layer(digest=layer.digest, size=layer.size, media_type=layer.media_type, origin=_LayerSource(layer))
            )
        await uploader.blob(image.config)

    def _inner(self, reference: Reference) -> str:
        return self.gateway.name(reference.host, reference.image_name)

    def _uploader(self, target: Reference) -> Uploader:
        return Uploader(client=self.client, image_name=self._inner(target), slots=self._slots, say=self.say)

    def _remote(self, source: Reference, entry: dict[str, Any]) -> Layer:
        return Layer(
            digest=entry["digest"], size=entry["size"], media_type=entry["mediaType"], image_name=self._inner(source)
        )

    async def _layer_blob(self, source: Reference, entry: dict[str, Any]) -> LayerBlob:
        data = await fetch_layer(self._remote(source, entry), self.client)

        async def read() -> bytes:
            return data

        return LayerBlob(digest=entry["digest"], size=entry["size"], media_type=OCI_LAYER_GZIP, read=read)

    async def _refused(self, head: RegistryReply, path: str, resource: Resource) -> RefusedError:
        """A refused HEAD has no body, so why is asked for with GET."""
        reply = await self.client.send("GET", path, resource, headers={"Accept": ACCEPT})
        return head.refused("\n".join([head.unexpected, *registry_errors(reply.body)[:1]]))


@dataclass(frozen=True, slots=True)
class _LayerSource:
    blob: LayerBlob

    async def read(self, layer: Layer) -> bytes:
        return await self.blob.read()


def _by_digest(reference: Reference, digest: str) -> Reference:
    return Reference.parse(f"{reference.name}@{digest}")


def _chosen(children: Iterable[dict[str, Any]]) -> str:
    images = [child for child in children if _reference_type(child) != _ATTESTATION]
    wanted = [child for child in images if (child.get("platform") or {}).get("architecture") == "amd64"]
    chosen = next(iter([*wanted, *images]), None)
    if chosen is None:
        raise RefusedError("no matching manifest for linux/amd64 in the manifest list entries", status=404)
    return str(chosen["digest"])


def _is_for(child: dict[str, Any], platform: Platform) -> bool:
    found = child.get("platform") or {}
    return (found.get("os"), found.get("architecture")) == (platform.system, platform.architecture)


def _reference_type(child: dict[str, Any]) -> str:
    return str((child.get("annotations") or {}).get("vnd.docker.reference.type", ""))


def _docker_manifest(image: LoadedImage) -> bytes:
    """What docker without the containerd image store pushes: a manifest of its own types, indented by three."""
    document = {
        "schemaVersion": 2,
        "mediaType": DOCKER_MANIFEST,
        "config": {"mediaType": DOCKER_CONFIG, "size": len(image.config), "digest": image.id},
        "layers": [{"mediaType": DOCKER_LAYER, "size": layer.size, "digest": layer.digest} for layer in image.layers],
    }
    return json.dumps(document, indent=3).encode()
