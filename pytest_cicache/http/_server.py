"""A server on loopback. What listens is a socket; what speaks HTTP there is made when the first client connects."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from pytest_cicache.http._message import Handler

if TYPE_CHECKING:
    from pytest_cicache.http._sockets import SocketServer

__all__ = ["HttpServer", "server_at"]

_BACKLOG = 128
# Who answers in this process, as the kernel knows who listens on this machine.
_SERVERS: dict[str, HttpServer] = {}


class HttpServer:
    """Lets a handler answer at one or more ports, in the running event loop."""

    def __init__(self, handler: Handler, *, host: str = "127.0.0.1", shutdown: float = 0.05) -> None:
        self.handler = handler
        self.loop = asyncio.get_running_loop()
        self._host = host
        self._shutdown = shutdown
        self._idle: dict[int, socket.socket] = {}
        self._ports: list[int] = []
        self._carrier: SocketServer | None = None

    def listen(self, port: int = 0) -> int:
        """Listen at one more port and give its number, for 0 a free one; raises OSError when it is taken."""
        listener = _listening(self._host, port)
        number = int(listener.getsockname()[1])
        self._idle[number] = listener
        self._ports.append(number)
        _SERVERS[f"{self._host}:{number}"] = self
        self.loop.add_reader(listener, self._wake, number)
        return number

    async def close(self) -> None:
        """Stop listening and cut what is still open after `shutdown` seconds."""
        for port in self._ports:
            _SERVERS.pop(f"{self._host}:{port}", None)
        for listener in self._idle.values():
            self.loop.remove_reader(listener)
            listener.close()
        self._idle.clear()
        self._ports.clear()
        carrier, self._carrier = self._carrier, None
        if carrier is not None:
            await carrier.close(self._shutdown)

    def _wake(self, port: int) -> None:
        from pytest_cicache.http._sockets import SocketServer

        listener = self._idle.pop(port)
        self.loop.remove_reader(listener)
        if self._carrier is None:
            self._carrier = SocketServer(self.handler)
        self._carrier.take(listener)


def _listening(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def server_at(address: str) -> HttpServer | None:
    """The server that answers at `HOST:PORT` in the running event loop."""
    server = _SERVERS.get(address)
    return server if server is not None and server.loop is asyncio.get_running_loop() else None
