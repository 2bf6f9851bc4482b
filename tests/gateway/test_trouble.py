"""Faults that a test asks for, and a registry that is gone, slow or breaks: what a client sees."""

from __future__ import annotations

import asyncio
import http.client
import socket
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from pytest_cicache.gateway import Gateway
from pytest_cicache.observation import Purpose

MIB = 1024 * 1024
Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def start_upload(simulation: Any, headers: dict[str, str]) -> str:
    answer = simulation.send("POST", simulation.path("blobs/uploads/"), headers=headers)
    assert answer.status == 202
    return str(answer.headers["Location"])


# -- faults


def test_a_status_is_given_instead_of_the_registrys(simulation: Any) -> None:
    """The second upload is refused with the headers asked for, the others go through."""
    simulation.state.faults.on_blob_upload(
        nth=2, status=503, body=b"busy", headers={"Retry-After": "1", "X-Gone": None}
    )
    headers = simulation.bearer(simulation.issue())
    simulation.push_blob(b"one", headers)
    answer = simulation.send("PUT", start_upload(simulation, headers), b"two", headers)
    simulation.push_blob(b"three", headers)

    assert (answer.status, answer.body, answer.headers["Retry-After"]) == (503, b"busy", "1")
    faults = [record.fault for record in simulation.records() if record.method == "PUT"]
    assert faults == [
        None,
        "status 503+headers",
        None,
    ]


def test_faults_strike_only_what_is_allowed(simulation: Any) -> None:
    """A challenge or a denial is not counted: it never reaches the registry."""
    simulation.package()
    simulation.state.faults.on_manifest_pull(nth=1, status=500)
    assert simulation.send("GET", simulation.path("manifests/m")).status == 401

    headers = simulation.bearer(None, "pull")
    statuses = [simulation.send("GET", simulation.path("manifests/m"), headers=headers).status for _ in range(2)]
    assert statuses == [500, 404]


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_reset_cuts_the_connection(simulation: Any, method: str) -> None:
    """The client sees a reset; the record has no status."""
    simulation.state.faults.on_blob_upload(reset=True)
    simulation.state.faults.on_blob_pull(reset=True)
    headers = simulation.bearer(simulation.issue())
    path = start_upload(simulation, headers) if method == "PUT" else simulation.path(f"blobs/sha256:{'a' * 64}")

    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected), match=r"reset|closed"):
        simulation.send(method, path, b"x" * 100_000 if method == "PUT" else None, headers)
    record = simulation.records(3 if method == "PUT" else 2)[-1]
    assert (record.status, record.fault) == (0, "reset")


@pytest.mark.parametrize(
    ("reset", "error"),
    [
        pytest.param(False, http.client.IncompleteRead, id="ended"),
        pytest.param(True, (ConnectionResetError, http.client.IncompleteRead), id="reset"),
    ],
)
def test_a_truncated_blob(simulation: Any, reset: bool, error: Any) -> None:
    """Half of the bytes come, through the gateway, and then the end or a reset."""
    headers = simulation.bearer(simulation.issue())
    digest = simulation.push_blob(b"x" * 1000, headers)
    simulation.state.faults.on_blob_pull(truncate=True, reset=reset)

    with pytest.raises(error, match=r"500|reset"):
        simulation.send("GET", simulation.path(f"blobs/{digest}"), headers=headers)
    assert simulation.records(4)[-1].received == 500


def test_a_corrupt_blob(simulation: Any) -> None:
    """As many bytes, other ones."""
    headers = simulation.bearer(simulation.issue())
    digest = simulation.push_blob(b"\x00\xff", headers)
    simulation.state.faults.on_blob_pull(corrupt=True)
    answer = simulation.send("GET", simulation.path(f"blobs/{digest}"), headers=headers)

    assert (answer.status, answer.body) == (200, b"\xff\x00")


def test_a_wrong_digest_is_told_to_a_pusher(simulation: Any) -> None:
    """For what is sent up, corrupt means that the answer names another digest."""
    headers = simulation.bearer(simulation.issue())
    simulation.state.faults.on_manifest_push(corrupt=True)
    answer = simulation.push_manifest("main", headers)

    assert (answer.status, answer.headers["Docker-Content-Digest"]) == (201, f"sha256:{'0' * 64}")


def test_headers_are_changed_and_removed(simulation: Any) -> None:
    """A text replaces, `None` removes, also the type and length of a HEAD."""
    headers = simulation.bearer(simulation.issue())
    simulation.push_manifest("main", headers)
    changes = {"Docker-Content-Digest": "sha256:x", "Content-Type": None, "Content-Length": None}
    simulation.state.faults.on_manifest_pull(headers=changes)
    answer = simulation.send("HEAD", simulation.path("manifests/main"), headers=headers)

    assert [answer.headers[name] for name in changes] == ["sha256:x", None, None]


def test_the_registrys_status_is_changed(simulation: Any) -> None:
    """The registry did store it; the client is told otherwise."""
    headers = simulation.bearer(simulation.issue())
    simulation.state.faults.on_manifest_push(answer_status=204)

    assert simulation.push_manifest("main", headers).status == 204
    assert simulation.send("HEAD", simulation.path("manifests/main"), headers=headers).status == 200


def test_a_delay_is_only_a_delay(simulation: Any) -> None:
    """The answer is late and otherwise the same."""
    headers = simulation.bearer(simulation.issue())
    simulation.state.faults.on_manifest_pull(delay=0.2)
    started = time.monotonic()
    answer = simulation.send("GET", simulation.path("manifests/m"), headers=headers)

    assert (answer.status, time.monotonic() - started >= 0.2) == (404, True)


def test_a_token_expires(simulation: Any) -> None:
    """The bearer token is worthless from then on; a new one is good."""
    simulation.state.faults.on_blob_upload(method="POST", nth=1, expire=True)
    secret = simulation.issue()
    headers = simulation.bearer(secret)
    path = simulation.path("blobs/uploads/")

    answers = [simulation.send("POST", path, headers=headers) for _ in range(2)]
    assert [answer.status for answer in answers] == [401, 401]
    assert 'error="invalid_token"' in answers[0].headers["WWW-Authenticate"]
    assert simulation.send("POST", path, headers=simulation.bearer(secret)).status == 202


def test_an_open_registry_has_no_token_to_expire(simulation: Any) -> None:
    """Where no token is asked for the request goes through."""
    simulation.state.faults.on_blob_upload(method="POST", expire=True)

    assert simulation.send("POST", simulation.path("blobs/uploads/", "localhost__5000/app")).status == 202


def test_the_token_endpoint_can_fail(simulation: Any) -> None:
    """A status, a token that is worthless from the start, a cut."""
    simulation.package()
    scope = f"repository:{simulation.name}/ghcr.io/acme/app:pull"
    simulation.state.faults.on_token(nth=1, status=500)
    simulation.state.faults.on_token(nth=2, expire=True, delay=0.01)
    simulation.state.faults.on_token(nth=3, reset=True)

    assert simulation.ask_token(None, scope).status == 500
    headers = simulation.bearer(None, "pull")
    assert simulation.send("GET", simulation.path("manifests/m"), headers=headers).status == 401
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected), match=r"reset|closed"):
        simulation.ask_token(None, scope)
    assert simulation.records(4)[0].purpose == Purpose.TOKEN


# -- a registry in trouble


@pytest.fixture
def behind(background: Any, numbers: Iterator[int], simulation_type: Any) -> Iterator[Callable[..., Any]]:
    """Put a gateway with one second of patience in front of a server that behaves as told."""
    opened: list[Any] = []

    def put(behaviour: Behaviour | None, **options: Any) -> Any:
        async def start() -> Gateway:
            server = await asyncio.start_server(_serve(behaviour or _nothing), "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            if behaviour is None:
                server.close()
            gateway = Gateway(f"http://127.0.0.1:{port}", **{"patience": 0.3, **options})
            await gateway.start()
            opened.extend([server, gateway])
            return gateway

        made = simulation_type(background.run(start()), f"sim{next(numbers)}")
        made.package()
        return made

    yield put
    for one in reversed(opened):
        background.run(_close(one))


async def _nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _close(one: Any) -> None:
    closed = one.close()
    if closed is not None:
        await closed


def _serve(behaviour: Behaviour) -> Behaviour:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await behaviour(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    return serve


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3)


async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 500_000)
    await writer.drain()


async def stalled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 500_000)
    await asyncio.sleep(3)


async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"I am no HTTP server\r\n\r\n")


async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    return


async def unsized(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello")


async def refusing_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()
    await reader.read(100)


async def slow_taker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take 32 MiB, slower than they can be sent, and keep none."""
    left = 32 * MIB
    while left > 0:
        left -= len(await reader.read(MIB))
        await asyncio.sleep(0.001)
    writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")


async def fast_giver(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (32 * MIB))
    piece = bytes(MIB)
    for _ in range(32):
        writer.write(piece)
        await writer.drain()


def test_a_layer_passes_in_constant_memory(behind: Callable[..., Any]) -> None:
    """Up to a registry that takes slowly, and down to a client that does: neither is collected here."""
    up, down = behind(slow_taker, patience=10), behind(fast_giver, patience=10, redirects=False)
    headers, reader = up.bearer(up.issue()), down.bearer(None, "pull")
    piece = bytes(MIB)
    tracemalloc.start()
    try:
        sent = {**headers, "Content-Length": str(32 * MIB)}
        assert up.send("PUT", up.path("blobs/uploads/1"), (piece for _ in range(32)), sent).status == 201
        connection = http.client.HTTPConnection("127.0.0.1", down.gateway.port, timeout=10)
        connection.request("GET", down.path(f"blobs/sha256:{'a' * 64}"), headers=reader)
        answer = connection.getresponse()
        received = 0
        while chunk := answer.read(MIB):
            received += len(chunk)
            time.sleep(0.001)
        connection.close()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert received == 32 * MIB
    assert peak < 12 * MIB


@pytest.mark.parametrize(
    ("behaviour", "status", "message"),
    [
        pytest.param(None, 502, "the registry does not answer: Cannot connect to host", id="gone"),
        pytest.param(silent, 504, "the registry was silent for 0.3 s", id="silent"),
        pytest.param(nonsense, 502, "the registry does not answer: ", id="nonsense"),
        pytest.param(closing, 502, "the registry does not answer: Server disconnected", id="closing"),
    ],
)
def test_a_registry_that_gives_no_answer(
    behind: Callable[..., Any], behaviour: Behaviour | None, status: int, message: str
) -> None:
    """The client gets a status and a body in the registry's form, soon."""
    simulation = behind(behaviour)
    answer = simulation.send("GET", simulation.path("manifests/m"), headers=simulation.bearer(None, "pull"))

    assert answer.error[:2] == (status, "UNAVAILABLE")
    assert answer.error[2].startswith(message)
    assert simulation.records()[-1].status == status


@pytest.mark.parametrize("behaviour", [broken, stalled])
def test_a_registry_that_breaks_in_the_middle(behind: Callable[..., Any], behaviour: Behaviour) -> None:
    """What came is passed on, and the connection then cut: never a body that looks complete."""
    simulation = behind(behaviour, redirects=False)
    headers = simulation.bearer(None, "pull")

    with pytest.raises((http.client.IncompleteRead, ConnectionResetError), match=r"read|reset"):
        simulation.send("GET", simulation.path(f"blobs/sha256:{'a' * 64}"), headers=headers)
    assert simulation.records(2)[-1].status == 0


def test_a_body_without_a_length(behind: Callable[..., Any]) -> None:
    """Passed on in chunks."""
    simulation = behind(unsized, redirects=False)
    headers = simulation.bearer(None, "pull")
    answer = simulation.send("GET", simulation.path(f"blobs/sha256:{'a' * 64}"), headers=headers)

    assert (answer.body, simulation.records()[-1].received) == (b"hello", 5)


def test_a_registry_that_refuses_before_the_body_is_sent(behind: Callable[..., Any]) -> None:
    """The early answer arrives, whatever was still to be sent."""
    simulation = behind(refusing_early)
    headers = simulation.bearer(simulation.issue())
    path = simulation.path("blobs/uploads/1")

    assert simulation.send("PUT", path, b"x" * 100_000, headers).status in (413, 502)


def test_a_client_that_falls_silent(behind: Callable[..., Any]) -> None:
    """A body that does not come is not waited for without end."""
    there = behind(silent)
    headers = there.bearer(there.issue())
    head = f"PUT {there.path('blobs/uploads/1')} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", there.gateway.port), 5) as client:
        client.sendall(f"{head}\r\nabc".encode())
        answer = client.recv(65536)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert there.records(2)[-1].sent == 3


def test_a_client_that_leaves(simulation: Any) -> None:
    """An upload that is broken off is recorded without a status, and stores nothing."""
    headers = simulation.bearer(simulation.issue())
    location = start_upload(simulation, headers)
    location += f"{'&' if '?' in location else '?'}digest=sha256:{'a' * 64}"
    head = f"PUT {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", simulation.gateway.port), 5) as client:
        client.sendall(f"{head}\r\nabc".encode())
        time.sleep(0.05)

    record = simulation.records(3)[-1]
    assert (record.method, record.status) == ("PUT", 0)


def test_a_silent_token_request(behind: Callable[..., Any]) -> None:
    """A form that does not come is not waited for."""
    there = behind(silent)
    with socket.create_connection(("127.0.0.1", there.gateway.port), 5) as client:
        client.sendall(b"POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        answer = client.recv(65536)

    assert answer.startswith(b"HTTP/1.1 408 ")
