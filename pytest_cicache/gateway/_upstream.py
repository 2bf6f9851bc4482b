"""The registry behind: a request is passed on to it, and its answer relayed or turned into a redirect."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pytest_cicache.gateway._client import Client, cut, give_reply
from pytest_cicache.gateway._headers import answer_headers, error_message, expected_bytes, request_headers, spoil
from pytest_cicache.gateway._purpose import children, holds_cache
from pytest_cicache.http import CutError, Headers, HttpAnswer, HttpClient, HttpRequest, HttpResponse
from pytest_cicache.oci import Endpoint, ErrorCode, error_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from pytest_cicache.gateway._exchange import Exchange
    from pytest_cicache.gateway._operation import RegistryOperation
    from pytest_cicache.gateway._replies import Forward

__all__ = ["Upstream"]

_ERROR_LIMIT = 64 * 1024
_WRONG_DIGEST = f"sha256:{'0' * 64}"


class Upstream:
    """The registry at `url`; it, or a client in the middle of a body, may be silent for `patience` seconds."""

    def __init__(self, url: str, *, patience: float, redirects: bool) -> None:
        self._upstream = url.rstrip("/")
        self._patience = patience
        self._redirects = redirects
        self._http = HttpClient()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def forward(self, request: HttpRequest, exchange: Exchange, forward: Forward) -> HttpResponse | None:
        """Pass a request on, and turn what goes wrong behind into what a client may see."""
        client = Client(request, exchange, limit=forward.limit, patience=self._patience)
        try:
            async with asyncio.timeout(self._patience) as client.deadline:
                return await self._pass_on(client, forward)
        except CutError:
            raise
        except OSError as error:
            if client.has_begun or client.has_left:
                cut(exchange)
            return give_reply(exchange, client.explain(error))

    async def _pass_on(self, client: Client, forward: Forward) -> HttpResponse | None:
        fault = client.exchange.fault
        spoils = fault is not None and (fault.truncate or fault.corrupt or fault.answer_status or fault.headers)
        if forward.redirect and self._redirects and not spoils:
            redirected = await self._redirect(client)
            if redirected is not None:
                return redirected
        operation = client.exchange.operation
        body = await client.manifest() if _is_manifest_push(operation) else await client.body()
        async with self._send(client, operation.method, body, query=forward.query) as answer:
            if client.has_left:
                # The registry's complaint about half a body is for nobody.
                cut(client.exchange)
            if forward.creates and answer.status < 300 and client.exchange.identity is not None:
                client.exchange.state.create_package(client.exchange.identity, operation.image_name)
            if isinstance(body, bytes) and answer.status < 300:
                client.exchange.keep_manifest(body, client.request.headers.get("Content-Type"), answer.headers)
            return await self._relay(client, answer)

    async def _redirect(self, client: Client) -> HttpResponse | None:
        """Send a reader of a blob to the registry behind, as ghcr.io sends it to its storage."""
        async with self._send(client, "HEAD", None) as answer:
            if answer.status != 200:
                return None
            size = answer.content_length or 0
        exchange = client.exchange
        exchange.status = 307
        exchange.received = expected_bytes(size, client.request.headers.get("Range", ""))
        return HttpResponse(status=307, headers=Headers(Location=self._target(exchange, None)))

    def _target(self, exchange: Exchange, query: str | None) -> str:
        query = exchange.operation.query if query is None else query
        return f"{self._upstream}{exchange.path}{'?' if query else ''}{query}"

    def _send(
        self,
        client: Client,
        method: str,
        body: AsyncIterator[bytes] | bytes | None,
        *,
        query: str | None = None,
    ) -> AbstractAsyncContextManager[HttpAnswer]:
        headers = request_headers(
            client.request.headers.items(), whole=method != client.request.method, empty=body is None
        )
        return self._http.open(method, self._target(client.exchange, query), headers=headers, body=body)

    async def _relay(self, client: Client, answer: HttpAnswer) -> HttpResponse | None:
        exchange, fault = client.exchange, client.exchange.fault
        _note_digest(exchange, answer)
        whole = await _whole(exchange, answer)
        size = answer.content_length if whole is None else len(whole)
        headers = answer_headers(answer.headers.items(), self._upstream)
        if size is not None:
            headers.append(("Content-Length", str(size)))
        exchange.status = answer.status
        if fault is not None:
            exchange.status = fault.answer_status or answer.status
            headers = spoil(headers, fault.headers)
            if fault.corrupt and not exchange.operation.reads:
                headers = spoil(headers, {"Docker-Content-Digest": _WRONG_DIGEST})
        is_empty = size == 0 or (size is not None and client.request.method == "HEAD")
        if fault is None and (is_empty or whole is not None):
            return client.whole(exchange.status, Headers(headers), whole or b"")
        chunks = answer.chunks if whole is None else _once(whole)
        await client.give(exchange.status, Headers(headers), chunks, size=size)
        return None


def _is_manifest_push(operation: RegistryOperation) -> bool:
    return operation.endpoint is Endpoint.MANIFEST and operation.method == "PUT"


def _note_digest(exchange: Exchange, answer: HttpAnswer) -> None:
    operation = exchange.operation
    digest = answer.headers.get("Docker-Content-Digest")
    if operation.endpoint is Endpoint.MANIFEST and operation.reference and digest and answer.status < 300:
        _append_digest(exchange, digest)


def _append_digest(exchange: Exchange, digest: str) -> None:
    operation = exchange.operation
    name = (operation.host, operation.image_name)
    exchange.recorder.append_digest(exchange.place, name, operation.reference or "", digest)


async def _whole(exchange: Exchange, answer: HttpAnswer) -> bytes | None:
    """Take in a small answer that says something about the request: an error, or a manifest."""
    operation, size = exchange.operation, answer.content_length
    if operation.method == "HEAD" or size is None:
        return None
    if answer.status == 200 and operation.endpoint is Endpoint.TAGS:
        return exchange.known_tags(await answer.read())
    if answer.status >= 400 and size <= _ERROR_LIMIT:
        body = await answer.read()
        if exchange.is_missing_manifest(answer.status):
            # Registries behind differ in what they call a name without manifests; ghcr.io does not.
            body = error_body(ErrorCode.MANIFEST_UNKNOWN)
        exchange.message = error_message(body)
        return body
    if operation.endpoint is not Endpoint.MANIFEST or size > exchange.state.settings.manifest_limit:
        return None
    body = await answer.read()
    exchange.count_download(answer.status)
    exchange.is_cache = exchange.is_cache or holds_cache(body)
    for digest in children(body):
        _append_digest(exchange, digest)
    return body


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
