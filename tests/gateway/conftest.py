"""A gateway over the embedded registry, in a loop of its own thread, and one simulation per test."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import http.client
import itertools
import json
import os
import random
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest

from pytest_cicache.engines.registry import ContainerRegistry, EmbeddedRegistry
from pytest_cicache.gateway import (
    Attribution,
    Gateway,
    Identity,
    Package,
    Recorder,
    RegistryState,
    Settings,
    Visibility,
)
from pytest_cicache.observation import Purpose, RegistryRecord
from pytest_cicache.permissions import AccessLevel

T = TypeVar("T")
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
ACCEPT = f"{MANIFEST}, application/vnd.oci.image.index.v1+json, */*"


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
        self.state = RegistryState(seed=name, settings=settings)
        self.recorder = Recorder()
        self.port = gateway.port
        gateway.open(name, self.state, self.recorder)

    def path(self, rest: str, image: str = "ghcr.io/acme/app") -> str:
        return f"/v2/{self.name}/{image}/{rest}"

    def package(self, visibility: Visibility = Visibility.PUBLIC, **settings: Any) -> Package:
        package = Package(owner="acme", name="app", visibility=visibility, linked="acme/app", **settings)
        self.state.add_package(package)
        return package

    def issue(self, packages: AccessLevel = AccessLevel.WRITE, repository: str = "acme/app") -> str:
        return self.state.issue(Identity(repository=repository, packages=packages))

    def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **options: Any
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            # registry:2 gives an OCI manifest only to who asks for one.
            connection.request(method, path, body, {"Accept": ACCEPT, **(headers or {})}, **options)
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

    def begin_build(self, background: Background, place: Attribution, *uses: tuple[str, Purpose]) -> Attribution:
        """Let what is sent from now on be a build's."""
        build = self.recorder.begin_build(place, uses)
        self.port = background.run(self.gateway.build_port(self.name, build).__aenter__())
        return build

    def records(self, count: int = 1) -> list[RegistryRecord]:
        """Wait until that many records are there: one of a cut connection comes after the client's error."""
        deadline = time.monotonic() + 5
        while len(self.recorder.records) < count and time.monotonic() < deadline:
            time.sleep(0.005)
        return self.recorder.records


@pytest.fixture(scope="session")
def background() -> Iterator[Background]:
    background = Background()
    yield background
    background.close()


@pytest.fixture(scope="session")
def embedded(background: Background) -> Iterator[EmbeddedRegistry]:
    registry = EmbeddedRegistry()
    background.run(registry.start())
    yield registry
    background.run(registry.close())


@pytest.fixture(scope="session", params=["embedded", pytest.param("container", marks=pytest.mark.docker)])
def upstream(request: pytest.FixtureRequest, background: Background) -> Iterator[str]:
    """The address of the registry behind: each kind that a simulation can have."""
    if request.param == "embedded":
        yield request.getfixturevalue("embedded").url
        return
    registry = ContainerRegistry()
    background.run(registry.start())
    yield registry.url
    background.run(registry.close())


@pytest.fixture(scope="session")
def gateway(background: Background, upstream: str) -> Iterator[Gateway]:
    gateway = Gateway(upstream)
    background.run(gateway.start())
    yield gateway
    background.run(gateway.close())


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture(scope="session")
def simulation_type() -> type[Simulation]:
    """For tests that make a simulation at a gateway of their own."""
    return Simulation


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


# -- real BuildKit

ONE_LAYER = "FROM scratch\nCOPY a /a\n"


@dataclass(frozen=True)
class Built:
    """How one `docker buildx build` ended: its error lines, and each vertex's state and error."""

    exit_code: int
    seconds: float
    text: str
    states: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def error_of(self, start: str) -> str | None:
        return next((error for name, error in self.errors.items() if name.startswith(start)), None)

    @property
    def steps(self) -> str:
        """C for a cached step, R for one that ran, E for one that failed, in the order of the Dockerfile."""
        names = sorted(name for name in self.states if name.startswith("[") and "COPY" in name)
        return "".join(self.states[name] for name in names)


class Lab:
    """Two builders, one that seeds and one that has never seen what it imports; removed at the end."""

    def __init__(self, background: Background, upstream: str, numbers: Iterator[int], folder: Path) -> None:
        self.builders = {role: f"cicache-test-{os.getpid()}-{role}" for role in ("seeder", "importer")}
        self._background = background
        self._upstream = upstream
        self._numbers = numbers
        self.folder = folder
        self._gateways: list[Gateway] = []

    def start(self) -> None:
        create = ["docker", "buildx", "create", "--driver", "docker-container", "--bootstrap"]
        image = ["--driver-opt", "network=host", "--driver-opt", "image=moby/buildkit:buildx-stable-1"]
        for name in self.builders.values():
            subprocess.run([*create, *image, "--name", name], env=self._environment(), capture_output=True, check=True)

    def close(self) -> None:
        for name in self.builders.values():
            command = ["docker", "buildx", "rm", "--force", name]
            subprocess.run(command, env=self._environment(), capture_output=True, check=False)
        for gateway in self._gateways:
            self._background.run(gateway.close())

    def simulation(self, settings: Settings | None = None) -> Simulation:
        """Make a simulation at a gateway of its own, so that builders share no connection and no token."""
        gateway = Gateway(self._upstream)
        self._background.run(gateway.start())
        self._gateways.append(gateway)
        return Simulation(gateway, f"lab{next(self._numbers)}", settings)

    def ref(self, simulation: Simulation, tag: str = "cache", image: str = "ghcr.io/acme/app") -> str:
        return f"127.0.0.1:{simulation.gateway.port}/{simulation.name}/{image}:{tag}"

    def export(self, simulation: Simulation, **attributes: str) -> str:
        """Write `--cache-to` with its usual attributes; a name ends as its option does, `_` for `-`."""
        given = {"ref": self.ref(simulation), "mode": "max", **attributes}
        pairs = ",".join(f"{name.replace('_', '-')}={value}" for name, value in given.items())
        return f"--cache-to=type=registry,{pairs}"

    def build(
        self,
        simulation: Simulation,
        *options: str,
        secret: str | None = None,
        config: Path | None = None,
        builder: str = "seeder",
        dockerfile: str = ONE_LAYER,
        files: Mapping[str, bytes] | None = None,
    ) -> Built:
        """Build a context whose content no other simulation has."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        content = random.Random(simulation.name).randbytes(200_000)
        for name, data in {"a": content, "b": b"b", "Dockerfile": dockerfile.encode(), **(files or {})}.items():
            (folder / name).write_bytes(data)
        outputs = (
            ()
            if any(option.startswith(("--push", "--output", "--load")) for option in options)
            else ("--output=type=cacheonly",)
        )
        command = ["docker", "buildx", "build", "--builder", self.builders[builder], "--progress=rawjson"]
        environment = self._environment(config or self.config(simulation, secret))
        started = time.monotonic()
        done = subprocess.run(
            [*command, "--provenance=false", *outputs, *options, str(folder)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return _read(done, time.monotonic() - started)

    def config(self, simulation: Simulation, secret: str | None) -> Path:
        """Make a DOCKER_CONFIG that is logged in to the gateway, or nowhere; to BuildKit it is an identity."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        auth = base64.b64encode(f"me:{secret}".encode()).decode()
        hosts = {f"127.0.0.1:{simulation.gateway.port}": {"auth": auth}} if secret is not None else {}
        (folder / "config.json").write_text(json.dumps({"auths": hosts}))
        return folder

    def layers(self, simulation: Simulation, tag: str = "cache") -> tuple[str, list[str]]:
        """Give the digests of a cache's config and of its layers."""
        headers = simulation.bearer(simulation.issue(AccessLevel.READ), "pull")
        manifest = json.loads(simulation.send("GET", simulation.path(f"manifests/{tag}"), headers=headers).body)
        return manifest["config"]["digest"], [layer["digest"] for layer in manifest["layers"]]

    def tags(self, simulation: Simulation, image: str = "ghcr.io/acme/app") -> list[str]:
        """List the tags at the registry behind."""
        host = urlsplit(self._upstream).netloc
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("GET", simulation.path("tags/list", image))
        answer = connection.getresponse()
        body = json.loads(answer.read())
        connection.close()
        return sorted(body.get("tags") or [])

    def _environment(self, config: Path | None = None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "DOCKER_HOST")}
        home = str(self.folder)
        return {
            **kept,
            "HOME": home,
            "DOCKER_CONFIG": str(config or self.folder),
            "BUILDX_CONFIG": f"{home}/buildx",
        }


def _read(done: subprocess.CompletedProcess[str], seconds: float) -> Built:
    vertices: dict[str, dict[str, Any]] = {}
    text: list[str] = []
    for line in done.stderr.splitlines():
        if not line.startswith("{"):
            text.append(line)
            continue
        for vertex in json.loads(line).get("vertexes") or ():
            kept = vertices.setdefault(vertex["name"], {})
            # A lazily pulled hit is said to be cached once, and later no more.
            kept.update({**vertex, "cached": kept.get("cached") or vertex.get("cached")})
    states = {name: _state(vertex) for name, vertex in vertices.items()}
    errors = {name: vertex["error"] for name, vertex in vertices.items() if vertex.get("error")}
    return Built(done.returncode, seconds, "\n".join(text), states, errors)


def _state(vertex: dict[str, Any]) -> str:
    if vertex.get("error"):
        return "E"
    if vertex.get("cached"):
        return "C"
    return "R" if vertex.get("completed") else "-"


@pytest.fixture(scope="session")
def lab(
    background: Background,
    embedded: EmbeddedRegistry,
    numbers: Iterator[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lab]:
    lab = Lab(background, embedded.url, numbers, tmp_path_factory.mktemp("lab"))
    try:
        lab.start()
        yield lab
    finally:
        lab.close()


@pytest.fixture(scope="module")
def outcomes(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Any]]:
    """Run the module's selected `ROWS` side by side, since most of them wait for BuildKit's retries.

    A worker of pytest-xdist is given only some of them, and runs each when it is asked for.
    """
    rows: Mapping[str, Callable[[Lab], Any]] = request.module.ROWS
    running: dict[str, Future[Any]] = {}

    def outcome(name: str) -> Any:
        start(name)
        return running[name].result()

    with ThreadPoolExecutor(8) as pool:

        def start(name: str) -> None:
            if name not in running:
                running[name] = pool.submit(rows[name], lab)

        if "PYTEST_XDIST_WORKER" not in os.environ:
            for item in request.session.items:
                if isinstance(item, pytest.Function) and item.module is request.module:
                    start(item.callspec.params["row"])
        yield outcome
