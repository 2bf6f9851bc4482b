"""Writes blobs and manifests to one image, in BuildKit's order of requests."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from pytest_cicache.buildkit import Layer
from pytest_cicache.engines.client._fetch import fetch_layer
from pytest_cicache.engines.client._registry_client import (
    RefusedError,
    RegistryClient,
    RegistryReply,
    Resource,
    registry_errors,
)
from pytest_cicache.oci import split_gateway_name

__all__ = ["Uploader"]

_UNMOUNTABLE = {403, 404, 405}


@dataclass(slots=True, kw_only=True)
class Uploader:
    """Uploads to one image on the gateway; `slots` limits uploads to the registry, `say` takes log lines."""

    client: RegistryClient
    image_name: str
    slots: asyncio.Semaphore
    say: Callable[[str], None]
    _done: set[str] = field(default_factory=set)

    async def layer(self, layer: Layer) -> None:
        """Make sure a layer is there, mounting it where it came from the same registry. Raises RefusedError."""
        async with self.slots:
            if layer.digest not in self._done:
                await self.client.patiently(lambda: self._write(layer), self.say)
                self._done.add(layer.digest)

    async def blob(self, data: bytes) -> str:
        """Make sure a configuration is there; gives its digest. Raises RefusedError."""
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        resource = Resource(image_name=self.image_name, writes=True)
        if not await self._exists(digest, resource):
            await self._put(digest, data, resource, await self._start(resource))
        return digest

    async def manifest(self, data: bytes, media_type: str, tag: str | None) -> str:
        """Write a manifest under a tag or its own digest, unless it is there already. Raises RefusedError."""
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        resource = Resource(image_name=self.image_name, writes=True)
        path = f"/v2/{self.image_name}/manifests/{tag or digest}"
        head = await self.client.send("HEAD", path, resource, headers={"Accept": f"{media_type}, */*"})
        if head.status == 200 and (tag is None or head.headers.get("Docker-Content-Digest") == digest):
            return digest
        if head.status not in {200, 404}:
            raise await self._head_refused(head, path, resource)
        reply = await self.client.send("PUT", path, resource, headers={"Content-Type": media_type}, data=data)
        if reply.status not in {200, 201, 204}:
            raise reply.refused()
        return digest

    async def _write(self, layer: Layer) -> None:
        source = layer.image_name if layer.image_name not in {None, self.image_name} else None
        mountable = source if source is not None and self._same_host(source) else None
        resource = Resource(image_name=self.image_name, writes=True)
        if await self._exists(layer.digest, resource):
            return
        if mountable is not None:
            wider = Resource(image_name=self.image_name, writes=True, also_reads=mountable)
            location = await self._mount(layer.digest, wider, mountable)
            if location is None:
                return
        else:
            location = await self._start(resource)
        data = layer.data
        if data is None:
            data = await fetch_layer(layer, self.client)
        await self._put(layer.digest, data, resource, location)

    def _same_host(self, other: str) -> bool:
        return split_gateway_name(other)[1] == split_gateway_name(self.image_name)[1]

    async def _exists(self, digest: str, resource: Resource) -> bool:
        path = f"/v2/{self.image_name}/blobs/{digest}"
        reply = await self.client.send("HEAD", path, resource)
        if reply.status not in {200, 404}:
            raise await self._head_refused(reply, path, resource)
        return reply.status == 200

    async def _head_refused(self, head: RegistryReply, path: str, resource: Resource) -> RefusedError:
        if head.status != 403:
            return head.refused(head.unexpected)
        reply = await self.client.send("GET", path, resource)
        return head.refused("\n".join([head.unexpected, *registry_errors(reply.body)[:1]]))

    async def _start(self, resource: Resource) -> str:
        reply = await self.client.send("POST", f"/v2/{self.image_name}/blobs/uploads/", resource, data=b"")
        return _location(reply)

    async def _mount(self, digest: str, resource: Resource, source: str) -> str | None:
        """Mount a blob; gives where to upload it when the registry would not."""
        query = f"?mount={quote(digest, safe='')}&from={quote(source, safe='')}"
        path = f"/v2/{self.image_name}/blobs/uploads/"
        try:
            reply = await self.client.send("POST", path + query, resource, data=b"")
        except RefusedError as error:
            if error.status != 401:
                raise
            return await self._start(Resource(image_name=self.image_name, writes=True))
        if reply.status == 201:
            return None
        if reply.status in _UNMOUNTABLE or reply.status >= 400:
            raise reply.refused()
        return _location(reply)

    async def _put(self, digest: str, data: bytes, resource: Resource, location: str) -> None:
        joined = "&" if "?" in location else "?"
        url = f"{location}{joined}digest={quote(digest, safe='')}"
        headers = {"Content-Type": "application/octet-stream"}
        reply = await self.client.send("PUT", url, resource, headers=headers, data=data)
        if reply.status not in {200, 201, 204}:
            raise reply.refused()
        stored = reply.headers.get("Docker-Content-Digest", digest)
        if stored != digest:
            raise reply.refused(f"got digest {stored}, expected {digest}")


def _location(reply: RegistryReply) -> str:
    if reply.status not in {200, 202, 204}:
        raise reply.refused()
    location = reply.headers.get("Location")
    if not location:
        raise reply.refused("no Location header in the upload response")
    return location
