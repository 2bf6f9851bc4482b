"""HTTP over real sockets, with aiohttp: what curl, docker and BuildKit speak to, and how registries are reached."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.http import HttpProcessingError
from yarl import URL

from pytest_cicache.http._message import Body, CutError, Handler, Headers, HttpAnswer, HttpRequest, NoAnswerError

__all__ = ["SocketClient", "SocketServer"]

_READ_AHEAD = 256 * 1024
# What was written must leave before a reset discards it.
_FLUSH = 0.05
_AUTOMATIC = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_LOG = logging.getLogger(__package__)
# A request that is no HTTP is answered; that somebody sent one is nobody's mistake here.
_LOG.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError)))


class SocketServer:
    """Carries requests from listening sockets to a handler."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._web = web.Server(self._handle, access_log=None, read_bufsize=_READ_AHEAD, lingering_time=1, logger=_LOG)
        self._starts: list[asyncio.Task[asyncio.Server]] = []

    def take(self, listener: socket.socket) -> None:
        """Accept the connections of one more socket from now on."""
        loop = asyncio.get_running_loop()
        self._starts.append(loop.create_task(loop.create_server(self._web, sock=listener)))

    async def close(self, shutdown: float) -> None:
        """Stop accepting, give requests under way so many seconds, and close."""
        for server in await asyncio.gather(*self._starts):
            server.close()
        await self._web.shutdown(timeout=shutdown)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        carried = _SocketRequest(request)
        try:
            response = await self._handler(carried)
        except ConnectionError as error:
            await carried.cut(orderly=isinstance(error, CutError) and error.orderly)
            return carried.response or web.Response()
        if response is None:
            return carried.response or web.Response()
        whole = web.Response(status=response.status, body=response.body, headers=response.headers)
        if carried.is_held_back:
            # The client was not told to go on, and the next thing it sends is not known.
            whole.force_close()
        return whole


class _SocketRequest(HttpRequest):
    def __init__(self, request: web.BaseRequest) -> None:
        self._request = request
        self.method = request.method
        self.target = request.raw_path
        self.headers = request.headers
        name = None if request.transport is None else request.transport.get_extra_info("sockname")
        self.port = int(name[1]) if name else 0
        self.has_body = request.can_read_body
        self.response: web.StreamResponse | None = None
        self.is_held_back = request.headers.get("Expect", "").lower() == "100-continue"

    async def proceed(self) -> None:
        if self.is_held_back:
            self.is_held_back = False
            await self._request.writer.write(_CONTINUE)
            # aiohttp counts what was written before the head as a body.
            self._request.writer.output_size = 0

    async def receive(self) -> bytes:
        await self.proceed()
        try:
            return await self._request.content.readany()
        except (aiohttp.ClientError, web.RequestPayloadError) as error:
            raise ConnectionResetError(str(error)) from error

    async def begin(self, status: int, headers: Headers) -> None:
        self.response = web.StreamResponse(status=status, headers=headers)
        await self.response.prepare(self._request)

    async def write(self, data: bytes) -> None:
        assert self.response is not None
        await self.response.write(data)

    async def write_file(self, path: Path, start: int, stop: int) -> None:
        transport = self._request.transport
        if transport is None:
            raise ConnectionResetError
        with path.open("rb") as file:
            try:
                await asyncio.get_running_loop().sendfile(transport, file, start, stop - start)
            except RuntimeError as error:
                # What asyncio says of a transport that is closing.
                raise ConnectionResetError(str(error)) from error

    async def cut(self, *, orderly: bool) -> None:
        """End the connection."""
        transport = self._request.transport
        if transport is None:
            return
        if orderly:
            transport.close()
            return
        if self.response is not None:
            await asyncio.sleep(_FLUSH)
        if transport.is_closing():
            return
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


class SocketClient:
    """Connections to servers anywhere, kept open from request to request; `silence` is how long one may last."""

    def __init__(self, silence: float | None) -> None:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=silence),
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            read_bufsize=_READ_AHEAD,
            skip_auto_headers=_AUTOMATIC,
        )

    @asynccontextmanager
    async def open(
        self, method: str, url: str, headers: Iterable[tuple[str, str]], body: Body
    ) -> AsyncIterator[HttpAnswer]:
        """Send a request; raises NoAnswerError."""
        # Of large bytes aiohttp would warn that they may block.
        data = BytesIO(body) if isinstance(body, bytes) and body else body
        try:
            response = await self._session.request(
                method, URL(url, encoded=True), headers=Headers(headers), data=data, allow_redirects=False
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _no_answer(error) from error
        async with response:
            yield HttpAnswer(status=response.status, headers=Headers(response.headers), chunks=_chunks(response))

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()
        # They end in the loop's next turn, which must still come.
        await asyncio.sleep(0)


async def _chunks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.content.iter_any():
            yield chunk
    except (aiohttp.ClientError, OSError) as error:
        raise _no_answer(error) from error


def _no_answer(error: Exception) -> NoAnswerError:
    match error:
        case aiohttp.ServerDisconnectedError():
            return NoAnswerError("Server disconnected", is_end=True)
        case aiohttp.ClientPayloadError():
            return NoAnswerError("unexpected EOF")
        case ConnectionResetError():
            return NoAnswerError("read: connection reset by peer")
    # aiohttp says so of an address without TLS, too.
    return NoAnswerError(str(error).replace(" ssl:default", "") or type(error).__name__)
