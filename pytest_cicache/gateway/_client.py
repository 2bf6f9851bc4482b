"""The client's side of one request: its body going up, the answer coming down, in chunks, never collected."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

from pytest_cicache.gateway._purpose import holds_cache
from pytest_cicache.gateway._replies import Reply, refusal
from pytest_cicache.http import CutError, Headers, HttpRequest, HttpResponse
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

    def __init__(self, request: HttpRequest, exchange: Exchange, *, limit: int | None, patience: float) -> None:
        self.request = request
        self.exchange = exchange
        self.deadline: asyncio.Timeout | None = None
        self.awaited = False
        self.has_begun = False
        self.has_left = False
        self.is_too_large = False
        self._limit = limit
        self._patience = patience

    async def body(self) -> AsyncIterator[bytes] | None:
        """Give what the client sends from now on, `None` when it sends nothing.

        What comes with a method that has no body stays here: servers differ in where such a request ends.
        """
        if self.request.method not in _SENDING or not self.request.has_body:
            return None
        await self.request.proceed()
        return self._chunks()

    async def manifest(self) -> bytes:
        """Take in a manifest whole; it says whether it is a build cache."""
        content = b"".join([chunk async for chunk in self._chunks()])
        self.exchange.is_cache = holds_cache(content)
        return content

    async def _chunks(self) -> AsyncIterator[bytes]:
        exchange = self.exchange
        while True:
            self.awaited = True
            try:
                chunk = await self.request.receive()
            except OSError:
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

    def whole(self, status: int, headers: Headers, body: bytes) -> HttpResponse:
        """Give an answer that is all there."""
        self.exchange.received += len(body)
        self.exchange.record()
        return HttpResponse(status=status, headers=headers, body=body)

    async def give(self, status: int, headers: Headers, chunks: AsyncIterator[bytes], *, size: int | None) -> None:
        """Send an answer down, spoilt where a fault says so."""
        fault, exchange = self.exchange.fault, self.exchange
        stop = (size or 0) // 2 if fault is not None and fault.truncate else None
        corrupt = fault is not None and fault.corrupt
        if self.request.method == "HEAD" or size == 0:
            exchange.record()
        self.has_begun = True
        await self.request.begin(status, headers)
        if self.request.method == "HEAD":
            return
        async for chunk in chunks:
            part = chunk.translate(_FLIP) if corrupt else chunk
            if stop is not None and exchange.received + len(part) >= stop:
                await self._cut(part[: stop - exchange.received])
            exchange.received += len(part)
            if exchange.received == size:
                exchange.record()
            await self.request.write(part)
            self._alive()
        exchange.record()

    async def _cut(self, last: bytes) -> NoReturn:
        await self.request.write(last)
        self.exchange.received += len(last)
        if self.exchange.fault is not None and not self.exchange.fault.reset:
            raise CutError(orderly=True)
        cut(self.exchange)

    def explain(self, error: Exception) -> Reply:
        """Turn what went wrong, before the answer began, into one that a client understands."""
        if self.is_too_large:
            return refusal(ErrorCode.SIZE_INVALID, status=413)
        silence = f"was silent for {self._patience:g} s"
        if isinstance(error, TimeoutError) and self.awaited:
            return refusal(ErrorCode.UNAVAILABLE, f"the client {silence}", status=408)
        if isinstance(error, TimeoutError):
            return refusal(ErrorCode.UNAVAILABLE, f"the registry {silence}", status=504)
        return refusal(ErrorCode.UNAVAILABLE, f"the registry does not answer: {error}", status=502)

    def _alive(self) -> None:
        if self.deadline is not None:
            self.deadline.reschedule(asyncio.get_running_loop().time() + self._patience)


def respond(reply: Reply) -> HttpResponse:
    """Turn a decided answer into a response."""
    return HttpResponse(status=reply.status, body=reply.body, headers=Headers(reply.headers))


def give_reply(exchange: Exchange, reply: Reply) -> HttpResponse:
    """Answer without the registry behind, and note it."""
    exchange.answered(reply)
    return respond(reply)


def cut(exchange: Exchange) -> NoReturn:
    """Cut the connection so that the client sees a reset, not an end."""
    exchange.status = 0
    raise CutError
