"""The embedded registry over registry:2, for the requests of one cache export and import; start to first answer.

    python benchmarks/registry.py [--rounds N] [--layers N] [--size KIB]

Needs Docker for the comparison; without it only the embedded figures are printed. Each registry runs outside
this process, rounds alternate between them, and every figure is a ratio or a median within this one run.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent))

START_BUDGET = 0.1
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
SERVE = """
import sys
sys.path.insert(0, sys.argv[1])
import pathlib
from pytest_cicache.engines.registry import serve_registry
serve_registry(0, pathlib.Path(sys.argv[2]) if sys.argv[2] else None)
"""


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Cache:
    """One build cache: its layers, config and manifest, and the requests BuildKit makes for it."""

    def __init__(self, layers: int, size: int) -> None:
        self.layers = [os.urandom(size) for _ in range(layers)]
        self.config = json.dumps({"layers": [digest(layer) for layer in self.layers], "records": []}).encode()
        described = [
            {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest(x), "size": len(x)}
            for x in self.layers
        ]
        config = {
            "mediaType": "application/vnd.buildkit.cacheconfig.v0",
            "digest": digest(self.config),
            "size": len(self.config),
        }
        data = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": described}
        self.manifest = json.dumps(data).encode()

    def export(self, connection: http.client.HTTPConnection, name: str) -> None:
        for blob in (*self.layers, self.config):
            ask(connection, "HEAD", f"/v2/{name}/blobs/{digest(blob)}", expect=404)
            headers = ask(connection, "POST", f"/v2/{name}/blobs/uploads/", expect=202)[0]
            target = urlsplit(headers["Location"])
            query = "&".join(filter(None, (target.query, f"digest={digest(blob)}")))
            ask(connection, "PUT", f"{target.path}?{query}", blob, expect=201)
        ask(connection, "HEAD", f"/v2/{name}/manifests/main", expect=404)
        ask(connection, "PUT", f"/v2/{name}/manifests/main", self.manifest, expect=201)

    def load(self, connection: http.client.HTTPConnection, name: str) -> None:
        ask(connection, "HEAD", f"/v2/{name}/manifests/main", expect=200)
        ask(connection, "GET", f"/v2/{name}/manifests/{digest(self.manifest)}", expect=200)
        for blob in (self.config, *self.layers):
            body = ask(connection, "GET", f"/v2/{name}/blobs/{digest(blob)}", expect=200)[1]
            assert len(body) == len(blob)


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes = b"", *, expect: int
) -> tuple[http.client.HTTPMessage, bytes]:
    headers = {"Accept": f"{MANIFEST}, */*", "Content-Type": MANIFEST}
    connection.request(method, path, body=body, headers=headers)
    reply = connection.getresponse()
    content = reply.read()
    assert reply.status == expect, (method, path, reply.status, content[:200])
    return reply.headers, content


@contextmanager
def embedded(storage: str) -> Iterator[int]:
    root = str(Path(__file__).parent.parent)
    command = [sys.executable, "-c", SERVE, root, storage]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline().split()[2].rpartition(":")[2])
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def container() -> Iterator[int]:
    from pytest_cicache.engines.registry import ContainerRegistry

    registry = ContainerRegistry(session_id=f"bench-{os.getpid()}")
    asyncio.run(registry.start())
    try:
        yield registry.port
    finally:
        asyncio.run(registry.close())


async def _first_answer() -> float:
    from pytest_cicache.engines.registry import EmbeddedRegistry

    start = time.perf_counter()
    async with EmbeddedRegistry() as registry:
        reader, writer = await asyncio.open_connection("127.0.0.1", registry.port)
        writer.write(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        took = time.perf_counter() - start
        writer.close()
    return took


def first_answer_of_container() -> float:
    start = time.perf_counter()
    with container() as port:
        ask(http.client.HTTPConnection("127.0.0.1", port), "GET", "/v2/", expect=200)
        return time.perf_counter() - start


def measure(ports: dict[str, int], cache: Cache, rounds: int) -> dict[str, tuple[float, float]]:
    """Give the median seconds of an export and an import at each registry, rounds alternating."""
    times: dict[str, list[tuple[float, float]]] = {kind: [] for kind in ports}
    connections = {kind: http.client.HTTPConnection("127.0.0.1", port) for kind, port in ports.items()}
    for number in range(rounds + 1):
        for kind, connection in connections.items():
            name, start = f"bench{number}/ghcr.io/acme/app", time.perf_counter()
            cache.export(connection, name)
            middle = time.perf_counter()
            cache.load(connection, name)
            times[kind].append((middle - start, time.perf_counter() - middle))
    # The first round warms every part up.
    return {
        kind: (statistics.median(x for x, _ in taken[1:]), statistics.median(y for _, y in taken[1:]))
        for kind, taken in times.items()
    }


def report(medians: dict[str, tuple[float, float]]) -> bool:
    ok = True
    for kind, (export, load) in medians.items():
        line = f"{kind:18} export {export * 1000:7.1f} ms   import {load * 1000:7.1f} ms"
        if "registry:2" in medians and kind != "registry:2":
            base_export, base_load = medians["registry:2"]
            line += f"   over registry:2: {export / base_export:.2f}, {load / base_load:.2f}"
            ok = ok and (kind != "embedded, memory" or max(export / base_export, load / base_load) <= 1)
        print(line)
    return ok


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--size", type=int, default=64, metavar="KIB")
    options = parser.parse_args()
    from pytest_cicache.errors import EngineUnavailableError

    first = statistics.median(asyncio.run(_first_answer()) for _ in range(5))
    print(f"{'embedded':18} start to first answer {first * 1000:7.1f} ms   budget {START_BUDGET * 1000:.0f} ms")
    with ExitStack() as stack:
        storage = stack.enter_context(tempfile.TemporaryDirectory())
        ports = {
            "embedded, memory": stack.enter_context(embedded("")),
            "embedded, disk": stack.enter_context(embedded(storage)),
        }
        try:
            print(f"{'registry:2':18} start to first answer {first_answer_of_container() * 1000:7.1f} ms")
            ports = {"registry:2": stack.enter_context(container()), **ports}
        except EngineUnavailableError as error:
            print(f"no comparison: {error}")
        medians = measure(ports, Cache(options.layers, options.size * 1024), options.rounds)
    return 0 if report(medians) and first < START_BUDGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
