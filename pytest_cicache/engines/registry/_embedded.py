"""The embedded registry: a store behind a loopback port, inside the running event loop."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Self

from pytest_cicache.engines.registry._content import BlobStorage, MemoryContent
from pytest_cicache.engines.registry._disk import DiskContent
from pytest_cicache.engines.registry._server import RegistryHandler
from pytest_cicache.engines.registry._store import Store
from pytest_cicache.errors import EngineError, UsageError
from pytest_cicache.http import HttpServer

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

__all__ = ["EmbeddedRegistry"]

_HOST = "127.0.0.1"
_LAST_PORT = 65535


class EmbeddedRegistry:
    """A whole OCI registry on loopback; satisfies `RegistryEngine`, and is an async context manager.

    `port` 0 takes a free one; content is kept in memory, or in the directory `storage`, where a later
    start finds it again.
    """

    name = "embedded"

    def __init__(self, *, port: int = 0, storage: Path | None = None) -> None:
        if not 0 <= port <= _LAST_PORT:
            raise UsageError(f"{port} is no port: write a number from 0 (any free one) to {_LAST_PORT}")
        self.port = port
        self._storage = storage
        self._store: Store | None = None
        self._server: HttpServer | None = None

    @property
    def url(self) -> str:
        """The base address; the port is known after `start`."""
        return f"http://{_HOST}:{self.port}"

    async def start(self) -> None:
        """Serve; raises EngineError when the port or the directory cannot be used."""
        store = Store(_content(self._storage))
        server = HttpServer(RegistryHandler(store), host=_HOST)
        try:
            self.port = server.listen(self.port)
        except OSError as error:
            store.close()
            raise EngineError(_unusable(self.port, error)) from error
        self._store, self._server = store, server

    async def close(self) -> None:
        """Stop serving, at once; content on disk stays."""
        if self._server is None or self._store is None:
            return
        await self._server.close()
        self._store.close()
        self._server = self._store = None

    def forget(self, prefix: str) -> None:
        """Drop every image name that is or begins with `prefix/`, to keep a long session's memory flat."""
        if self._store is not None:
            self._store.forget(prefix)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _content(storage: Path | None) -> BlobStorage:
    return MemoryContent() if storage is None else DiskContent(storage)


def _unusable(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {_HOST} is in use: stop what listens there, or choose another (0 for any)"
    return f"cannot listen on {_HOST}:{port}: {error.strerror}; choose another port (0 for any)"
