"""Requests made of odd pieces, sent over sockets: each is answered, none by an error of the server's own."""

from __future__ import annotations

import base64
import random
import socket
from typing import Any

import pytest

D = f"sha256:{'a' * 64}"
METHODS = ("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "ODD", "get")
IMAGES = ("ghcr.io/acme/app", "localhost__5000/app", "quay.io/a/b", "ghcr.io/Acme/app", "ghcr.io/..")
ENDS = (
    *("manifests/main", f"manifests/{D}", "manifests/7/merge", f"blobs/{D}", "blobs/uploads/", "tags/list?n=-1"),
    *(f"blobs/uploads/abc?digest={D}", f"blobs/uploads/?mount={D}&from=x", f"referrers/{D}", "%00", "..", ""),
)
HEADERS = (
    *("Range: bytes=5-", "Range: bytes=x", "Content-Range: 0-5", "Expect: 100-continue", "Accept: */*"),
    *("Content-Type: application/vnd.oci.image.manifest.v1+json", "Connection: close", "Authorization: Basic !"),
)
BODIES = (
    ("Content-Length: 5", b"12345"),
    ("Content-Length: 40", b"DELETE /v2/ HTTP/1.1\r\nHost: x\r\n\r\n      "),
    ("Content-Length: -1", b""),
    ("Transfer-Encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n"),
    ("Transfer-Encoding: chunked", b"zz\r\n"),
)


def _request(chance: random.Random, simulation: str, token: str) -> bytes:
    if chance.random() < 0.05:
        return chance.randbytes(100) + b"\r\n\r\n"
    path = f"/v2/{simulation}/{chance.choice(IMAGES)}/{chance.choice(ENDS)}"
    lines = [f"{chance.choice(METHODS)} {path} HTTP/1.1", "Host: x"]
    if chance.random() < 0.7:
        lines.append(f"Authorization: Bearer {token}")
    lines += [header for header in HEADERS if chance.random() < 0.15]
    length, body = chance.choice(BODIES) if chance.random() < 0.4 else ("X: y", b"")
    return "\r\n".join([*lines, length, "", ""]).encode() + body


@pytest.mark.parametrize("seed", range(4))
def test_any_request_is_answered(simulation: Any, seed: int) -> None:
    """A status below 500, within seconds, whatever was sent before on the connection to the registry."""
    chance = random.Random(seed)
    token = base64.b64encode(simulation.issue().encode()).decode()
    for _ in range(150):
        request = _request(chance, simulation.name, token)
        with socket.create_connection(("127.0.0.1", simulation.gateway.port), 5) as client:
            client.sendall(request)
            answer = client.recv(65536)
        assert answer[:7] == b"HTTP/1.", request
        assert int(answer.split(b" ", 2)[1]) < 500, (request, answer)
