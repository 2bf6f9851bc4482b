"""A gateway over the embedded registry, in a loop of its own thread, and one simulation per test."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import itertools
import json
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest

from pytest_cicache.engines.registry import EmbeddedRegistry
from pytest_cicache.gateway import Gateway, Identity, Package, Settings, Visibility, World
from pytest_cicache.observation import RegistryRecord
from pytest_cicache.permissions import AccessLevel

T = TypeVar("T")
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Background:
    """An event loop in a thread, for servers that synchronous tests talk to."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def close(self) -> None:
        self.run(_end_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


async def _end_all() -> None:
    """Cancel what still runs, and let closed connections be cleared away."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def error(self) -> tuple[int, str, str]:
        first = json.loads(self.body)["errors"][0]
        return self.status, first["code"], first["message"]


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Simulation:
    """One simulation at a gateway, and an HTTP client that behaves as registry clients do."""

    def __init__(self, gateway: Gateway, name: str, settings: Settings | None = None) -> None:
        self.gateway = gateway
        self.name = name
        self.world = World(seed=name, settings=settings)
        gateway.open(name, self.world)

    def path(self, rest: str, image: str = "ghcr.io/acme/app") -> str:
        return f"/v2/{self.name}/{image}/{rest}"

    def package(self, visibility: Visibility = Visibility.PUBLIC, **settings: Any) -> Package:
        package = Package(owner="acme", name="app", visibility=visibility, linked="acme/app", **settings)
        self.world.add_package(package)
        return package

    def issue(self, packages: AccessLevel = AccessLevel.WRITE, repository: str = "acme/app") -> str:
        return self.world.issue(Identity(repository=repository, packages=packages))

    def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **options: Any
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=10)
        try:
            connection.request(method, path, body, headers or {}, **options)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def ask_token(self, secret: str | None, *scopes: str) -> Answer:
        query = "&".join(["service=ghcr.io", *(f"scope={scope}" for scope in scopes)])
        if secret is None:
            return self.send("GET", f"/token?{query}")
        form = f"{query}&grant_type=password&username=me&password={secret}"
        return self.send("POST", "/token", form, {"Content-Type": "application/x-www-form-urlencoded"})

    def bearer(self, secret: str | None, verbs: str = "pull,push", image: str = "ghcr.io/acme/app") -> dict[str, str]:
        answer = self.ask_token(secret, f"repository:{self.name}/{image}:{verbs}")
        assert answer.status == 200, answer
        return {"Authorization": f"Bearer {json.loads(answer.body)['token']}"}

    def push_blob(self, content: bytes, headers: dict[str, str], image: str = "ghcr.io/acme/app") -> str:
        digest = digest_of(content)
        started = self.send("POST", self.path("blobs/uploads/", image), headers=headers)
        assert started.status == 202, started
        location = urlsplit(started.headers["Location"])
        query = f"{location.query}&digest={digest}".lstrip("&")
        done = self.send("PUT", f"{location.path}?{query}", content, headers)
        assert done.status == 201, done
        return digest

    def push_manifest(
        self, tag: str, headers: dict[str, str], *, config: str = "application/vnd.oci.image.config.v1+json"
    ) -> Answer:
        content = b"{}"
        digest = self.push_blob(content, headers)
        document = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": config, "digest": digest, "size": len(content)},
            "layers": [],
        }
        sent = {**headers, "Content-Type": MANIFEST}
        return self.send("PUT", self.path(f"manifests/{tag}"), json.dumps(document), sent)

    def records(self, count: int = 1) -> list[RegistryRecord]:
        """Wait until that many records are there: one of a cut connection comes after the client's error."""
        deadline = time.monotonic() + 5
        while len(self.world.records) < count and time.monotonic() < deadline:
            time.sleep(0.005)
        return self.world.records


@pytest.fixture(scope="session")
def background() -> Iterator[Background]:
    background = Background()
    yield background
    background.close()


@pytest.fixture(scope="session")
def registry(background: Background) -> Iterator[EmbeddedRegistry]:
    registry = EmbeddedRegistry()
    background.run(registry.start())
    yield registry
    background.run(registry.close())


@pytest.fixture(scope="session")
def gateway(background: Background, registry: EmbeddedRegistry) -> Iterator[Gateway]:
    gateway = Gateway(registry.url)
    background.run(gateway.start())
    yield gateway
    background.run(gateway.close())


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture
def simulation(gateway: Gateway, numbers: Iterator[int]) -> Iterator[Simulation]:
    simulation = Simulation(gateway, f"sim{next(numbers)}")
    yield simulation
    gateway.forget(simulation.name)


@pytest.fixture
def simulate(gateway: Gateway, numbers: Iterator[int]) -> Iterator[Callable[..., Simulation]]:
    """Make further simulations, or one with settings."""
    made: list[Simulation] = []

    def make(settings: Settings | None = None) -> Simulation:
        made.append(Simulation(gateway, f"sim{next(numbers)}", settings))
        return made[-1]

    yield make
    for simulation in made:
        gateway.forget(simulation.name)
