"""HTTP around a store: reads requests, streams bodies, writes replies. Decides nothing itself."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from pytest_cicache.engines.registry._refusal import RegistryRefusal
from pytest_cicache.engines.registry._replies import BINARY, VERSION, created, listing, page, progress, reply
from pytest_cicache.engines.registry._routes import Route, content_range, read_range, route
from pytest_cicache.http import Headers, HttpRequest, HttpResponse
from pytest_cicache.oci import OCI_INDEX, Endpoint, ErrorCode, error_body

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pytest_cicache.engines.registry._content import UploadSession
    from pytest_cicache.engines.registry._store import Store

    _Handler = Callable[[HttpRequest, Route], Awaitable[HttpResponse | None]]

__all__ = ["MANIFEST_LIMIT", "RegistryHandler"]

MANIFEST_LIMIT = 4 * 1024 * 1024
_PIECE = 256 * 1024


class RegistryHandler:
    """Answers every request to one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._busy: set[str] = set()
        self._handlers: dict[Endpoint, dict[str, _Handler]] = {
            Endpoint.PING: {"GET": self._base},
            Endpoint.CATALOG: {"GET": self._catalog},
            Endpoint.BLOB: {"GET": self._get_blob, "DELETE": self._delete_blob},
            Endpoint.UPLOADS: {"POST": self._begin},
            Endpoint.UPLOAD: {
                "GET": self._status,
                "PATCH": self._patch,
                "PUT": self._finish,
                "DELETE": self._cancel,
            },
            Endpoint.MANIFEST: {
                "GET": self._get_manifest,
                "PUT": self._put_manifest,
                "DELETE": self._delete_manifest,
            },
            Endpoint.TAGS: {"GET": self._tags},
            Endpoint.REFERRERS: {"GET": self._referrers},
        }

    async def __call__(self, request: HttpRequest) -> HttpResponse | None:
        """Answer one request."""
        found = route(request.target)
        if found is None:
            return reply(404, error_body(ErrorCode.NAME_UNKNOWN, "page not found"))
        methods = self._handlers[found.endpoint]
        # The server leaves out the body of the answer to HEAD.
        handler = methods.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            allowed = ", ".join([*methods, "HEAD"] if "GET" in methods else methods)
            return reply(405, error_body(ErrorCode.UNSUPPORTED), headers={"Allow": allowed})
        try:
            return await handler(request, found)
        except RegistryRefusal as refusal:
            return reply(refusal.status, refusal.body)
        except ConnectionError:
            # The client has gone, or must see that the rest is missing.
            raise
        except OSError as error:
            return reply(500, error_body(ErrorCode.UNKNOWN, f"the storage failed: {error.strerror}"))

    async def _base(self, request: HttpRequest, found: Route) -> HttpResponse:
        return reply(200, b"{}")

    async def _catalog(self, request: HttpRequest, found: Route) -> HttpResponse:
        names, link = page(self._store.names(), found, "/v2/_catalog")
        return listing({"repositories": names}, link)

    async def _tags(self, request: HttpRequest, found: Route) -> HttpResponse:
        tags, link = page(self._store.tags(found.name), found, f"/v2/{found.name}/tags/list")
        return listing({"name": found.name, "tags": tags}, link)

    async def _referrers(self, request: HttpRequest, found: Route) -> HttpResponse:
        wanted = found.value("artifactType")
        descriptors = self._store.referrers(found.name, found.reference, wanted)
        body = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": descriptors}
        headers = {"OCI-Filters-Applied": "artifactType"} if wanted else {}
        return reply(200, json.dumps(body).encode(), OCI_INDEX, headers=headers)

    async def _get_blob(self, request: HttpRequest, found: Route) -> HttpResponse | None:
        digest = found.reference
        size = self._store.blob_size(found.name, digest)
        headers = {"Docker-Content-Digest": digest, "ETag": f'"{digest}"', "Accept-Ranges": "bytes"}
        try:
            part = read_range(request.headers.get("Range"), size)
        except RegistryRefusal as refusal:
            return reply(refusal.status, refusal.body, headers={"Content-Range": f"bytes */{size}"})
        start, stop = part or (0, size)
        if part is not None:
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        status = 200 if part is None else 206
        if request.method == "HEAD":
            return reply(status, b"", BINARY, headers={**headers, "Content-Length": str(stop - start)})
        if stop - start <= _PIECE:
            body = self._store.content.read(digest, start, stop)
            return reply(status, body, BINARY, headers=headers)
        await self._stream(request, digest, (start, stop), status, headers)
        return None

    async def _stream(
        self, request: HttpRequest, digest: str, part: tuple[int, int], status: int, headers: dict[str, str]
    ) -> None:
        start, stop = part
        size = {"Content-Type": BINARY, "Content-Length": str(stop - start)}
        first = self._store.content.read(digest, start, start + _PIECE)
        await request.begin(status, Headers({**VERSION, **headers, **size}))
        # The first piece takes the head along.
        await request.write(first)
        try:
            await self._stream_rest(request, digest, start + _PIECE, stop)
        except OSError as error:
            # Too late for another status; a broken connection tells the client that it has not got all.
            raise ConnectionResetError(str(error)) from error

    async def _stream_rest(self, request: HttpRequest, digest: str, start: int, stop: int) -> None:
        path = self._store.content.path(digest)
        if path is not None:
            await request.write_file(path, start, stop)
            return
        for offset in range(start, stop, _PIECE):
            await request.write(self._store.content.read(digest, offset, min(offset + _PIECE, stop)))

    async def _delete_blob(self, request: HttpRequest, found: Route) -> HttpResponse:
        self._store.delete_blob(found.name, found.reference)
        return reply(202)

    async def _begin(self, request: HttpRequest, found: Route) -> HttpResponse:
        source, digest = found.value("from"), found.value("mount")
        if digest and source and self._store.mount(found.name, digest, source):
            return created(found.name, "blobs", digest)
        whole = found.value("digest")
        upload = self._store.begin_upload(found.name, _algorithm(found))
        if whole is None:
            return progress(202, found.name, upload)
        try:
            return await self._receive_last(request, found, upload, whole)
        finally:
            # The client was told no address at which it could go on.
            self._store.drop(upload)

    async def _status(self, request: HttpRequest, found: Route) -> HttpResponse:
        return progress(204, found.name, self._store.upload(found.name, found.reference))

    async def _cancel(self, request: HttpRequest, found: Route) -> HttpResponse:
        self._store.cancel_upload(found.name, found.reference)
        return reply(204)

    async def _patch(self, request: HttpRequest, found: Route) -> HttpResponse:
        upload = self._store.upload(found.name, found.reference)
        if not _fits(request, upload):
            return progress(416, found.name, upload)
        await self._receive(request, upload)
        return progress(202, found.name, upload)

    async def _finish(self, request: HttpRequest, found: Route) -> HttpResponse:
        upload = self._store.upload(found.name, found.reference)
        digest = found.value("digest")
        if digest is None:
            raise RegistryRefusal(ErrorCode.DIGEST_INVALID, "digest parameter missing")
        if not _fits(request, upload):
            return progress(416, found.name, upload)
        return await self._receive_last(request, found, upload, digest)

    async def _receive_last(
        self, request: HttpRequest, found: Route, upload: UploadSession, digest: str
    ) -> HttpResponse:
        await self._receive(request, upload)
        if self._store.content.is_durable:
            await asyncio.to_thread(upload.seal)
        return created(found.name, "blobs", self._store.finish_upload(found.name, upload, digest))

    async def _receive(self, request: HttpRequest, upload: UploadSession) -> None:
        if upload.id in self._busy:
            raise RegistryRefusal(ErrorCode.BLOB_UPLOAD_INVALID, "another request is writing to this upload")
        self._busy.add(upload.id)
        try:
            async for data in request.pieces():
                self._store.append(upload, data)
        finally:
            self._busy.discard(upload.id)

    async def _get_manifest(self, request: HttpRequest, found: Route) -> HttpResponse:
        entry = self._store.manifest(found.name, found.reference)
        body = self._store.manifest_content(entry)
        headers = {"Docker-Content-Digest": entry.digest, "ETag": f'"{entry.digest}"'}
        return reply(200, body, entry.media_type, headers=headers)

    async def _put_manifest(self, request: HttpRequest, found: Route) -> HttpResponse:
        body = await _small_body(request)
        media_type = request.headers.get("Content-Type", "").partition(";")[0].strip() or None
        tags = found.query.get("tag", [])
        entry = self._store.put_manifest(found.name, found.reference, body, media_type=media_type, tags=tags)
        response = created(found.name, "manifests", entry.digest)
        if entry.subject is not None:
            response.headers["OCI-Subject"] = entry.subject
        for tag in tags:
            response.headers.add("OCI-Tag", tag)
        return response

    async def _delete_manifest(self, request: HttpRequest, found: Route) -> HttpResponse:
        self._store.delete_manifest(found.name, found.reference)
        return reply(202)


def _algorithm(found: Route) -> str:
    named = found.value("digest-algorithm") or (found.value("digest") or "").partition(":")[0]
    return named if named in ("sha256", "sha512") else "sha256"


def _fits(request: HttpRequest, upload: UploadSession) -> bool:
    header = request.headers.get("Content-Range")
    if header is None:
        return True
    start, end = content_range(header)
    length = request.content_length
    if length is not None and length != end - start + 1:
        raise RegistryRefusal(ErrorCode.SIZE_INVALID, detail=f"Content-Range {header!r} of {length} bytes")
    return start == upload.size


async def _small_body(request: HttpRequest) -> bytes:
    length = request.content_length
    pieces, size = [], 0
    if length is None or length <= MANIFEST_LIMIT:
        async for piece in request.pieces():
            pieces.append(piece)
            size += len(piece)
            if size > MANIFEST_LIMIT:
                break
        else:
            return b"".join(pieces)
    message = f"manifest is larger than {MANIFEST_LIMIT} bytes"
    raise RegistryRefusal(ErrorCode.MANIFEST_INVALID, message, status=413)
