"""Speaks to the Actions cache as its clients do: look up, reserve, upload, finish; both versions of the service.

https://github.com/tonistiigi/go-actions-cache (cache.go, cache_v2.go), whose error texts BuildKit prints, and
https://github.com/actions/toolkit (packages/cache).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pytest_cicache.errors import CicacheError
from pytest_cicache.http import HttpClient, NoAnswerError

__all__ = ["ActionsCacheClient", "CacheServiceError", "CachedEntry"]

_SERVICE = "twirp/github.actions.results.api.v1.CacheService"
_OLD = "_apis/artifactcache"
_BLOB = {"x-ms-blob-type": "BlockBlob", "x-ms-version": "2023-08-03"}


class CacheServiceError(CicacheError):
    """The service refused or failed.

    The message is go-actions-cache's; `reason` is the service's own text, empty when it gave none; `status` is
    403 for a refused reservation, which the service answers with 200; `is_taken` says that the key exists.
    """

    def __init__(self, message: str, *, reason: str = "", status: int | None = None, is_taken: bool = False) -> None:
        self.reason = reason
        self.status = status
        self.is_taken = is_taken
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class CachedEntry:
    """What a lookup found: the whole key, and where to read the bytes."""

    key: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsCacheClient:
    """One job's access to the service at `url`; its `version` is 1 or 2."""

    session: HttpClient
    url: str
    token: str
    version: int = 2

    async def look_up(self, key: str, version: str, restore_keys: Sequence[str] = ()) -> CachedEntry | None:
        """Give the entry for a key, `None` for a miss. Raises CacheServiceError."""
        if self.version == 1:
            query = urlencode({"keys": ",".join((key, *restore_keys)), "version": version})
            found = await self._json("GET", f"{_OLD}/cache?{query}")
            return CachedEntry(found["cacheKey"], found["archiveLocation"]) if found.get("cacheKey") else None
        asked = {"key": key, "restore_keys": list(restore_keys), "version": version}
        found = await self._json("POST", f"{_SERVICE}/GetCacheEntryDownloadURL", asked)
        return CachedEntry(found["matched_key"], found["signed_download_url"]) if found.get("ok") else None

    async def save(self, key: str, version: str, data: bytes) -> None:
        """Make an entry. Raises CacheServiceError, with `is_taken` when there is one."""
        if self.version == 1:
            await self._save_old(key, version, data)
            return
        reserved = await self._json("POST", f"{_SERVICE}/CreateCacheEntry", {"key": key, "version": version})
        if not reserved.get("ok"):
            raise _refused("failed to reserve cache", str(reserved.get("message") or ""))
        await self._bytes("PUT", reserved["signed_upload_url"], data, _BLOB)
        finished = await self._json(
            "POST", f"{_SERVICE}/FinalizeCacheEntryUpload", {"key": key, "size_bytes": len(data), "version": version}
        )
        if not finished.get("ok"):
            raise _refused("failed to commit cache", str(finished.get("message") or ""))

    async def download(self, entry: CachedEntry) -> bytes:
        """Read the bytes of an entry. Raises CacheServiceError."""
        return await self._bytes("GET", entry.url, None, {"x-ms-version": _BLOB["x-ms-version"]})

    async def _save_old(self, key: str, version: str, data: bytes) -> None:
        reserved = await self._json("POST", f"{_OLD}/caches", {"key": key, "version": version})
        place = f"{_OLD}/caches/{reserved.get('cacheId')}"
        if data:
            span = {"Content-Range": f"bytes 0-{len(data) - 1}/*", "Content-Type": "application/octet-stream"}
            await self._bytes("PATCH", f"{self.url.rstrip('/')}/{place}", data, {**span, **self._bearer()})
        await self._json("POST", place, {"size": len(data)})

    async def _json(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
        body = None if document is None else json.dumps(document).encode()
        headers = {"Content-Type": "application/json", **self._bearer()}
        answer = await self._bytes(method, f"{self.url.rstrip('/')}/{path}", body, headers)
        read = json.loads(answer) if answer else {}
        return read if isinstance(read, dict) else {}

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def _bytes(self, method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> bytes:
        try:
            async with self.session.open(method, url, headers=headers.items(), body=data) as answer:
                body = await answer.read()
        except NoAnswerError as error:
            raise CacheServiceError(f'{method.capitalize()} "{url}": {error}') from error
        if answer.status >= 300:
            raise _failed(answer.status, answer.reason, body)
        return body


def _refused(words: str, reason: str) -> CacheServiceError:
    return CacheServiceError(f"{words}: {reason}" if reason else words, reason=reason, status=403)


def _failed(status: int, phrase: str, body: bytes) -> CacheServiceError:
    """An answer that is no success, in go-actions-cache's words (cache.go, checkResponse)."""
    text = body.decode(errors="replace")
    try:
        document = json.loads(body)
    except ValueError as error:
        words = "unexpected end of JSON input" if not body else str(error)
        return CacheServiceError(f"failed to parse error response {status}: {text}: {words}", status=status)
    known = document if isinstance(document, dict) else {}
    code, reason = str(known.get("code") or ""), str(known.get("message") or known.get("msg") or "")
    is_taken = "already exists" in reason.lower() or code == "already_exists"
    message = str(known.get("message") or code) or f"unknown error {status} {phrase}: {text}"
    return CacheServiceError(message, reason=reason, status=status, is_taken=is_taken)
