"""An exchange is the same whether a socket carries it or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_cicache.http import CutError, Headers, HttpClient, HttpRequest, HttpResponse, HttpServer, NoAnswerError

BIG = bytes(range(256)) * 8192


async def echo(request: HttpRequest) -> HttpResponse:
    """Tell what came in."""
    body = b"".join([piece async for piece in request.pieces()])
    told = f"{request.method} {request.target} {request.headers.get('x-one')} {request.has_body} ".encode()
    return HttpResponse(status=200, headers=Headers({"X-Two": "2"}), body=told + body)


async def ask(client: HttpClient, method: str, url: str, **options: Any) -> tuple[int, Headers, bytes]:
    async with client.open(method, url, **options) as answer:
        return answer.status, answer.headers, await answer.read()


async def pieces() -> AsyncIterator[bytes]:
    for piece in (b"one ", b"two ", b"three"):
        yield piece


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        pytest.param("GET", None, b"GET /a%2Fb?c=%20 1 False ", id="no body"),
        pytest.param("PUT", b"whole", b"PUT /a%2Fb?c=%20 1 True whole", id="whole"),
        pytest.param("PUT", pieces, b"PUT /a%2Fb?c=%20 1 True one two three", id="in pieces"),
        pytest.param("POST", BIG, b"POST /a%2Fb?c=%20 1 True " + BIG, id="big"),
        pytest.param("HEAD", None, b"", id="head"),
    ],
)
def test_a_request_arrives_as_it_was_sent(served: Callable[..., Any], method: str, body: Any, expected: bytes) -> None:
    """Method, target, headers and body, and the answer back; of a HEAD's only the size."""

    async def work() -> None:
        async with served(echo) as (client, url):
            sent = body() if callable(body) else body
            status, headers, found = await ask(
                client, method, f"{url}/a%2Fb?c=%20", headers=[("X-One", "1")], body=sent
            )

            assert (status, headers["x-two"], found) == (200, "2", expected)
            size = len(b"HEAD /a%2Fb?c=%20 1 False ") if method == "HEAD" else len(expected)
            assert headers["Content-Length"] == str(size)

    asyncio.run(work())


def test_an_answer_streams(served: Callable[..., Any], tmp_path: Path) -> None:
    """Pieces and parts of a file arrive in their order, however many."""
    file = tmp_path / "file"
    file.write_bytes(b"-" * 10 + BIG + b"-")

    async def stream(request: HttpRequest) -> None:
        await request.begin(206, Headers({"Content-Length": str(20 + len(BIG))}))
        for number in range(20):
            await request.write(f"{number % 10}".encode())
        await request.write_file(file, 10, 10 + len(BIG))

    async def work() -> None:
        async with served(stream) as (client, url):
            status, _, body = await ask(client, "GET", url)

            assert (status, body) == (206, b"01234567890123456789" + BIG)

    asyncio.run(work())


@pytest.mark.parametrize("orderly", [True, False])
@pytest.mark.parametrize("begins", [True, False])
def test_a_cut_answer_is_no_answer(served: Callable[..., Any], begins: bool, orderly: bool) -> None:
    """The client learns that it has not got all, before the head or in the body."""

    async def cut(request: HttpRequest) -> None:
        if begins:
            await request.begin(200, Headers({"Content-Length": "10"}))
            await request.write(b"half")
        raise CutError(orderly=orderly)

    async def work() -> None:
        async with served(cut) as (client, url):
            with pytest.raises(NoAnswerError):
                await ask(client, "GET", url)

    asyncio.run(work())


def test_a_body_that_fails_reaches_the_handler(served: Callable[..., Any]) -> None:
    """Who serves learns that the client has left, and the client that it got no answer."""
    seen: list[Exception] = []

    async def take(request: HttpRequest) -> HttpResponse:
        try:
            return await echo(request)
        except ConnectionError as error:
            seen.append(error)
            raise

    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise OSError("no more")

    async def work() -> None:
        async with served(take) as (client, url):
            with pytest.raises(NoAnswerError):
                await ask(client, "PUT", url, body=broken())
            while not seen:
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(work(), 10))


def test_a_server_goes_on_when_the_client_gives_up(served: Callable[..., Any]) -> None:
    """What was sent whole is done."""
    done = asyncio.Event()

    async def slow(request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0.2)
        done.set()
        return HttpResponse(status=200)

    async def work() -> None:
        async with served(slow) as (client, url):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(ask(client, "PUT", url, body=b"whole"), 0.1)
            while not done.is_set():
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(work(), 10))


def test_a_reader_that_leaves_ends_the_stream(served: Callable[..., Any]) -> None:
    """A handler does not write for ever to nobody."""
    ended = asyncio.Event()

    async def endless(request: HttpRequest) -> None:
        await request.begin(200, Headers())
        try:
            while True:
                await request.write(BIG)
        finally:
            ended.set()

    async def work() -> None:
        async with served(endless) as (client, url):
            async with client.open("GET", url) as answer:
                assert await anext(answer.chunks)
            while not ended.is_set():
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(work(), 10))


def test_nobody_there_is_no_answer() -> None:
    """A port that was closed refuses."""

    async def work() -> None:
        server = HttpServer(echo)
        port = server.listen()
        await server.close()
        async with HttpClient() as client:
            with pytest.raises(NoAnswerError, match="Cannot connect to host"):
                await ask(client, "GET", f"http://127.0.0.1:{port}/")

    asyncio.run(work())


def test_each_port_is_told(served: Callable[..., Any]) -> None:
    """A handler behind several ports learns at which one a request came in."""

    async def tell(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=200, body=str(request.port).encode())

    async def work() -> None:
        async with served(tell) as (client, url):
            assert (await ask(client, "GET", url))[2] == url.rpartition(":")[2].encode()

    asyncio.run(work())
