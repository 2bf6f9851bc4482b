"""The registry alone, as a process of its own: signals, kills, memory."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_cicache.oci import Digest

PROGRAM = """
import pathlib, sys
from pytest_cicache.engines.registry import serve_registry
from pytest_cicache.errors import CicacheError
try:
    serve_registry(int(sys.argv[1]), pathlib.Path(sys.argv[2]) if sys.argv[2] else None)
except CicacheError as error:
    sys.exit(f"cicache: {error}")
"""
ROOT = Path(__file__).parents[3]
Server = tuple["subprocess.Popen[str]", int]


@pytest.fixture
def serve() -> Iterator[Callable[[Path | None], Server]]:
    """Starts a registry process and gives it with its port."""
    processes = []

    def start(storage: Path | None) -> Server:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "0", str(storage or "")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        processes.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(r"registry at http://127\.0\.0\.1:(\d+) \(stop it with Ctrl-C\)\n", line)
        assert found, line + process.communicate()[1]
        return process, int(found[1])

    yield start
    for process in processes:
        process.terminate()
        process.communicate(timeout=20)


def ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body=body)
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("connected", [pytest.param(False, id="idle"), pytest.param(True, id="connected")])
def test_a_signal_ends_it_cleanly(
    serve: Callable[[Path | None], Server], number: signal.Signals, connected: bool
) -> None:
    """Status 0 and nothing on stderr, also with a client still connected."""
    process, port = serve(None)
    client = socket.create_connection(("127.0.0.1", port)) if connected else None

    process.send_signal(number)

    output, errors = process.communicate(timeout=10)
    assert (process.returncode, output, errors) == (0, "", "")
    if client is not None:
        client.close()


def test_a_port_in_use_ends_it_with_one_line() -> None:
    """The line names the port and says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(port), ""],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=30,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr == (
        f"cicache: port {port} on 127.0.0.1 is in use: stop what listens there, or choose another (0 for any)\n"
    )


def test_content_on_disk_survives_a_kill_and_half_a_blob_does_not(
    serve: Callable[[Path | None], Server], tmp_path: Path
) -> None:
    """Killed in the middle of a push; the next start finds what was complete, and sweeps the rest."""
    process, port = serve(tmp_path)
    whole, half = Digest.of(b"whole"), Digest.of(b"h" * 1_000_000)
    assert ask(port, "POST", f"/v2/o/p/blobs/uploads/?digest={whole}", b"whole")[0] == 201
    with socket.create_connection(("127.0.0.1", port)) as connection:
        head = f"POST /v2/o/p/blobs/uploads/?digest={half} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
        connection.sendall(head.encode() + b"h" * 999_999)
        while not any((tmp_path / "uploads").iterdir()):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()

    again, port = serve(tmp_path)

    assert ask(port, "GET", f"/v2/o/p/blobs/{whole}") == (200, b"whole")
    assert ask(port, "GET", f"/v2/o/p/blobs/{half}")[0] == 404
    assert list((tmp_path / "uploads").iterdir()) == []
    assert again.poll() is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_large_blob_passes_in_constant_memory(serve: Callable[[Path | None], Server], tmp_path: Path) -> None:
    """On disk, neither push nor pull holds the blob: 192 MiB cost less than 32."""
    size, piece = 192, b"\0" * (1 << 20)
    hasher = hashlib.sha256()
    for _ in range(size):
        hasher.update(piece)
    digest = f"sha256:{hasher.hexdigest()}"
    process, port = serve(tmp_path)
    before = peak(process.pid)

    with socket.create_connection(("127.0.0.1", port)) as connection:
        head = f"POST /v2/a/b/blobs/uploads/?digest={digest} HTTP/1.1\r\nHost: x\r\nContent-Length: {size << 20}\r\n"
        connection.sendall(head.encode() + b"\r\n")
        for _ in range(size):
            connection.sendall(piece)
        assert b" 201 " in connection.recv(65536)
        connection.sendall(f"GET /v2/a/b/blobs/{digest} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        received, buffer = 0, bytearray(1 << 20)
        while received < size << 20:
            received += connection.recv_into(buffer)

    assert peak(process.pid) - before < 32 * 1024


def peak(pid: int) -> int:
    """The most memory a process ever held, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit")
def test_a_full_disk_is_an_answer_and_the_next_push_works(
    serve: Callable[[Path | None], Server], tmp_path: Path
) -> None:
    """The upload is dropped: bytes that did not reach the disk never become a blob."""
    process, port = serve(tmp_path)
    limit = 1 << 20
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
    large, small = b"x" * (3 * limit), b"small"

    status, body = ask(port, "POST", f"/v2/o/p/blobs/uploads/?digest={Digest.of(large)}", large)

    assert (status, json.loads(body)["errors"][0]["message"]) == (500, "the storage failed: File too large")
    assert ask(port, "GET", f"/v2/o/p/blobs/{Digest.of(large)}")[0] == 404
    assert list((tmp_path / "uploads").iterdir()) == []
    assert ask(port, "POST", f"/v2/o/p/blobs/uploads/?digest={Digest.of(small)}", small)[0] == 201
