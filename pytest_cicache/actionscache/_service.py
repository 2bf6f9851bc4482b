"""The service's HTTP: JSON calls and uploads and downloads as Azure's block blobs take them.

https://learn.microsoft.com/en-us/rest/api/storageservices/put-blob, put-block, put-block-list, get-blob. It is
the only module here that awaits.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from pytest_cicache.actionscache._cache import ActionsCache
from pytest_cicache.actionscache._content import EntryContent, Extent, read_range
from pytest_cicache.actionscache._decide import (
    CacheCaller,
    Noted,
    ServiceAnswer,
    answer_old_look_up,
    answer_old_reserve,
    answer_twirp,
    finish,
)
from pytest_cicache.actionscache._places import BLOB_HOST, CacheRoute, Door, read_route
from pytest_cicache.http import Headers, HttpRequest, HttpResponse
from pytest_cicache.observation import ActionsCacheRecord, CacheCall

__all__ = ["CachePlace", "CacheService"]

_LARGEST_CALL = 1 << 20
_AZURE = "2023-08-03"
_BLOCK = re.compile(r"<(Latest|Uncommitted|Committed)>([^<]*)</\1>")
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,15})-")
_AZURE_WORDS = {
    "AuthenticationFailed": (403, "Server failed to authenticate the request."),
    "BlobNotFound": (404, "The specified blob does not exist."),
    "InvalidBlockList": (400, "The specified block list is invalid."),
    "InvalidRange": (416, "The range specified is invalid for the current size of the resource."),
    "UnsupportedHttpVerb": (405, "The resource doesn't support specified Http Verb."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePlace:
    """Where a request came in: the base URL before the service's host, and whose it is.

    Nothing is recorded of what the engines look at for themselves.
    """

    base: str
    run: int = 0
    job: str = ""
    step: str = ""
    build: int = 0
    is_recorded: bool = True


@dataclass(slots=True)
class _EntryUpload:
    """The bytes of an entry, and the pieces of the first version's uploads by where they begin."""

    content: EntryContent = field(default_factory=EntryContent)
    pieces: dict[int, list[Extent]] = field(default_factory=dict)
    is_complete: bool = False
    is_gone: bool = False
    uses: int = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the bytes while somebody reads or writes them."""
        self.uses += 1
        try:
            yield
        finally:
            self.uses -= 1
            if self.is_gone:
                self.drop()

    def drop(self) -> None:
        """Let go of the bytes, once nobody uses them."""
        self.is_gone = True
        if not self.uses:
            self.content.close()


@dataclass(slots=True)
class _Counted:
    """Bytes of one request's entry, as the client sees them."""

    sent: int = 0
    received: int = 0


class CacheService:
    """Serves one repository's cache; `patience` is how many seconds a client may be silent."""

    def __init__(self, cache: ActionsCache, *, patience: float = 60.0) -> None:
        self._cache = cache
        self._patience = patience
        self._uploads: dict[int, _EntryUpload] = {}
        self._requests = itertools.count(1)

    def close(self) -> None:
        """Drop the bytes of every entry."""
        for upload in self._uploads.values():
            upload.drop()
        self._uploads.clear()

    async def serve(self, request: HttpRequest, host: str, path: str, place: CachePlace) -> HttpResponse | None:
        """Answer a request for `path`, without its first slash, on a host of the service."""
        route = read_route(request.method, host, path, request.target.partition("?")[2])
        if route is None:
            return HttpResponse(status=404)
        try:
            if route.door is Door.BLOB:
                return await self._blob(request, route, place)
            return await self._call(request, route, place)
        except TimeoutError:
            return HttpResponse(status=408)
        finally:
            self._drop()

    # -- calls

    async def _call(self, request: HttpRequest, route: CacheRoute, place: CachePlace) -> HttpResponse:
        _, _, token = request.headers.get("Authorization", "").partition(" ")
        caller = CacheCaller(
            token=token, url=lambda number, purpose: self._url(place, number, purpose), size=self._size
        )
        if route.door is Door.OLD_UPLOAD:
            return await self._old_upload(request, route, caller, place)
        body = await self._read(request)
        content_type = request.headers.get("Content-Type", "application/json")
        match route.door:
            case Door.TWIRP:
                answer = answer_twirp(self._cache, caller, route.method, body, content_type)
            case Door.OLD_LOOK_UP:
                answer = answer_old_look_up(self._cache, caller, route.query)
            case Door.OLD_RESERVE:
                answer = answer_old_reserve(self._cache, caller, body)
            case _:
                answer = self._old_finish(route, caller, body)
        if answer.noted is not None:
            self._record(place, answer.noted, answer.status, _Counted(), token)
        headers = Headers({"Content-Type": answer.content_type, **answer.headers})
        return HttpResponse(status=answer.status, body=answer.body, headers=headers)

    async def _old_upload(
        self, request: HttpRequest, route: CacheRoute, caller: CacheCaller, place: CachePlace
    ) -> HttpResponse:
        found = _CONTENT_RANGE.match(request.headers.get("Content-Range", ""))
        reservation = self._cache.pending(route.number)
        if reservation is None or found is None or self._cache.granted(caller.token) is None:
            return HttpResponse(status=400)
        upload = self._upload(route.number)
        noted = Noted(call=CacheCall.UPLOAD, key=reservation.key, version=reservation.version, scope=reservation.scope)
        pieces: list[Extent] = []
        with self._noting(place, noted, 204, caller.token) as counted:
            await self._take(request, upload, pieces, counted)
            upload.pieces[int(found[1])] = pieces
        return HttpResponse(status=204)

    def _old_finish(self, route: CacheRoute, caller: CacheCaller, body: bytes) -> ServiceAnswer:
        reservation, upload = self._cache.pending(route.number), self._uploads.get(route.number)
        if reservation is None or upload is None or self._cache.granted(caller.token) is None:
            return ServiceAnswer(status=404)
        upload.content.commit_at(upload.pieces)
        upload.is_complete = True
        if _stated_size(body) != upload.content.size:
            return ServiceAnswer(status=400)
        return ServiceAnswer(status=204, noted=finish(self._cache, reservation, upload.content.size))

    async def _read(self, request: HttpRequest) -> bytes:
        parts: list[bytes] = []
        async for part in self._chunks(request):
            parts.append(part)
            if sum(map(len, parts)) > _LARGEST_CALL:
                break
        return b"".join(parts)

    # -- bytes

    async def _blob(self, request: HttpRequest, route: CacheRoute, place: CachePlace) -> HttpResponse | None:
        writes = request.method == "PUT"
        purpose = "w" if writes else "r"
        if not self._cache.is_signed(route.number, purpose, route.query.get("sig", "")):
            return self._refused("AuthenticationFailed")
        if writes:
            return await self._put(request, route, place)
        if request.method not in ("GET", "HEAD"):
            return self._refused("UnsupportedHttpVerb")
        return await self._get(request, route, place)

    async def _put(self, request: HttpRequest, route: CacheRoute, place: CachePlace) -> HttpResponse:
        reservation = self._cache.pending(route.number)
        if reservation is None:
            return self._refused("BlobNotFound")
        upload = self._upload(route.number)
        if route.query.get("comp") == "blocklist":
            names = [found[1] for found in _BLOCK.findall((await self._read(request)).decode(errors="replace"))]
            if not upload.content.commit(names):
                return self._refused("InvalidBlockList")
            upload.is_complete = True
            return self._azure(201)
        noted = Noted(call=CacheCall.UPLOAD, key=reservation.key, version=reservation.version, scope=reservation.scope)
        pieces: list[Extent] = []
        with self._noting(place, noted, 201) as counted:
            await self._take(request, upload, pieces, counted)
        if route.query.get("comp") == "block":
            upload.content.blocks[route.query.get("blockid", "")] = pieces
        else:
            upload.content.extents, upload.is_complete = pieces, True
        return self._azure(201)

    async def _take(self, request: HttpRequest, upload: _EntryUpload, pieces: list[Extent], counted: _Counted) -> None:
        with upload.held():
            async for chunk in self._chunks(request):
                upload.content.append(pieces, chunk)
                counted.sent += len(chunk)

    async def _get(self, request: HttpRequest, route: CacheRoute, place: CachePlace) -> HttpResponse | None:
        entry, upload = self._cache.entry(route.number), self._uploads.get(route.number)
        if entry is None or upload is None:
            return self._refused("BlobNotFound")
        header = request.headers.get("x-ms-range", request.headers.get("Range", ""))
        asked = read_range(header, entry.size)
        if asked is None:
            return self._refused("InvalidRange")
        start, stop = asked
        response = self._azure(206 if header else 200)
        if header:
            response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{entry.size}"
        response.headers["Content-Length"] = str(stop - start)
        response.headers["Content-Type"] = "application/octet-stream"
        if request.method == "HEAD":
            return response
        noted = Noted(call=CacheCall.DOWNLOAD, key=entry.key, version=entry.version, scope=entry.scope)
        with self._noting(place, noted, response.status) as counted:
            # Recorded before the client has the end, so that whoever waits for it finds the record.
            counted.received = stop - start
        with upload.held():
            await request.begin(response.status, response.headers)
            for chunk in upload.content.read(start, stop):
                await request.write(chunk)
        return None

    # -- what all share

    def _url(self, place: CachePlace, number: int, purpose: str) -> str:
        query = urlencode({"sp": purpose, "sr": "b", "sv": _AZURE, "sig": self._cache.sign(number, purpose)})
        return f"{place.base}{BLOB_HOST}/actions-cache/{number}?{query}"

    def _upload(self, number: int) -> _EntryUpload:
        if number not in self._uploads:
            self._uploads[number] = _EntryUpload()
        return self._uploads[number]

    def _size(self, number: int) -> int | None:
        upload = self._uploads.get(number)
        return upload.content.size if upload is not None and upload.is_complete else None

    async def _chunks(self, request: HttpRequest) -> AsyncIterator[bytes]:
        while True:
            async with asyncio.timeout(self._patience):
                chunk = await request.receive()
            if not chunk:
                return
            yield chunk

    @contextmanager
    def _noting(self, place: CachePlace, noted: Noted, status: int, token: str = "") -> Iterator[_Counted]:
        counted = _Counted()
        done = 0
        try:
            yield counted
            done = status
        finally:
            self._record(place, noted, done, counted, token)

    def _record(self, place: CachePlace, noted: Noted, status: int, counted: _Counted, token: str) -> None:
        if not place.is_recorded:
            return
        grant = self._cache.granted(token)
        self._cache.records.append(
            ActionsCacheRecord(
                run=place.run,
                job=place.job or (grant.job if grant is not None else ""),
                step=place.step,
                build=place.build,
                call=noted.call,
                key=noted.key,
                version=noted.version,
                matched=noted.matched,
                scope=noted.scope,
                status=status,
                message=noted.message,
                sent=counted.sent,
                received=counted.received,
            )
        )

    def _azure(self, status: int) -> HttpResponse:
        # BlobClient dereferences the request's id (go-actions-cache, cache_v2.go).
        number = next(self._requests)
        return HttpResponse(
            status=status,
            headers=Headers({"x-ms-request-id": f"00000000-0000-0000-0000-{number:012}", "x-ms-version": _AZURE}),
        )

    def _refused(self, code: str) -> HttpResponse:
        status, words = _AZURE_WORDS[code]
        response = self._azure(status)
        response.headers["x-ms-error-code"] = code
        response.headers["Content-Type"] = "application/xml; charset=utf-8"
        text = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{words}</Message></Error>'
        response.body = text.encode()
        return response

    def _drop(self) -> None:
        """Let go of the bytes of what was evicted or never finished."""
        while self._cache.removed:
            upload = self._uploads.pop(self._cache.removed.pop(), None)
            if upload is not None:
                upload.drop()


def _stated_size(body: bytes) -> int | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    size = document.get("size") if isinstance(document, dict) else None
    return size if isinstance(size, int) else None
