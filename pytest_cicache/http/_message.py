"""A request as its handler sees it, and an answer; whether a socket carries them is not told."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from multidict import CIMultiDict, MultiMapping

__all__ = ["Body", "CutError", "Handler", "Headers", "HttpAnswer", "HttpRequest", "HttpResponse", "NoAnswerError"]

Headers = CIMultiDict[str]
Body = bytes | AsyncIterator[bytes] | None


class CutError(ConnectionError):
    """Raised by a handler: the connection ends without the rest of the answer, orderly or by a reset."""

    def __init__(self, *, orderly: bool = False) -> None:
        self.orderly = orderly
        super().__init__("unexpected EOF" if orderly else "read: connection reset by peer")


class NoAnswerError(ConnectionError):
    """No answer came, or not the whole of one; `is_end` tells that the connection ended instead of an answer."""

    def __init__(self, message: str, *, is_end: bool = False) -> None:
        self.is_end = is_end
        super().__init__(message)


@dataclass(slots=True, kw_only=True)
class HttpResponse:
    """A whole answer. To a HEAD whoever carries it leaves the body out; a `Content-Length` among `headers` stays."""

    status: int
    headers: Headers = field(default_factory=CIMultiDict)
    body: bytes = b""


@dataclass(slots=True, kw_only=True)
class HttpAnswer:
    """An answer as the client sees it: its head, and the body as it comes in; `chunks` raises NoAnswerError."""

    status: int
    headers: Headers
    chunks: AsyncIterator[bytes]

    @property
    def reason(self) -> str:
        """The status in words."""
        return HTTPStatus(self.status).phrase if self.status in HTTPStatus._value2member_map_ else ""

    @property
    def content_length(self) -> int | None:
        """The size of the body as the server says it."""
        return _length(self.headers)

    async def read(self) -> bytes:
        """Take in the whole body; raises NoAnswerError."""
        return b"".join([chunk async for chunk in self.chunks])


class HttpRequest(ABC):
    """One request; `target` is path and query as they were sent, `port` where it came in.

    A handler returns the answer to it, or streams one: `begin`, `write` as often as it takes, and `None`. What it
    awaits raises ConnectionError when the client has left; one that it raises cuts the connection, see CutError.
    """

    method: str
    target: str
    headers: MultiMapping[str]
    port: int
    has_body: bool

    @property
    def content_length(self) -> int | None:
        """The size of the body as the client says it."""
        return _length(self.headers)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes in."""
        while piece := await self.receive():
            yield piece

    @abstractmethod
    async def proceed(self) -> None:
        """Tell a client to send its body that waits to be told; `receive` does so, too."""

    @abstractmethod
    async def receive(self) -> bytes:
        """Give the next bytes of the body, empty at its end."""

    @abstractmethod
    async def begin(self, status: int, headers: Headers) -> None:
        """Send the head of an answer whose body follows; it has no body where the method is HEAD."""

    @abstractmethod
    async def write(self, data: bytes) -> None:
        """Send bytes of the body."""

    @abstractmethod
    async def write_file(self, path: Path, start: int, stop: int) -> None:
        """Send the bytes of a file from `start` up to `stop`."""


def _length(headers: MultiMapping[str]) -> int | None:
    text = headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None


Handler = Callable[[HttpRequest], Awaitable[HttpResponse | None]]
