"""Imports registry caches: the tag's manifest, its configuration, and nothing more until bytes are needed."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from pytest_cicache import errors
from pytest_cicache.buildkit import UNCOMPRESSED, CacheStore, Layer, read_config
from pytest_cicache.engines.caches._imported import ImportedCache, cache_parts
from pytest_cicache.engines.client import RefusedError, RegistryClient, RegistryReply, Resource, registry_errors
from pytest_cicache.oci import (
    DOCKER_MANIFEST,
    DOCKER_MANIFEST_LIST,
    INDEX_TYPES,
    OCI_INDEX,
    OCI_MANIFEST,
    GatewayAddress,
    Reference,
)

__all__ = ["ACCEPT", "fetch_manifest", "import_cache"]

ACCEPT = ", ".join([DOCKER_MANIFEST, DOCKER_MANIFEST_LIST, OCI_MANIFEST, OCI_INDEX, "*/*"])
_PREFIX = "failed to configure registry cache importer: "
_LARGEST = 1 << 20
_INLINE = "moby.buildkit.cache.v0"


async def import_cache(reference: str, address: GatewayAddress, client: RegistryClient) -> ImportedCache:
    """Import one reference, written as in the workflow; a failure is part of the result."""
    try:
        shown = Reference.parse(reference).normalised
        inward = Reference.parse(address.inward(str(shown)))
    except errors.ReferenceError as error:
        return ImportedCache(reference=reference, shown=reference, error=f"{_PREFIX}{error}")
    store = CacheStore(reference=reference)
    try:
        await _load(inward, shown, client, store)
    except RefusedError as error:
        text = address.outward(f"{_PREFIX}{error}")
        return ImportedCache(reference=reference, shown=str(shown), error=text, status=error.status)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        text = f"{_PREFIX}invalid cache manifest or configuration: {error}"
        return ImportedCache(reference=reference, shown=str(shown), error=text, status=200)
    return ImportedCache(reference=reference, shown=str(shown), store=store, status=200)


async def fetch_manifest(
    inward: Reference, shown: str, client: RegistryClient, resource: Resource
) -> tuple[dict[str, Any], str, str]:
    """The manifest behind a reference, its media type and its digest. Raises RefusedError, ValueError."""
    path = f"/v2/{inward.image_name}/manifests/"
    head = await client.send("HEAD", path + inward.identifier, resource, headers={"Accept": ACCEPT})
    if head.status == 405:
        head = await client.send("GET", path + inward.identifier, resource, headers={"Accept": ACCEPT})
    if head.status == 404:
        raise RefusedError(f"{shown}: not found", status=404)
    if head.status >= 400:
        raise await _head_refused(head, path + inward.identifier, client, resource)
    media_type = head.headers.get("Content-Type", "")
    digest = head.headers.get("Docker-Content-Digest") or inward.identifier
    reply = await client.send("GET", path + digest, resource, headers={"Accept": f"{media_type}, */*"})
    if reply.status >= 400:
        raise reply.refused(f"httpReadSeeker: failed open: {reply.unexpected}")
    return json.loads(reply.body), media_type, digest


async def _head_refused(head: RegistryReply, path: str, client: RegistryClient, resource: Resource) -> RefusedError:
    """A refused HEAD has no body, so BuildKit asks again with GET to learn why."""
    text = head.unexpected
    if head.status == 403:
        reply = await client.send("GET", path, resource, headers={"Accept": ACCEPT})
        text = "\n".join([text, *registry_errors(reply.body)[:1]])
    return head.refused(text)


async def _load(inward: Reference, shown: Reference, client: RegistryClient, store: CacheStore) -> None:
    resource = Resource(image_name=inward.image_name)
    manifest, media_type, _ = await fetch_manifest(inward, str(shown), client, resource)
    source = {f"containerd.io/distribution.source.{shown.host.partition(':')[0]}": shown.image_name}
    entries, config = cache_parts(manifest, media_type)
    if config is None:
        await _load_inline(manifest, media_type, (inward, source), client, store)
        return
    text = await _read_blob(config, client, resource)
    layers = {entry["digest"]: _layer(entry, inward.image_name, source) for entry in entries}
    read_config(text, layers, store)


async def _load_inline(
    manifest: Mapping[str, Any],
    media_type: str,
    place: tuple[Reference, Mapping[str, str]],
    client: RegistryClient,
    store: CacheStore,
) -> None:
    """An image may carry records in its own configuration (`--cache-to type=inline`)."""
    inward, source = place
    resource = Resource(image_name=inward.image_name)
    if media_type in INDEX_TYPES:
        for entry in manifest.get("manifests") or []:
            path = f"/v2/{inward.image_name}/manifests/{entry['digest']}"
            reply = await client.send("GET", path, resource, headers={"Accept": f"{entry['mediaType']}, */*"})
            if reply.status == 200:
                await _load_inline(json.loads(reply.body), entry["mediaType"], place, client, store)
        return
    entries = manifest.get("layers") or []
    if not entries or "config" not in manifest:
        return
    image = json.loads(await _read_blob(manifest["config"], client, resource))
    if _INLINE not in image:
        return
    config = {
        "layers": [{"blob": entry["digest"], "parent": index - 1} for index, entry in enumerate(entries)],
        "records": json.loads(base64.b64decode(image[_INLINE])),
    }
    contents = image.get("rootfs", {}).get("diff_ids", [])
    layers = {
        entry["digest"]: _layer(entry, inward.image_name, {**source, UNCOMPRESSED: content})
        for entry, content in zip(entries, contents, strict=True)
    }
    read_config(json.dumps(config).encode(), layers, store)


async def _read_blob(descriptor: Mapping[str, Any], client: RegistryClient, resource: Resource) -> bytes:
    digest, size = descriptor["digest"], descriptor.get("size", 0)
    if size > _LARGEST:
        raise RefusedError(f"blob {digest} is too large ({size} > {_LARGEST})")
    path = f"/v2/{resource.image_name}/blobs/{digest}"
    accept = {"Accept": f"{descriptor.get('mediaType', '')}, */*"}
    reply = await client.send("GET", path, resource, headers=accept)
    if reply.status == 404:
        shown = f"{client.address}/{resource.image_name}@{digest}"
        message = f"could not fetch content descriptor {digest} ({descriptor.get('mediaType')}) from remote"
        raise reply.refused(f"httpReadSeeker: failed open: {message}: {shown}: not found")
    if reply.status >= 400:
        raise reply.refused(f"httpReadSeeker: failed open: {reply.unexpected}")
    return reply.body


def _layer(entry: Mapping[str, Any], image_name: str, source: Mapping[str, str]) -> Layer:
    return Layer(
        digest=entry["digest"],
        size=entry.get("size", 0),
        media_type=entry.get("mediaType", ""),
        annotations={**(entry.get("annotations") or {}), **source},
        image_name=image_name,
    )
