"""Real clients against the gateway: docker, crane and oras, logged in, anonymous and denied."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pytest_cicache.gateway import Denial, Package, Visibility
from pytest_cicache.observation import Purpose
from pytest_cicache.permissions import AccessLevel

pytestmark = pytest.mark.docker


@dataclass(frozen=True)
class Client:
    """A command line client with a configuration of its own."""

    command: tuple[str, ...]
    simulation: Any
    environment: dict[str, str]

    @property
    def registry(self) -> str:
        return f"127.0.0.1:{self.simulation.gateway.port}"

    def image(self, tag: str = "v1", name: str = "ghcr.io/acme/app") -> str:
        return f"{self.registry}/{self.simulation.name}/{name}:{tag}"

    def __call__(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*self.command, *arguments], env=self.environment, input=stdin, capture_output=True, timeout=60, check=False
        )

    def succeed(self, *arguments: str, stdin: bytes = b"") -> str:
        done = self(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def fail(self, *arguments: str, stdin: bytes = b"") -> str:
        done = self(*arguments, stdin=stdin)
        assert done.returncode != 0, done.stdout.decode()
        return done.stderr.decode()

    def login(self, secret: str) -> None:
        """Log in as each of these clients does, the secret on standard input."""
        name = Path(self.command[0]).name
        verb = {"crane": ["auth", "login"], "oras": ["login", "--plain-http"]}.get(name, ["login"])
        self.succeed(*verb, "--username", "me", "--password-stdin", self.registry, stdin=secret.encode())


def _tool(name: str) -> str:
    """Find a client, or skip; where engines are required its absence is a failure."""
    tools = os.environ.get("CICACHE_TOOLS", "")
    found = shutil.which(name, path=os.pathsep.join([tools, os.environ.get("PATH", "")]))
    if found is None:
        reason = f"{name}: command not found, neither in PATH nor in CICACHE_TOOLS; run .ci/tools DIRECTORY"
        if os.environ.get("CICACHE_REQUIRE_ENGINES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture
def client(simulation: Any, tmp_path: Path) -> Callable[[str], Client]:
    def make(name: str) -> Client:
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DOCKER_CONFIG": str(tmp_path)}
        kept = {key: os.environ[key] for key in ("DOCKER_HOST",) if key in os.environ}
        return Client((_tool(name),), simulation, {**environment, **kept})

    return make


@pytest.fixture
def docker(client: Callable[[str], Client]) -> Iterator[Client]:
    """The docker command, and what it loaded removed afterwards."""
    docker = client("docker")
    yield docker
    listed = docker("image", "ls", "--quiet", f"{docker.registry}/{docker.simulation.name}/*/*/*").stdout.split()
    if listed:
        docker("image", "rm", "--force", *(name.decode() for name in set(listed)))


def _layer(text: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("file")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def _purposes(simulation: Any) -> set[Purpose]:
    return {record.purpose for record in simulation.recorder.records}


# -- docker


def test_docker_pushes_and_pulls(docker: Client) -> None:
    """The engine logs in, pushes, and pulls anonymously what the push has made public."""
    docker.succeed("import", "-", docker.image(), stdin=_layer(docker.simulation.name))
    docker.login(docker.simulation.issue())
    docker.succeed("push", docker.image())
    docker.succeed("logout", docker.registry)
    docker.succeed("image", "rm", docker.image())
    docker.succeed("pull", docker.image())

    assert docker.simulation.state.package("acme/app").visibility == Visibility.PUBLIC
    assert {Purpose.LOGIN, Purpose.TOKEN, Purpose.PROBE, Purpose.PUSH, Purpose.PULL} <= _purposes(docker.simulation)


def test_docker_login_with_a_wrong_secret(docker: Client) -> None:
    """In docker's words: `denied: denied`."""
    text = docker.fail("login", "--username", "me", "--password-stdin", docker.registry, stdin=b"wrong")

    assert f'Error response from daemon: Get "http://{docker.registry}/v2/": denied: denied' in text


def test_docker_push_is_denied(docker: Client) -> None:
    """A login that succeeds proves no right to push."""
    docker.simulation.package()
    docker.succeed("import", "-", docker.image(), stdin=_layer(docker.simulation.name))
    docker.login(docker.simulation.issue(AccessLevel.READ))

    # What stands before the registry's words depends on docker's image store.
    assert "installation not allowed to Write organization package" in docker.fail("push", docker.image())
    assert [refusal.denial for refusal in docker.simulation.recorder.refusals][:1] == [Denial.TOKEN_MAY_NOT_WRITE]


def test_docker_pulls_nothing_private_without_a_login(docker: Client) -> None:
    """401 at the token; what is private and what is absent cannot be told apart."""
    absent = docker.fail("pull", docker.image())
    docker.simulation.state.add_package(Package(owner="acme", name="app"))
    private = docker.fail("pull", docker.image())

    assert absent == private
    assert "unauthorized" in private


def test_docker_pull_with_a_stale_login(docker: Client) -> None:
    """The login of a job that has ended breaks a public pull; logging out mends it."""
    secret = docker.simulation.issue()
    docker.login(secret)
    docker.succeed("import", "-", docker.image(), stdin=_layer(docker.simulation.name))
    docker.succeed("push", docker.image())
    docker.simulation.state.revoke(secret)

    assert "denied" in docker.fail("pull", docker.image())
    docker.succeed("logout", docker.registry)
    docker.succeed("pull", docker.image())


# -- crane


@pytest.fixture
def crane(client: Callable[[str], Client]) -> Client:
    return client("crane")


def test_crane_appends_copies_and_reads(crane: Client, tmp_path: Path) -> None:
    """go-containerregistry's client: push, digest, list, pull, copy by mount."""
    (tmp_path / "layer.tar").write_bytes(_layer(crane.simulation.name))
    crane.login(crane.simulation.issue())
    crane.succeed("append", "--new_tag", crane.image(), "--new_layer", str(tmp_path / "layer.tar"))
    crane.succeed("copy", crane.image(), crane.image("v2"))

    assert crane.succeed("digest", crane.image()) == crane.succeed("digest", crane.image("v2"))
    assert crane.succeed("ls", crane.image().rpartition(":")[0]).split() == ["v1", "v2"]
    crane.succeed("pull", crane.image(), str(tmp_path / "image.tar"))
    assert tarfile.is_tarfile(tmp_path / "image.tar")


def test_crane_words_a_denial(crane: Client, tmp_path: Path) -> None:
    """`POST …: DENIED: installation not allowed to Write organization package`."""
    crane.simulation.package()
    (tmp_path / "layer.tar").write_bytes(_layer(crane.simulation.name))
    crane.login(crane.simulation.issue(AccessLevel.READ))
    text = crane.fail("append", "--new_tag", crane.image(), "--new_layer", str(tmp_path / "layer.tar"))

    assert "blobs/uploads/: DENIED: installation not allowed to Write organization package" in text


def test_crane_cannot_delete(crane: Client, tmp_path: Path) -> None:
    """ghcr.io refuses with 405, in the specification's words."""
    (tmp_path / "layer.tar").write_bytes(_layer(crane.simulation.name))
    crane.login(crane.simulation.issue())
    crane.succeed("append", "--new_tag", crane.image(), "--new_layer", str(tmp_path / "layer.tar"))

    assert "UNSUPPORTED: The operation is unsupported." in crane.fail("delete", crane.image())


def test_crane_misses_a_tag(crane: Client) -> None:
    """A readable package without the tag: `MANIFEST_UNKNOWN`."""
    crane.simulation.package()

    assert "MANIFEST_UNKNOWN: manifest unknown" in crane.fail("manifest", crane.image("none"))


# -- oras


@pytest.fixture
def oras(client: Callable[[str], Client]) -> Client:
    return client("oras")


def test_oras_pushes_and_pulls(oras: Client, tmp_path: Path) -> None:
    """An artifact goes up, is read without a login, and comes down the same."""
    (tmp_path / "note.txt").write_text(oras.simulation.name)
    oras.login(oras.simulation.issue())
    path = f"{tmp_path / 'note.txt'}:text/plain"
    oras.succeed("push", "--plain-http", "--disable-path-validation", oras.image(), path)
    oras.succeed("logout", oras.registry)

    assert '"text/plain"' in oras.succeed("manifest", "fetch", "--plain-http", oras.image())
    oras.succeed("pull", "--plain-http", "--allow-path-traversal", "--output", str(tmp_path / "out"), oras.image())
    assert oras.simulation.name in (tmp_path / "note.txt").read_text()
    assert oras.succeed("repo", "tags", "--plain-http", oras.image().rpartition(":")[0]).split() == ["v1"]


def test_oras_push_is_denied(oras: Client, tmp_path: Path) -> None:
    """A package of another repository: `permission_denied: write_package`."""
    oras.simulation.state.add_package(Package(owner="acme", name="app", visibility=Visibility.PUBLIC))
    (tmp_path / "note.txt").write_text("x")
    oras.login(oras.simulation.issue())
    path = f"{tmp_path / 'note.txt'}:text/plain"

    text = oras.fail("push", "--plain-http", "--disable-path-validation", oras.image(), path)
    assert "permission_denied: write_package" in text
