"""No request, however odd, is more than the registry can answer."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_cicache.engines.registry import EmbeddedRegistry

DIGEST = "sha256:" + "0" * 64
PARTS = st.sampled_from(
    [
        *("v2", "a", "b", "manifests", "blobs", "uploads", "tags", "list", "referrers", "_catalog", "", ".."),
        *("t", "%2e%2e", "%2F", "a%00b", DIGEST, DIGEST.replace(":", "%3A"), "sha512:00", "0a1b", "x" * 300, "é"),
    ]
)
QUERIES = st.sampled_from(
    [
        *("", "digest=", f"digest={DIGEST}", "digest=x&digest=y", "n=1", "n=99999999999999999999", "n=x", "last=%00"),
        *(f"mount={DIGEST}&from=a", "mount=x&from=..", "from=a", "tag=a&tag=.", "artifactType=%ff", "&&==", "n=%"),
    ]
)
HEADERS = st.dictionaries(
    st.sampled_from(["Range", "Content-Range", "Content-Type", "Accept", "Expect", "If-None-Match"]),
    st.sampled_from(["bytes=0-", "bytes=-", "0-0", "9-1", "x", "", "application/json", "*/*", ";", "\xff"]),
    max_size=3,
)
BODIES = st.sampled_from([b"", b"x", b"{}", b"[]", b"null", b'{"schemaVersion":2}', b"\xff" * 100])
METHODS = st.sampled_from(["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "FOO"])


@pytest.fixture(scope="module", params=["memory", "disk"])
def port(request: pytest.FixtureRequest, registry_loop: Any, tmp_path_factory: Any) -> Iterator[int]:
    storage: Path | None = tmp_path_factory.mktemp("any") if request.param == "disk" else None
    registry = EmbeddedRegistry(storage=storage)
    registry_loop.run(registry.start())
    yield registry.port
    registry_loop.run(registry.close())


@given(
    method=METHODS,
    parts=st.lists(PARTS, max_size=6),
    prefix=st.sampled_from(["/v2/", "/v2/a/", "/"]),
    query=QUERIES,
    headers=HEADERS,
    body=BODIES,
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_request_has_an_answer(
    port: int, method: str, parts: list[str], prefix: str, query: str, headers: dict[str, str], body: bytes
) -> None:
    """Never a failure of the server's own, and the base still answers."""
    target = (prefix + "/".join(parts) + (f"?{query}" if query else "")).encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.connect()
    assert connection.sock is not None
    lines = [f"{key}: {value}" for key, value in {**headers, "Content-Length": str(len(body))}.items()]
    head = method.encode() + b" " + target + b" HTTP/1.1\r\nHost: x\r\n" + "\r\n".join(lines).encode("latin-1")
    connection.sock.sendall(head + b"\r\nConnection: close\r\n\r\n" + body)
    answer = b"".join(iter(lambda: connection.sock.recv(65536), b""))
    connection.close()

    assert 200 <= int(answer.split(b" ", 2)[1]) < 500, answer
