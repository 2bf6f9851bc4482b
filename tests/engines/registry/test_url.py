"""A registry that somebody else runs."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from aiohttp import web

from pytest_cicache.engines.registry import EmbeddedRegistry, UrlRegistry
from pytest_cicache.errors import EngineUnavailableError, UsageError


def probe(registry_loop: Any, status: int) -> str:
    """Ask a server that answers everything with one status; returns what the error says."""

    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(status=status)

    async def scenario() -> str:
        server = web.Server(answer)
        listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        try:
            await UrlRegistry(f"http://127.0.0.1:{port}").start()
        except EngineUnavailableError as error:
            return str(error)
        finally:
            listener.close()
            await server.shutdown()
        return ""

    text: str = registry_loop.run(scenario())
    return text


@pytest.mark.parametrize("ending", ["", "/", "/v2", "/v2/"])
def test_a_registry_that_answers_is_taken(registry_loop: Any, ending: str) -> None:
    """However its address is written."""

    async def scenario() -> tuple[str, str]:
        async with EmbeddedRegistry() as there, UrlRegistry(f"{there.url}{ending}") as registry:
            return registry.url, there.url

    found, expected = registry_loop.run(scenario())
    assert found == expected


@pytest.mark.parametrize(
    ("status", "message"),
    [
        pytest.param(401, r"answers with status 401: name one that asks for no login", id="login"),
        pytest.param(404, r"answers with status 404: name the base address of a registry", id="a web server"),
        pytest.param(200, "", id="a registry"),
    ],
)
def test_another_answer_is_an_error(registry_loop: Any, status: int, message: str) -> None:
    """The message says what is there, and what to name instead."""
    assert re.search(message, probe(registry_loop, status))


def test_nothing_at_the_address_is_an_error(registry_loop: Any) -> None:
    """The message names the address."""
    with pytest.raises(
        EngineUnavailableError, match=r"no registry answers at http://127\.0\.0\.1:9: .*; start it, or name"
    ):
        registry_loop.run(UrlRegistry("http://127.0.0.1:9").start())


@pytest.mark.parametrize("url", ["localhost:5000", "", "ftp://x"])
def test_what_is_no_address_is_refused(url: str) -> None:
    """The message says how one is written."""
    with pytest.raises(UsageError, match=f"{url!r} is no registry address: write it as http://HOST:PORT"):
        UrlRegistry(url)
