"""A small registry client, and one base URL per kind of registry for the contract tests.

Another registry joins the contract by one more entry in `REGISTRIES`: a name, its marks, and an
asynchronous context manager that yields a `Place`.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import secrets
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pytest_cicache.engines.registry import ContainerRegistry, EmbeddedRegistry
from pytest_cicache.oci import MANIFEST_TYPES, OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST, Digest


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a registry is: its base URL, headers every request needs, and a prefix for image names."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    prefix: str = "contract"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A reply: its status, headers and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of the first error."""
        code: str = self.data["errors"][0]["code"]
        return code


class Client:
    """Talks to one registry over one connection at a time."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.name = f"{place.prefix}/{secrets.token_hex(4)}/app"
        self.other = f"{place.prefix}/{secrets.token_hex(4)}/other"
        self.host = urlsplit(place.url).netloc
        self._connection = http.client.HTTPConnection(self.host, timeout=20)

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        target = urlsplit(path)
        query = f"?{target.query}" if target.query else ""
        # distribution 2.8 hides an OCI manifest from a client that does not name its type.
        all_headers = {"Accept": ", ".join(sorted(MANIFEST_TYPES)), **self.place.headers, **(headers or {})}
        try:
            self._connection.request(method, target.path + query, body=body, headers=all_headers)
            reply = self._connection.getresponse()
            return Answer(status=reply.status, headers=reply.headers, body=reply.read())
        except (http.client.HTTPException, OSError):
            self._connection.close()
            raise

    def begin(self, name: str) -> str:
        answer = self.send("POST", f"/v2/{name}/blobs/uploads/")
        assert answer.status == 202, answer
        return answer.headers["Location"]

    def push_blob(self, content: bytes, name: str | None = None) -> str:
        digest = str(Digest.of(content))
        location = self.begin(name or self.name)
        answer = self.send("PUT", with_query(location, f"digest={digest}"), content)
        assert answer.status == 201, answer
        return digest

    def push_manifest(
        self, content: bytes, reference: str, *, media_type: str = OCI_MANIFEST, name: str | None = None
    ) -> Answer:
        path = f"/v2/{name or self.name}/manifests/{reference}"
        return self.send("PUT", path, content, {"Content-Type": media_type})

    def push_image(self, *tags: str, text: str = "layer", name: str | None = None) -> str:
        """Push an image with one layer under each tag; returns its digest."""
        content = image_manifest(self.push_blob(b"{}", name), self.push_blob(text.encode(), name), len(text))
        for tag in tags or (str(Digest.of(content)),):
            answer = self.push_manifest(content, tag, name=name)
            assert answer.status == 201, answer
        return str(Digest.of(content))

    def close(self) -> None:
        self._connection.close()


def with_query(location: str, query: str) -> str:
    return f"{location}{'&' if '?' in location else '?'}{query}"


def image_manifest(config: str, layer: str, layer_size: int, **more: Any) -> bytes:
    data = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": OCI_CONFIG, "digest": config, "size": 2},
        "layers": [{"mediaType": OCI_LAYER_GZIP, "digest": layer, "size": layer_size}],
        **more,
    }
    return json.dumps(data).encode()


class LoopInThread:
    """Runs the registries' event loop beside the synchronous tests."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@asynccontextmanager
async def in_memory(directory: Path) -> AsyncIterator[Place]:
    async with EmbeddedRegistry() as registry:
        yield Place(url=registry.url)


@asynccontextmanager
async def on_disk(directory: Path) -> AsyncIterator[Place]:
    async with EmbeddedRegistry(storage=directory / "storage") as registry:
        yield Place(url=registry.url)


@asynccontextmanager
async def in_container(directory: Path) -> AsyncIterator[Place]:
    async with ContainerRegistry() as registry:
        yield Place(url=registry.url)


Opener = Callable[[Path], AbstractAsyncContextManager[Place]]
REGISTRIES = [
    pytest.param(in_memory, id="memory"),
    pytest.param(on_disk, id="disk"),
    pytest.param(in_container, id="container", marks=pytest.mark.docker),
]


@pytest.fixture(scope="session")
def registry_loop() -> Iterator[LoopInThread]:
    """The event loop of the registries under test."""
    loop = LoopInThread()
    yield loop
    loop.close()


@pytest.fixture(scope="module", params=REGISTRIES)
def place(
    request: pytest.FixtureRequest, registry_loop: LoopInThread, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """A running registry of each kind."""
    manager = request.param(tmp_path_factory.mktemp("registry"))
    yield registry_loop.run(manager.__aenter__())
    registry_loop.run(manager.__aexit__(None, None, None))


@pytest.fixture
def client(place: Place) -> Iterator[Client]:
    """A client with fresh image names at a registry of each kind."""
    client = Client(place)
    yield client
    client.close()


@pytest.fixture(params=[pytest.param(in_memory, id="memory"), pytest.param(on_disk, id="disk")])
def embedded(request: pytest.FixtureRequest, registry_loop: LoopInThread, tmp_path: Path) -> Iterator[Client]:
    """A client at a fresh embedded registry, in memory and on disk."""
    manager = request.param(tmp_path)
    client = Client(registry_loop.run(manager.__aenter__()))
    yield client
    client.close()
    registry_loop.run(manager.__aexit__(None, None, None))


@pytest.fixture
def client_at() -> Callable[[str], Client]:
    """Makes a client for a base URL."""
    return lambda url: Client(Place(url=url))
