"""A request that is handed to a server's handler in the same event loop, and the answer that comes back, in pieces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_cicache.http._message import Body, CutError, Headers, HttpAnswer, HttpRequest, HttpResponse, NoAnswerError

if TYPE_CHECKING:
    from types import TracebackType

    from pytest_cicache.http._server import HttpServer

__all__ = ["DirectExchange"]

_PIECE = 256 * 1024
# How many pieces may wait for a slow reader, where a socket has its buffer.
_AHEAD = 4
_BODILESS = frozenset({204, 304})
_UNDER_WAY: set[asyncio.Task[None]] = set()


class DirectExchange:
    """Lets a server answer while the context lasts; as behind a socket it goes on with a whole request when it is left.

    Raises NoAnswerError when the server cuts the request.
    """

    def __init__(
        self, server: HttpServer, address: str, method: str, target: str, headers: Headers, body: Body
    ) -> None:
        self._request = _DirectRequest(address, method, target, headers, body)
        self._task = asyncio.create_task(self._request.run(server))
        _UNDER_WAY.add(self._task)
        self._task.add_done_callback(_UNDER_WAY.discard)

    async def __aenter__(self) -> HttpAnswer:
        try:
            status, headers = await self._request.head
        except BaseException:
            self._leave()
            raise
        return HttpAnswer(status=status, headers=headers, chunks=self._request.answer())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        self._request.leave()
        if not self._request.is_received:
            self._task.cancel()


class _DirectRequest(HttpRequest):
    """The server's side: a whole answer is handed over at once, the pieces of one that is streamed wait in a queue."""

    def __init__(self, address: str, method: str, target: str, headers: Headers, body: Body) -> None:
        self.port = int(address.rpartition(":")[2])
        self.method = method
        self.target = target
        self.headers = headers
        self.has_body = bool(body)
        self.head: asyncio.Future[tuple[int, Headers]] = asyncio.get_running_loop().create_future()
        self._body = body
        self._whole: bytes | None = None
        self._is_left = False

    @cached_property
    def _pieces(self) -> asyncio.Queue[bytes | Exception | None]:
        """What the client has not taken yet, at the end `None` or what cut the answer off."""
        return asyncio.Queue(_AHEAD)

    @property
    def is_received(self) -> bool:
        """Whether nothing more of the request is to come from the client."""
        return isinstance(self._body, bytes | None)

    async def run(self, server: HttpServer) -> None:
        """Let the server answer."""
        try:
            response = await server.handler(self)
            if response is None:
                await self._end(None)
            else:
                self._complete(response)
        except ConnectionError as error:
            cut = error if isinstance(error, CutError) else CutError()
            await self._end(NoAnswerError(str(cut)))
        except Exception as error:
            await self._end(error)

    async def proceed(self) -> None:
        """No client here waits."""

    async def receive(self) -> bytes:
        if isinstance(self._body, bytes | None):
            whole, self._body = self._body or b"", None
            return whole
        try:
            piece = await anext(self._body, b"")
        except Exception as error:
            raise ConnectionResetError(str(error)) from error
        if not piece:
            self._body = None
        return piece

    async def begin(self, status: int, headers: Headers) -> None:
        if not self.head.done():
            self.head.set_result((status, headers))

    async def write(self, data: bytes) -> None:
        if self._is_left:
            raise ConnectionResetError("the client has left")
        if data:
            await self._pieces.put(data)

    async def write_file(self, path: Path, start: int, stop: int) -> None:
        with path.open("rb") as file:
            file.seek(start)
            while start < stop and (piece := file.read(min(_PIECE, stop - start))):
                await self.write(piece)
                start += len(piece)

    async def answer(self) -> AsyncIterator[bytes]:
        """The body of the answer, for the client; raises what cut it off."""
        if self._whole is not None:
            if self._whole:
                yield self._whole
            return
        while piece := await self._pieces.get():
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def leave(self) -> None:
        """Take no more of the answer; what the server still writes fails."""
        self._is_left = True
        while self._whole is None and not self._pieces.empty():
            self._pieces.get_nowait()

    def _complete(self, response: HttpResponse) -> None:
        if response.status not in _BODILESS:
            response.headers.setdefault("Content-Length", str(len(response.body)))
        self._whole = b"" if self.method == "HEAD" else response.body
        if not self.head.done():
            self.head.set_result((response.status, response.headers))

    async def _end(self, error: Exception | None) -> None:
        if self.head.done():
            await self._pieces.put(error)
        else:
            self.head.set_exception(error or NoAnswerError("Server disconnected", is_end=True))
