"""The embedded registry's limits: path tricks, oversized input, broken connections, its own life."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import socket
import struct
import threading
from pathlib import Path
from typing import Any

import pytest

from pytest_cicache.engines.registry import EmbeddedRegistry
from pytest_cicache.engines.registry._server import MANIFEST_LIMIT
from pytest_cicache.errors import EngineError, UsageError
from pytest_cicache.oci import OCI_MANIFEST, Digest

UNKNOWN = "sha256:" + "0" * 64


def artifact(client: Any, subject: str, kind: str, **more: Any) -> bytes:
    config = client.push_blob(b"{}")
    data = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": kind,
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": config, "size": 2},
        "layers": [],
        "subject": {"mediaType": OCI_MANIFEST, "digest": subject, "size": 1},
        **more,
    }
    return json.dumps(data).encode()


def raw(client: Any, request: bytes) -> bytes:
    """Send bytes as they are, and read until the server closes."""
    host, port = client.host.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/v2/../../etc/passwd/manifests/t", id="dots"),
        pytest.param("/v2/a/../b/manifests/t", id="dots inside"),
        pytest.param("/v2/a%2F..%2Fb/manifests/t", id="encoded slashes"),
        pytest.param("/v2/%2e%2e/b/manifests/t", id="encoded dots"),
        pytest.param("/v2/a/manifests/..", id="dots as a tag"),
        pytest.param("/v2/a/blobs/..%2F..%2Fetc%2Fpasswd", id="dots as a digest"),
        pytest.param("/v2/a/blobs/sha256:../../x", id="dots in a digest"),
        pytest.param("/v2/a/blobs/uploads/../../x", id="dots as an upload"),
        pytest.param("/v2/a/blobs/uploads/..%2Fjournal", id="a file as an upload"),
        pytest.param("/v2/a\\b/manifests/t", id="backslash"),
        pytest.param("/v2//manifests/t", id="no name"),
        pytest.param("/v2/" + "a" * 256 + "/manifests/t", id="long name"),
        pytest.param("/v2/" + "a/" * 3000 + "manifests/t", id="very long name"),
        pytest.param("/v2/a\x01b/tags/list", id="control character"),
        pytest.param("/v3/", id="another version"),
        pytest.param("/", id="root"),
        pytest.param("*", id="asterisk"),
    ],
)
def test_a_path_trick_finds_nothing(embedded: Any, path: str) -> None:
    """It is refused as a name or a page that does not exist, and the server goes on."""
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()

    status = int(raw(embedded, request).split(b" ", 2)[1])

    assert status in (400, 404)
    assert embedded.send("GET", "/v2/").status == 200


def test_no_name_becomes_a_path(registry_loop: Any, tmp_path: Path) -> None:
    """On disk there are digests, upload ids and the journal, whatever the names are."""

    async def push() -> None:
        async with EmbeddedRegistry(storage=tmp_path / "storage") as registry:
            await asyncio.to_thread(raw_push, registry.port)

    def raw_push(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            path = f"/v2/some/deep/name/blobs/uploads/?digest={Digest.of(b'x')}"
            connection.sendall(
                f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx".encode()
            )
            assert b" 201 " in connection.recv(65536)

    registry_loop.run(push())

    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    content = f"storage/content/sha256/{hashlib.sha256(b'x').hexdigest()}"
    assert files == {"storage/journal", "storage/lock", content}


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_manifest_over_the_limit_is_refused(embedded: Any, framing: str) -> None:
    """413, whether the length is known before or not."""
    body: Any = b" " * (MANIFEST_LIMIT + 1)
    path = f"/v2/{embedded.name}/manifests/t"
    if framing == "length":
        head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        status = int(raw(embedded, head.encode() + body).split(b" ", 2)[1])
    else:
        status = embedded.send("PUT", path, (body[i : i + 65536] for i in range(0, len(body), 65536))).status

    assert status == 413


def test_a_manifest_just_at_the_limit_is_taken(embedded: Any) -> None:
    """Four mebibytes are allowed."""
    content = artifact(embedded, UNKNOWN, "a/b")
    content += b" " * (MANIFEST_LIMIT - len(content))

    assert embedded.push_manifest(content, "t").status == 201
    assert embedded.send("GET", f"/v2/{embedded.name}/manifests/t").body == content


def test_huge_headers_are_refused(embedded: Any) -> None:
    """No request makes the server keep what it cannot use."""
    head = "GET /v2/ HTTP/1.1\r\nHost: x\r\nX: " + "x" * 100_000 + "\r\nConnection: close\r\n\r\n"

    assert b" 400 " in raw(embedded, head.encode()).split(b"\r\n")[0]


def test_a_client_that_asks_first_is_told_to_go_on(embedded: Any) -> None:
    """`Expect: 100-continue`, as curl sends it with a large body."""
    digest = Digest.of(b"x" * 10)
    path = f"/v2/{embedded.name}/blobs/uploads/?digest={digest}"
    host, port = embedded.host.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"x" * 10)
        assert connection.recv(65536).startswith(b"HTTP/1.1 201 ")


def test_a_push_that_breaks_off_leaves_nothing_to_read(embedded: Any) -> None:
    """The bytes that came are part of the upload, and no blob."""
    location = embedded.begin(embedded.name)
    digest = Digest.of(b"x" * 1000)
    host, port = embedded.host.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        head = f"PUT {location}?digest={digest} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
        connection.sendall(head.encode() + b"x" * 999)

    assert embedded.send("HEAD", f"/v2/{embedded.name}/blobs/{digest}").status == 404


def test_two_requests_cannot_write_one_upload(embedded: Any) -> None:
    """The second is refused, the first goes on."""
    location = embedded.begin(embedded.name)
    host, port = embedded.host.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        head = f"PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        assert b"100 Continue" in connection.recv(65536)

        second = embedded.send("PATCH", location, b"zz")
        connection.sendall(b"abcd")

        assert (second.status, second.code) == (400, "BLOB_UPLOAD_INVALID")
        assert b" 202 " in connection.recv(65536)
    assert embedded.send("GET", location).headers["Range"] == "0-3"


def test_many_clients_push_at_once(embedded: Any) -> None:
    """Each finds what it pushed."""
    client_class, failures = type(embedded), []

    def push(number: int) -> None:
        client = client_class(embedded.place)
        try:
            for step in range(5):
                digest = client.push_image(f"t{step}", text=f"{number}-{step}" * 1000)
                assert client.send("HEAD", f"/v2/{client.name}/manifests/{digest}").status == 200
        except Exception as error:
            failures.append(error)
        finally:
            client.close()

    threads = [threading.Thread(target=push, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


def test_forgetting_a_simulation_frees_its_content(registry_loop: Any) -> None:
    """Other simulations keep theirs, also what was shared."""

    async def scenario() -> tuple[int, int, int]:
        async with EmbeddedRegistry() as registry:
            assert registry._store is not None
            store = registry._store
            for name in ("one/ghcr.io/o/p", "two/ghcr.io/o/p", "onely/x"):
                for content in (b"shared", name.encode()):
                    upload = store.begin_upload(name)
                    upload.append(content)
                    store.finish_upload(name, upload, str(Digest.of(content)))
            store.begin_upload("one/ghcr.io/o/p")
            before = len(store.content._bytes)  # type: ignore[attr-defined]
            registry.forget("one")
            return before, len(store.content._bytes), len(store._uploads)  # type: ignore[attr-defined]

    assert registry_loop.run(scenario()) == (4, 3, 0)


def test_a_port_in_use_is_named(registry_loop: Any) -> None:
    """The message says which port and what to do."""

    async def scenario(port: int) -> None:
        await EmbeddedRegistry(port=port).start()

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EngineError, match=f"port {port} on 127.0.0.1 is in use: stop what listens there"):
            registry_loop.run(scenario(port))


@pytest.mark.parametrize("port", [-1, 65536])
def test_what_is_no_port_is_refused(port: int) -> None:
    """Before anything is started."""
    with pytest.raises(UsageError, match=f"{port} is no port: write a number from 0"):
        EmbeddedRegistry(port=port)


def test_an_address_that_cannot_be_used_says_why(registry_loop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the system says is passed on."""
    monkeypatch.setattr("pytest_cicache.engines.registry._embedded._HOST", "192.0.2.1")

    async def scenario() -> None:
        await EmbeddedRegistry().start()

    with pytest.raises(EngineError, match=r"cannot listen on 192\.0\.2\.1:0: .*choose another port"):
        registry_loop.run(scenario())


def test_closing_twice_is_fine_and_forgetting_after_is_too(registry_loop: Any) -> None:
    """Clean-up code need not keep count."""

    async def scenario() -> None:
        registry = EmbeddedRegistry()
        await registry.close()
        await registry.start()
        await registry.close()
        await registry.close()
        registry.forget("x")

    registry_loop.run(scenario())


def test_a_registry_started_again_is_empty(registry_loop: Any) -> None:
    """Memory ends with close; the port stays the same."""

    async def scenario() -> tuple[str, str]:
        registry = EmbeddedRegistry()
        await registry.start()
        first = registry.url
        await registry.close()
        await registry.start()
        second = registry.url
        await registry.close()
        return first, second

    first, second = registry_loop.run(scenario())
    assert first == second
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", first)


@pytest.mark.parametrize("reset", [pytest.param(False, id="closed"), pytest.param(True, id="reset")])
def test_a_client_that_goes_away_is_no_news(embedded: Any, reset: bool, caplog: pytest.LogCaptureFixture) -> None:
    """An interrupted build writes nothing into the test's log, and leaves no upload behind."""
    digest = embedded.push_blob(b"x" * 8_000_000)
    pull = f"GET /v2/{embedded.name}/blobs/{digest} HTTP/1.1\r\nHost: x\r\n\r\n"
    push = f"POST /v2/{embedded.name}/blobs/uploads/?digest={digest} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"
    host, port = embedded.host.split(":")
    for request in (pull, push, "GET /v2/ HT"):
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(request.encode())
            if request is pull:
                connection.recv(1000)

    assert embedded.send("GET", "/v2/").status == 200
    assert caplog.records == []


def test_content_that_vanished_is_a_storage_failure(registry_loop: Any, client_at: Any, tmp_path: Path) -> None:
    """Somebody deleted a file under the running registry: the answer is an error, not half a blob."""

    async def scenario() -> list[tuple[int, str]]:
        async with EmbeddedRegistry(storage=tmp_path) as registry:
            return await asyncio.to_thread(vanish, registry.url)

    def vanish(url: str) -> list[tuple[int, str]]:
        client = client_at(url)
        digests = [client.push_blob(b"small"), client.push_blob(b"large" * 1_000_000)]
        for path in (tmp_path / "content" / "sha256").iterdir():
            path.unlink()
        answers = [client.send("GET", f"/v2/{client.name}/blobs/{digest}") for digest in digests]
        client.close()
        return [(answer.status, answer.data["errors"][0]["message"]) for answer in answers]

    assert registry_loop.run(scenario()) == [(500, "the storage failed: No such file or directory")] * 2
