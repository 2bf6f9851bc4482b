"""registry:2 in a container: one for a run, nothing left behind, and what is said where it cannot run."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_cicache.engines.registry import ContainerRegistry, UrlRegistry
from pytest_cicache.errors import EngineError, EngineUnavailableError

ROOT = Path(__file__).parents[3]
HOLD = """
import asyncio, pathlib, sys
from pytest_cicache.engines.registry import ContainerRegistry
async def hold():
    registry = ContainerRegistry(session_id=sys.argv[2], root=pathlib.Path(sys.argv[1]))
    await registry.start()
    print(registry.url, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await registry.close()
asyncio.run(hold())
"""


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout


def containers(project: str) -> list[str]:
    labelled = f"label=com.docker.compose.project={project}"
    return docker("ps", "-a", "--filter", labelled, "--format", "{{.ID}}").split()


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A directory of sessions; whatever a failed test left is removed."""
    yield tmp_path / "sessions"
    for name in ("one", "two", "1e5"):
        for container in containers(ContainerRegistry(session_id=name, root=tmp_path / "sessions").project):
            docker("rm", "-f", "-v", container)


def holder(root: Path, session: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root), session],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


@pytest.mark.docker
def test_a_container_is_labelled_and_on_loopback_only(root: Path) -> None:
    """Its name, its labels and its one port; afterwards it and its volume are gone."""

    async def scenario() -> tuple[ContainerRegistry, dict[str, Any]]:
        async with ContainerRegistry(session_id="one", root=root) as registry:
            (container,) = containers(registry.project)
            return registry, json.loads(docker("inspect", container))[0]

    registry, facts = asyncio.run(scenario())

    assert registry.project.startswith("cicache-one-")
    assert facts["Config"]["Labels"]["pytest-cicache"] == "registry"
    (bindings,) = facts["NetworkSettings"]["Ports"].values()
    assert [(binding["HostIp"], int(binding["HostPort"])) for binding in bindings] == [("127.0.0.1", registry.port)]
    assert containers(registry.project) == []
    volumes = set(docker("volume", "ls", "-q").split())
    assert not {mount.get("Name") for mount in facts["Mounts"]} & volumes
    assert not (root / "one").exists()


@pytest.mark.docker
def test_workers_of_one_run_share_a_container(root: Path) -> None:
    """The first makes it, the last removes it, in whatever order they end."""
    (first, first_url), (second, second_url) = holder(root, "one"), holder(root, "one")
    project = ContainerRegistry(session_id="one", root=root).project
    assert first_url == second_url
    assert len(containers(project)) == 1

    first.communicate("", timeout=30)
    assert len(containers(project)) == 1

    second.communicate("", timeout=30)
    assert (first.returncode, second.returncode) == (0, 0)
    assert containers(project) == []


@pytest.mark.docker
def test_what_a_killed_run_left_is_removed_at_the_next_start(root: Path) -> None:
    """And a run that is still alive keeps its own."""
    # Unquoted YAML would read this name as a number.
    killed, _ = holder(root, "1e5")
    alive, alive_url = holder(root, "two")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    left = ContainerRegistry(session_id="1e5", root=root).project
    assert len(containers(left)) == 1

    async def start_another() -> None:
        async with ContainerRegistry(session_id="three", root=root):
            assert containers(left) == []
            await UrlRegistry(alive_url).start()

    asyncio.run(start_another())
    alive.communicate("", timeout=30)
    assert not (root / "1e5").exists()


@pytest.mark.docker
def test_a_run_that_reuses_a_killed_runs_name_starts_anew(root: Path) -> None:
    """The other's port is not believed."""
    killed, _ = holder(root, "one")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()

    async def again() -> None:
        async with ContainerRegistry(session_id="one", root=root) as registry:
            assert len(containers(registry.project)) == 1
            await UrlRegistry(registry.url).start()

    asyncio.run(again())


@pytest.mark.docker
def test_a_container_that_died_is_replaced_for_those_who_join(root: Path) -> None:
    """Somebody removed it by hand, say."""
    alive, _ = holder(root, "one")
    project = ContainerRegistry(session_id="one", root=root).project
    docker("rm", "-f", "-v", *containers(project))

    async def join() -> None:
        async with ContainerRegistry(session_id="one", root=root) as registry:
            await UrlRegistry(registry.url).start()

    asyncio.run(join())
    alive.communicate("", timeout=30)
    assert alive.returncode == 0
    assert containers(project) == []


@pytest.mark.docker
def test_an_interrupt_while_it_starts_leaves_nothing(root: Path) -> None:
    """Ctrl-C at the worst moment."""

    async def scenario() -> ContainerRegistry:
        registry = ContainerRegistry(session_id="one", root=root)
        starting = asyncio.ensure_future(registry.start())
        await asyncio.sleep(0.2)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        return registry

    assert containers(asyncio.run(scenario()).project) == []


@pytest.mark.docker
def test_an_image_that_cannot_be_run_is_an_error_with_dockers_words(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is left of the attempt."""
    text = "services:\n  registry:\n    image: 127.0.0.1:9/absent:1\n# {service} {label} {owner} {session} {port}"
    monkeypatch.setattr("pytest_cicache.engines.registry._compose._COMPOSE_FILE", text)

    with pytest.raises(
        EngineUnavailableError,
        match=r"registry:2 did not start: Error response .*127\.0\.0\.1:9.*; make the image available, or use",
    ):
        asyncio.run(ContainerRegistry(session_id="one", root=root).start())
    assert not (root / "one").exists()


def test_no_docker_command_is_an_error_that_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install it, or take the embedded registry."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(
        EngineUnavailableError,
        match=r"'docker' is not installed; .*, or use the embedded registry$",
    ):
        asyncio.run(ContainerRegistry(root=tmp_path).start())


def test_no_docker_engine_is_an_error_that_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's own last line, and what to do."""
    command = tmp_path / "docker"
    command.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon at unix:///x.' >&2\nexit 1\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    with pytest.raises(
        EngineUnavailableError,
        match=r"the Docker engine does not answer: Cannot connect .*; start it, or use the embedded registry",
    ):
        asyncio.run(ContainerRegistry(root=tmp_path / "root").start())


@pytest.mark.parametrize(
    ("said", "message"),
    [
        pytest.param(
            "docker: 'compose' is not a docker command.",
            r"Docker has no 'compose' command: install its plug-in, or use",
            id="no plug-in",
        ),
        pytest.param("no space left", r"registry:2 did not start: no space left; make", id="other"),
    ],
)
def test_what_compose_says_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, message: str
) -> None:
    """A missing plug-in is told apart from a failing start."""
    command = tmp_path / "docker"
    command.write_text(f'#!/bin/sh\n[ "$1" = ps ] && exit 0\necho "{said}" >&2\nexit 1\n')
    command.chmod(0o755)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    with pytest.raises(EngineUnavailableError, match=message):
        asyncio.run(ContainerRegistry(root=tmp_path / "root").start())


def test_an_engine_on_another_machine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its loopback is not ours."""
    command = tmp_path / "docker"
    command.write_text("#!/bin/sh\nexit 0\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_HOST", "tcp://build.example:2375")

    with pytest.raises(EngineUnavailableError, match=r"DOCKER_HOST is 'tcp://build\.example:2375', but"):
        asyncio.run(ContainerRegistry(root=tmp_path / "root").start())


@pytest.mark.parametrize(
    ("session", "project"),
    [
        pytest.param("0A1b-c_d", "cicache-0a1b-c-d-", id="letters"),
        pytest.param("../../x y", "cicache-x-y-", id="a path"),
    ],
)
def test_the_project_has_a_legal_name(tmp_path: Path, session: str, project: str) -> None:
    """Whatever the run is called."""
    assert ContainerRegistry(session_id=session, root=tmp_path).project.startswith(project)


def test_the_run_of_xdist_is_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers agree without talking to each other."""
    monkeypatch.setenv("PYTEST_XDIST_TESTRUNUID", "abc")

    assert ContainerRegistry().project.startswith("cicache-abc-")


@pytest.mark.docker
def test_starting_twice_is_one_start(root: Path) -> None:
    """And one close ends it."""

    async def scenario() -> None:
        registry = ContainerRegistry(session_id="one", root=root)
        await registry.start()
        first = registry.url
        await registry.start()
        assert (registry.url, len(containers(registry.project))) == (first, 1)
        await registry.close()
        assert containers(registry.project) == []

    asyncio.run(scenario())


@pytest.mark.docker
def test_a_container_that_cannot_be_removed_is_an_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the project; the next start tries again."""

    async def scenario() -> None:
        registry = ContainerRegistry(session_id="one", root=root)
        await registry.start()
        with monkeypatch.context() as patch:
            patch.setenv("PATH", "/nowhere")
            with pytest.raises(EngineError, match="cannot remove the registry of cicache-one-"):
                await registry.close()
        assert len(containers(registry.project)) == 1
        async with ContainerRegistry(session_id="two", root=root):
            assert containers(registry.project) == []

    asyncio.run(scenario())


def test_closing_what_never_started_is_fine(tmp_path: Path) -> None:
    """Clean-up code need not keep count."""
    asyncio.run(ContainerRegistry(root=tmp_path).close())
