"""The gateway over the bare registry: a 1 GiB layer pulled and pushed, small requests, memory.

    python benchmarks/gateway.py [--upstream URL] [--size MIB] [--requests N] [--rounds N]

Without `--upstream` it starts registry:2 on loopback (Docker needed) and removes it afterwards. The gateway
runs in a process of its own, whose peak memory is printed; every figure is a ratio within this one run.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent))

MIB = 1024 * 1024
NAME = "bench/ghcr.io/acme/app"
BUDGETS = {"pull": 0.95, "push": 0.7}


def serve(upstream: str) -> None:
    """Run a gateway until stdin closes; the first line printed tells where and how to log in."""
    from pytest_cicache.gateway import Gateway, Identity, RegistryState
    from pytest_cicache.permissions import AccessLevel

    async def main() -> None:
        async with Gateway(upstream) as gateway:
            state = RegistryState(seed="bench")
            gateway.open("bench", state)
            secret = state.issue(Identity(repository="acme/app", packages=AccessLevel.WRITE))
            print(json.dumps({"port": gateway.port, "secret": secret}), flush=True)
            await asyncio.to_thread(sys.stdin.read)

    asyncio.run(main())


@contextmanager
def registry() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["docker", "run", "-d", "--rm", "--label", "pytest-cicache=1", "--network", "host"]
    environment = ["-e", f"REGISTRY_HTTP_ADDR=127.0.0.1:{port}", "-e", "REGISTRY_LOG_LEVEL=error"]
    done = subprocess.run([*command, *environment, "registry:2"], capture_output=True, text=True, check=True)
    container = done.stdout.strip()
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        subprocess.run(["docker", "rm", "-f", container], capture_output=True, check=False)


@contextmanager
def gateway(upstream: str) -> Iterator[tuple[str, str, Callable[[], float]]]:
    """Give the gateway's address, a bearer token, and its peak memory in MiB."""
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve", upstream], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        told = json.loads(process.stdout.readline())
        host = f"127.0.0.1:{told['port']}"
        token = fetch_token(host, told["secret"])
        yield f"http://{host}", token, lambda: peak(process.pid)
    finally:
        process.stdin.close()
        process.wait(10)


def peak(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def fetch_token(host: str, secret: str) -> str:
    connection = http.client.HTTPConnection(host)
    form = f"grant_type=password&username=x&password={secret}&scope=repository:{NAME}:pull,push"
    connection.request("POST", "/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
    return str(json.loads(connection.getresponse().read())["token"])


def push(base: str, headers: dict[str, str], blob: Path, digest: str) -> float:
    """Upload a blob in one PUT, as BuildKit does; the time of the PUT in seconds."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc)
    connection.request("POST", f"/v2/{NAME}/blobs/uploads/", headers={**headers, "Content-Length": "0"})
    answer = connection.getresponse()
    answer.read()
    where = urlsplit(answer.headers["Location"])
    target = f"{where.path}?{where.query}&digest={digest}".replace("?&", "?")
    started = time.perf_counter()
    connection.putrequest("PUT", target)
    length = blob.stat().st_size
    sent = {**headers, "Content-Length": str(length), "Content-Type": "application/octet-stream"}
    for name, value in sent.items():
        connection.putheader(name, value)
    connection.endheaders()
    with blob.open("rb") as source:
        connection.sock.sendfile(source)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 201, answer.status
    return time.perf_counter() - started


def pull(base: str, headers: dict[str, str], path: str, size: int) -> float:
    """Read a blob, following one redirect; seconds."""
    started = time.perf_counter()
    answer = get(base, headers, path)
    if answer.status == 307:
        where = urlsplit(answer.headers["Location"])
        answer = get(f"http://{where.netloc}", {}, where.path)
    buffer = memoryview(bytearray(MIB))
    received = 0
    while count := answer.readinto(buffer):
        received += count
    assert received == size, received
    return time.perf_counter() - started


def get(base: str, headers: dict[str, str], path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(base).netloc)
    connection.request("GET", path, headers=headers)
    return connection.getresponse()


def small(base: str, headers: dict[str, str], count: int, digest: str) -> float:
    """Ask for the same blob's size over one connection, again and again; seconds."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc)
    started = time.perf_counter()
    for _ in range(count):
        connection.request("HEAD", f"/v2/{NAME}/blobs/{digest}", headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    return time.perf_counter() - started


def make_blob(folder: Path, mib: int) -> tuple[Path, str]:
    path, digest, piece = folder / "layer", hashlib.sha256(), os.urandom(MIB)
    with path.open("wb") as target:
        for index in range(mib):
            chunk = index.to_bytes(8, "big") + piece[8:]
            digest.update(chunk)
            target.write(chunk)
    return path, f"sha256:{digest.hexdigest()}"


def compare(name: str, rounds: int, bare: Callable[[], float], through: Callable[[], float]) -> None:
    pairs = []
    for index in range(rounds):
        # Whoever comes second may find caches warm, so they take turns.
        first, second = (bare, through) if index % 2 == 0 else (through, bare)
        times = {first: first(), second: second()}
        pairs.append((times[bare], times[through]))
    ratio = statistics.median(a / b for a, b in pairs)
    alone, behind = (statistics.median(column) for column in zip(*pairs, strict=True))
    budget = f", budget {BUDGETS[name]}" if name in BUDGETS else ""
    print(f"{name:6} bare {alone:.3f} s, gateway {behind:.3f} s, ratio {ratio:.2f}{budget}")


def measure(upstream: str, options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder, gateway(upstream) as (base, token, memory):
        headers = {"Authorization": f"Bearer {token}"}
        blob, digest = make_blob(Path(folder), options.size)
        path, size = f"/v2/{NAME}/blobs/{digest}", options.size * MIB
        print(f"layer of {options.size} MiB, {options.rounds} rounds; upstream {upstream}")
        push(upstream, {}, blob, digest)
        compare(
            "push",
            options.rounds,
            lambda: push(upstream, {}, blob, digest),
            lambda: push(base, headers, blob, digest),
        )
        compare(
            "pull",
            options.rounds,
            lambda: pull(upstream, {}, path, size),
            lambda: pull(base, headers, path, size),
        )
        count = options.requests
        compare(
            "small",
            options.rounds,
            lambda: small(upstream, {}, count, digest),
            lambda: small(base, headers, count, digest),
        )
        print(f"memory peak of the gateway {memory():.1f} MiB, budget 64")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--serve", metavar="URL", help=argparse.SUPPRESS)
    parser.add_argument("--upstream", metavar="URL", help="a registry that is running already")
    parser.add_argument("--size", type=int, default=1024, metavar="MIB")
    parser.add_argument("--requests", type=int, default=2000, metavar="N", help="small requests a round")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
    elif options.upstream:
        measure(options.upstream, options)
    else:
        with registry() as upstream:
            measure(upstream, options)


if __name__ == "__main__":
    main()
