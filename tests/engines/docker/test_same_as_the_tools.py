"""The commands on images beside the real tools: one registry, one command line, the same answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shlex
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_cicache.engines import Docker
from pytest_cicache.engines._loaded_image import LoadedImage
from pytest_cicache.engines.docker import DockerCall
from pytest_cicache.engines.images import ManifestContent, Registry, oci_manifest, placeholder
from pytest_cicache.engines.registry import EmbeddedRegistry
from pytest_cicache.gateway import Gateway, Identity, Package, Recorder, RegistryState, Visibility
from pytest_cicache.oci import OCI_MANIFEST, GatewayAddress, Reference
from pytest_cicache.permissions import AccessLevel

pytestmark = pytest.mark.docker

APP = "ghcr.io/acme/app"
USER = "me"


@dataclass
class Answer:
    """What a command printed and how it ended."""

    status: int = 0
    stdout: list[str] = field(default_factory=list)
    stderr: list[str] = field(default_factory=list)

    def write(self, stream: str, text: str) -> None:
        {"o": self.stdout, "e": self.stderr}.get(stream, []).extend(text.split("\n"))


@dataclass
class OneLogin:
    """Registries with one login; whatever docker has stored stands for it."""

    gateway: GatewayAddress
    secret: str

    def login(self, host: str, username: str, password: str) -> str | None:
        return None

    def credential(self, logins: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
        return (USER, self.secret)

    def holds(self, host: str, image_name: str) -> bool:
        return True

    @contextlib.asynccontextmanager
    async def begin_build(self, uses: object) -> AsyncIterator[Any]:
        yield SimpleNamespace(gateway=self.gateway, unrecorded=self.gateway)


@dataclass
class Lab:
    """A gateway with two images, an index of them, and a package that may not be read or written."""

    gateway: GatewayAddress
    secret: str
    folder: Path
    docker: Docker

    async def ours(self, words: list[str]) -> Answer:
        """The command as a step has it."""
        answer = Answer()
        environment = {"HOME": str(self.folder), "GITHUB_REPOSITORY": "acme/app"}
        call = DockerCall(
            arguments=tuple(words[1:]),
            directory=self.folder,
            environment=environment,
            write=answer.write,
            stdin=_nothing,
            command=words[0],
        )
        answer.status = await self.docker(call)
        assert self.docker.recorder.error is None
        assert self.docker.recorder.assumptions == []
        return answer

    async def real(self, words: list[str]) -> Answer:
        """The tool itself, which knows the gateway's names alone; what it prints is turned outward."""
        tool = _tool(words[0])
        inward = [re.sub(r"ghcr\.io/[\w./:@-]+", lambda found: self.gateway.inward(found[0]), word) for word in words]
        if words[:2] == ["docker", "manifest"] and words[2] in ("inspect", "create", "push"):
            inward.insert(3, "--insecure")
        if words[0] == "oras":
            inward += ["--from-plain-http", "--to-plain-http"] if words[1] in ("cp", "copy") else ["--plain-http"]
        process = await asyncio.create_subprocess_exec(
            tool,
            *inward[1:],
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **_engine()},
            cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        stdout, stderr = await process.communicate()
        texts = [self.gateway.outward(text.decode()).rstrip("\n").split("\n") for text in (stdout, stderr)]
        return Answer(process.returncode or 0, *texts)

    async def login(self) -> None:
        """Log the real tools in; all of them read docker's file."""
        folder = self.folder / ".docker"
        folder.mkdir()
        import base64

        auth = base64.b64encode(f"{USER}:{self.secret}".encode()).decode()
        (folder / "config.json").write_text(json.dumps({"auths": {self.gateway.address: {"auth": auth}}}))


async def _nothing() -> bytes:
    return b""


def _engine() -> dict[str, str]:
    return {key: os.environ[key] for key in ("DOCKER_HOST",) if key in os.environ}


def _tool(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("CICACHE_TOOLS", ""), os.environ["PATH"]]))
    if found is None and os.environ.get("CICACHE_REQUIRE_ENGINES") == "1":
        pytest.fail(f"{name}: command not found, neither in PATH nor in CICACHE_TOOLS")
    return found or pytest.skip(f"{name} is not installed")


@contextlib.asynccontextmanager
async def lab(folder: Path) -> AsyncIterator[Lab]:
    registry = EmbeddedRegistry()
    await registry.start()
    async with Gateway(registry.url) as gateway:
        state = RegistryState(seed="sim")
        gateway.open("sim", state, Recorder())
        state.add_package(Package(owner="acme", name="app", visibility=Visibility.PUBLIC, linked="acme/app"))
        state.add_package(Package(owner="acme", name="secret", visibility=Visibility.PRIVATE, linked="acme/secret"))
        secret = state.issue(Identity(repository="acme/app", packages=AccessLevel.WRITE))
        address = GatewayAddress(port=gateway.port, simulation="sim")
        docker = Docker(builder=None, registries=OneLogin(address, secret))  # type: ignore[arg-type]
        made = Lab(address, secret, folder, docker)
        await made.login()
        await _seed(address, secret)
        assert await made.ours(shlex.split(f"docker buildx imagetools create -t {APP}:both {APP}:amd64 {APP}:arm64"))
        yield made
    await registry.close()


async def _seed(address: GatewayAddress, secret: str) -> None:
    async with Registry.open(address, (USER, secret)) as registry:
        for architecture in ("amd64", "arm64"):
            base = placeholder(architecture)
            config = {**base.described, "architecture": architecture, "config": {"Labels": {"a": "<b> & c"}}}
            image = LoadedImage(config=json.dumps(config).encode(), layers=base.layers)
            target = Reference.parse(f"{APP}:{architecture}")
            content = ManifestContent(data=oci_manifest(image), media_type=OCI_MANIFEST, source=target, image=image)
            await registry.copy(content, target)


LOOKS = [
    "docker buildx imagetools inspect {app}:both",
    "docker buildx imagetools inspect {app}:amd64",
    "docker buildx imagetools inspect --raw {app}:both",
    "docker buildx imagetools inspect {app}:both --format '{{json .Manifest}}'",
    "docker buildx imagetools inspect {app}:both --format '{{.Manifest.Digest}}'",
    "docker buildx imagetools inspect {app}:both --format '{{.Name}} {{len .Manifest.Manifests}}'",
    "docker buildx imagetools inspect {app}:both --format '{{range .Manifest.Manifests}}{{.Digest}} {{end}}'",
    "docker buildx imagetools inspect {app}:both --format '{{(index .Manifest.Manifests 1).Digest}}'",
    "docker buildx imagetools inspect {app}:amd64 --format '{{json .Manifest}}'",
    "docker buildx imagetools inspect {app}:amd64 --format '{{json .Image}}'",
    "docker buildx imagetools inspect {app}:amd64 --format '{{index .Image.Config.Labels \"a\"}}'",
    "docker buildx imagetools inspect {app}:none",
    "docker buildx imagetools inspect",
    "docker buildx imagetools create --dry-run {app}:amd64",
    "docker buildx imagetools create --dry-run {app}:amd64 {app}:arm64 {app}:both",
    "docker buildx imagetools create --dry-run --prefer-index=false {app}:amd64",
    "docker buildx imagetools create --dry-run --annotation index:a=b {app}:both",
    "docker buildx imagetools create {app}:both",
    "docker buildx imagetools create -t {app}:x",
    "docker buildx imagetools create -t {app}:x {app}:none",
    "docker manifest inspect {app}:both",
    "docker manifest inspect {app}:amd64",
    "docker manifest inspect {app}:none",
    "docker manifest create {app}:l {app}:both",
    "docker manifest create {app}:l {app}:none",
    "docker manifest create {app}:l",
    "docker manifest annotate {app}:l {app}:amd64 --arch arm64",
    "docker manifest push {app}:none",
    "docker manifest rm {app}:none",
    "crane digest {app}:both",
    "crane manifest {app}:both",
    "crane config {app}:amd64",
    "crane ls {app}",
    "oras resolve {app}:both",
    "oras repo tags {app}",
    "oras manifest fetch {app}:both",
]


@pytest.mark.parametrize("line", LOOKS)
def test_a_look_gives_what_the_tool_gives(line: str, tmp_path: Path) -> None:
    """What it prints, where, and its status."""

    async def compare() -> tuple[Answer, Answer]:
        async with lab(tmp_path) as made:
            words = shlex.split(line.replace("{app}", APP))
            return await made.ours(words), await made.real(words)

    ours, real = asyncio.run(compare())

    assert ours.status == real.status
    assert _lines(ours.stdout) == _lines(real.stdout)
    assert _lines(ours.stderr) == _lines(real.stderr)


def _lines(text: list[str]) -> list[str]:
    return [line.rstrip() for line in text if line.strip()]


WRITES = [
    ("docker buildx imagetools create -t {app}:NEW {app}:both", "NEW"),
    ("docker buildx imagetools create -t {app}:NEW {app}:amd64", "NEW"),
    ("docker buildx imagetools create -t {app}:NEW {app}:arm64 {app}:amd64", "NEW"),
    ("docker buildx imagetools create -t {app}:both --append {app}:amd64", "both"),
    ("docker buildx imagetools create --annotation index:a=b -t {app}:NEW {app}:both", "NEW"),
    ("docker buildx imagetools create -t ghcr.io/acme/other:NEW {app}:both", "ghcr.io/acme/other:NEW"),
    ("docker manifest create {app}:NEW {app}:amd64 && docker manifest push {app}:NEW", "NEW"),
    (
        "docker manifest create {app}:NEW {app}:amd64 {app}:arm64 && "
        "docker manifest annotate --variant v8 {app}:NEW {app}:arm64 && docker manifest push --purge {app}:NEW",
        "NEW",
    ),
    ("crane tag {app}:both NEW", "NEW"),
    ("crane copy {app}:both ghcr.io/acme/other:NEW", "ghcr.io/acme/other:NEW"),
    ("oras tag {app}:amd64 NEW", "NEW"),
    ("oras copy {app}:both {app}:NEW", "NEW"),
]


@pytest.mark.parametrize(("line", "made"), WRITES)
def test_a_write_makes_what_the_tool_makes(line: str, made: str, tmp_path: Path) -> None:
    """The same manifest, byte for byte."""

    async def digest(folder: Path, *, real: bool) -> str:
        folder.mkdir()
        async with lab(folder) as there:
            for part in line.replace("{app}", APP).replace("NEW", "new").split(" && "):
                answer = await (there.real if real else there.ours)(shlex.split(part))
                assert answer.status == 0, answer
            name = made.replace("NEW", "new")
            async with Registry.open(there.gateway, (USER, there.secret)) as registry:
                reference = Reference.parse(name if "/" in name else f"{APP}:{name}")
                return (await registry.find(reference)).data.decode()

    ours = asyncio.run(digest(tmp_path / "ours", real=False))
    real = asyncio.run(digest(tmp_path / "real", real=True))

    assert ours == real


REFUSED = [
    "docker buildx imagetools create -t ghcr.io/acme/secret:x {app}:both",
    "docker buildx imagetools inspect ghcr.io/acme/secret:x",
    "docker manifest inspect ghcr.io/acme/secret:x",
    "crane copy {app}:both ghcr.io/acme/secret:x",
    "oras copy {app}:both ghcr.io/acme/secret:x",
]


@pytest.mark.parametrize("line", REFUSED)
def test_a_refusal_fails_with_the_registrys_words(line: str, tmp_path: Path) -> None:
    """Each tool has its own words around those of the registry."""

    async def compare() -> tuple[Answer, Answer]:
        async with lab(tmp_path) as made:
            words = shlex.split(line.replace("{app}", APP))
            return await made.ours(words), await made.real(words)

    ours, real = asyncio.run(compare())

    assert ours.status == real.status == 1
    if not line.startswith("oras"):
        assert ours.stderr[-1].rpartition("denied: ")[2] == real.stderr[-1].rpartition("denied: ")[2]
