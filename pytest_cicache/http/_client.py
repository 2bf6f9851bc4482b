"""The client: a server in this event loop answers without a socket, every other over one."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Self

from pytest_cicache.http._direct import DirectExchange
from pytest_cicache.http._message import Body, Headers, HttpAnswer
from pytest_cicache.http._server import server_at

if TYPE_CHECKING:
    from types import TracebackType

    from pytest_cicache.http._sockets import SocketClient

__all__ = ["HttpClient"]


class HttpClient:
    """Sends requests; `silence` is how many seconds a server elsewhere may say nothing."""

    def __init__(self, *, silence: float | None = None) -> None:
        self._silence = silence
        self._sockets: SocketClient | None = None

    def open(
        self, method: str, url: str, *, headers: Iterable[tuple[str, str]] = (), body: Body = None
    ) -> AbstractAsyncContextManager[HttpAnswer]:
        """Send a request and give its answer while the context lasts; redirects are not followed.

        Nothing is added to the headers but what HTTP itself needs. Raises NoAnswerError.
        """
        scheme, _, rest = url.partition("://")
        address, _, target = rest.partition("/")
        server = server_at(address) if scheme == "http" else None
        if server is None:
            return self._over_sockets().open(method, url, headers, body)
        sent = Headers(headers)
        sent.setdefault("Host", address)
        if isinstance(body, bytes):
            sent.setdefault("Content-Length", str(len(body)))
        return DirectExchange(server, address, method, f"/{target}", sent, body)

    async def close(self) -> None:
        """Close the connections."""
        sockets, self._sockets = self._sockets, None
        if sockets is not None:
            await sockets.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _over_sockets(self) -> SocketClient:
        if self._sockets is None:
            from pytest_cicache.http._sockets import SocketClient

            self._sockets = SocketClient(self._silence)
        return self._sockets
