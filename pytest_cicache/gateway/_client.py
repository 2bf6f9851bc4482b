"""The client's side of one request: its body going up, the answer coming down, in chunks, never collected."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from pytest_cicache.gateway._purpose import holds_cache
from pytest_cicache.gateway._replies import Reply, refusal
from pytest_cicache.oci import ErrorCode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pytest_cicache.gateway._exchange import Exchange

__all__ = ["Client", "cut", "give_reply", "respond"]

_SENDING = frozenset({"PATCH", "POST", "PUT"})
_FLIP = bytes(byte ^ 0xFF for byte in range(256))


class _TooLargeError(OSError):
    """A body grew past its limit."""


class Client:
    """The client's side of one request: its body going up, the answer's coming down."""

    def __init__(self, request: web.BaseRequest, exchange: Exchange, *, limit: int | None, patience: float) -> None:
        self.request = request
        self.exchange = exchange
        self.deadline: asyncio.Timeout | None = None
        self.awaited = False
        self.has_begun = False
        self.has_left = False
        self.is_too_large = False
        self._limit = limit
        self._patience = patience

    def body(self) -> AsyncIterator[bytes] | None:
        """Give what the client sends, `None` when it sends nothing.

        What comes with a method that has no body stays here: servers differ in where such a request ends.
        """
        sends = self.request.method in _SENDING and self.request.can_read_body
        return self._chunks() if sends else None

    async def manifest(self) -> bytes:
        """Take in a manifest whole; it says whether it is a build cache."""
        content = b"".join([chunk async for chunk in self._chunks()])
        self.exchange.is_cache = holds_cache(content)
        return content

    async def _chunks(self) -> AsyncIterator[bytes]:
        exchange, content = self.exchange, self.request.content
        if self.request.headers.get("Expect", "").lower() == "100-continue" and self.request.transport:
            self.request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        while True:
            self.awaited = True
            try:
                chunk = await content.readany()
            except (aiohttp.ClientError, OSError, web.RequestPayloadError):
                self.has_left = True
                raise
            self.awaited = False
            if not chunk:
                return
            exchange.sent += len(chunk)
            if self._limit is not None and exchange.sent > self._limit:
                self.is_too_large = True
                raise _TooLargeError
            self._alive()
            yield chunk

    async def give(
        self, status: int, headers: list[tuple[str, str]], chunks: AsyncIterator[bytes], *, size: int | None
    ) -> web.StreamResponse:
        """Send an answer down, spoilt where a fault says so."""
        fault, exchange = self.exchange.fault, self.exchange
        response = web.StreamResponse(status=status, headers=CIMultiDict(headers))
        stop = (size or 0) // 2 if fault is not None and fault.truncate else None
        corrupt = fault is not None and fault.corrupt
        if self.request.method == "HEAD" or size == 0:
            exchange.record()
        await response.prepare(self.request)
        self.has_begun = True
        if self.request.method == "HEAD":
            return response
        async for chunk in chunks:
            part = chunk.translate(_FLIP) if corrupt else chunk
            if stop is not None and exchange.received + len(part) >= stop:
                return await self._cut(response, part[: stop - exchange.received])
            exchange.received += len(part)
            if exchange.received == size:
                exchange.record()
            await response.write(part)
            self._alive()
        exchange.record()
        await response.write_eof()
        return response

    async def _cut(self, response: web.StreamResponse, last: bytes) -> web.StreamResponse:
        await response.write(last)
        self.exchange.received += len(last)
        fault = self.exchange.fault
        assert fault is not None
        if fault.reset:
            # What was written must leave before the reset discards it.
            await asyncio.sleep(0.05)
            cut(self.request, self.exchange)
        elif self.request.transport is not None:
            self.request.transport.close()
        return response

    def explain(self, error: Exception) -> Reply:
        """Turn what went wrong, before the answer began, into one that a client understands."""
        if self.is_too_large:
            return refusal(ErrorCode.SIZE_INVALID, status=413)
        silence = f"was silent for {self._patience:g} s"
        if isinstance(error, TimeoutError) and self.awaited:
            return refusal(ErrorCode.UNAVAILABLE, f"the client {silence}", status=408)
        if isinstance(error, TimeoutError):
            return refusal(ErrorCode.UNAVAILABLE, f"the registry {silence}", status=504)
        return refusal(
            ErrorCode.UNAVAILABLE, f"the registry does not answer: {str(error).replace(' ssl:default', '')}", status=502
        )

    def _alive(self) -> None:
        if self.deadline is not None:
            self.deadline.reschedule(asyncio.get_running_loop().time() + self._patience)


def respond(reply: Reply) -> web.Response:
    """Turn a decided answer into a response."""
    return web.Response(status=reply.status, body=reply.body, headers=reply.headers)


def give_reply(request: web.BaseRequest, exchange: Exchange, reply: Reply) -> web.Response:
    """Answer without the registry behind, and note it."""
    exchange.answered(reply)
    response = respond(reply)
    if request.headers.get("Expect"):
        # The client was not told to go on, and the next thing it sends is not known.
        response.force_close()
    return response


def cut(request: web.BaseRequest, exchange: Exchange) -> web.StreamResponse:
    """Cut the connection so that the client sees a reset, not an end."""
    exchange.status = 0
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()
