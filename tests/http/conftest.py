"""A handler behind a port, reached by a client in the server's own event loop or over a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pytest_cicache.engines import LoopThread
from pytest_cicache.http import HttpClient, HttpServer


@pytest.fixture
def other_loop() -> Iterator[LoopThread]:
    """A loop beside the test's own: what a server in it answers comes over a socket."""
    thread = LoopThread()
    yield thread
    thread.close()


@pytest.fixture(params=["direct", "socket"])
def served(request: pytest.FixtureRequest, other_loop: LoopThread) -> Callable[..., Any]:
    """Give a context that serves a handler while it lasts, with a client and the address."""

    async def begin(handler: Any) -> tuple[HttpServer, int]:
        server = HttpServer(handler)
        return server, server.listen()

    @asynccontextmanager
    async def serve(handler: Any) -> AsyncIterator[tuple[HttpClient, str]]:
        async def here(work: Any) -> Any:
            return await asyncio.to_thread(other_loop.run, work) if request.param == "socket" else await work

        server, port = await here(begin(handler))
        async with HttpClient() as client:
            yield client, f"http://127.0.0.1:{port}"
        await here(server.close())

    return serve
