"""A real builder, a real registry and a base image with a shell, made once for the tests of this folder."""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pytest_cicache.buildx import parse_build
from pytest_cicache.engines import BuildPlace
from pytest_cicache.engines.buildx._builder import BuildxBuilder
from pytest_cicache.observation import BuildRecord
from pytest_cicache.oci import GatewayAddress

BASE = "ghcr.io/acme/base:1"
_COUNTER = itertools.count()


@pytest.fixture(scope="session")
def registry_port() -> Iterator[int]:
    """A registry:2 on loopback. Its names are the gateway's, so no gateway is needed in between."""
    run = ["docker", "run", "--detach", "--rm", "--label", "pytest-cicache=test", "--publish", "127.0.0.1::5000"]
    container = _output(*run, "registry:2")
    try:
        port = int(_output("docker", "port", container, "5000").rpartition(":")[2])
        _wait_for(f"http://127.0.0.1:{port}/v2/")
        yield port
    finally:
        _output("docker", "rm", "--force", "--volumes", container)


@pytest.fixture(scope="session")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuildxBuilder]:
    """A builder that is removed at the end."""
    made = BuildxBuilder(folder=tmp_path_factory.mktemp("buildx"))
    asyncio.run(made.start())
    yield made
    asyncio.run(made.close())


@dataclass
class Bench:
    """A build context, and builds of it that all start cold."""

    builder: BuildxBuilder
    gateway: GatewayAddress
    folder: Path
    tag: str = field(default_factory=lambda: f"t{next(_COUNTER)}")

    @property
    def cache(self) -> str:
        """A cache reference of this test alone."""
        return f"ghcr.io/acme/cache:{self.tag}"

    def write(self, files: Mapping[str, str]) -> None:
        """Write files of the context."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def build(self, *words: str, real: bool = False, prune: bool = True, **place: object) -> BuildRecord:
        """Run `docker buildx build WORDS .` in the context."""
        lines: list[str] = []
        environment = dict(place.pop("environment", {}))  # type: ignore[call-overload]
        request = parse_build(("buildx", "build", *words, "."), environment=environment)
        at = BuildPlace(
            directory=self.folder,
            environment=environment,
            gateway=self.gateway,
            credential=None,
            real=real,
            say=lines.append,
            **place,  # type: ignore[arg-type]
        )

        async def work() -> BuildRecord:
            if prune:
                await self.builder.prune()
            return await self.builder.build(request, at)

        record = asyncio.run(work())
        assert tuple(lines) == record.log
        return record

    def seed(self, *words: str, mode: str = "max", **options: object) -> BuildRecord:
        """Build cold and export the cache."""
        export = f"type=registry,ref={self.cache},mode={mode}"
        record = self.build("--cache-to", export, *words, **options)  # type: ignore[arg-type]
        assert record.exit_code == 0, record.errors
        return record

    def reuse(self, *words: str, **options: object) -> BuildRecord:
        """Build cold with the exported cache."""
        record = self.build("--cache-from", self.cache, *words, **options)  # type: ignore[arg-type]
        assert record.exit_code == 0, record.errors
        return record


@pytest.fixture(scope="session")
def make_bench(
    builder: BuildxBuilder, registry_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Bench]:
    """Makes empty build contexts."""
    gateway = GatewayAddress(port=registry_port, simulation="tests")
    return lambda: Bench(builder, gateway, tmp_path_factory.mktemp("context"))


@pytest.fixture
def bench(make_bench: Callable[[], Bench]) -> Bench:
    """An empty build context."""
    return make_bench()


@pytest.fixture(scope="session")
def base_image(make_bench: Callable[[], Bench]) -> str:
    """`ghcr.io/acme/base:1`: this machine's shell and `cat`, so that `RUN` works without a download."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the base image is made of this machine's own programs, which have to be Linux's")
    bench = make_bench()
    folder = bench.folder
    _copy_program(folder / "root", shutil.which("sh") or "/bin/sh", "/bin/sh")
    _copy_program(folder / "root", shutil.which("cat") or "/bin/cat", "/bin/cat")
    bench.write({"Dockerfile": "FROM scratch\nCOPY root/ /\n"})
    record = bench.build("--push", "--tag", BASE, "--provenance=false", real=True)
    assert record.exit_code == 0, record.errors
    return BASE


def _copy_program(root: Path, program: str, to: str) -> None:
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    for source, target in [(program, to), *((path, path) for path in re.findall(r"(/[^ )]+)", listing))]:
        if Path(source).is_file():
            place = root / target.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(source).resolve(), place)


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"{url} does not answer")
