"""Which engine a name means; `auto` takes the real one where a Docker engine answers."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from pytest_cicache.engines._builder_pool import BuilderPool
from pytest_cicache.engines._loop import LoopThread
from pytest_cicache.engines._protocols import RegistryEngine, Runner
from pytest_cicache.engines.docker import DockerServer
from pytest_cicache.errors import EngineUnavailableError, UsageError, suggestion

__all__ = [
    "choose_builders",
    "choose_registry",
    "choose_runner",
    "docker_answers",
    "hides_processes",
    "resolve_builder",
    "resolve_registry",
    "resolve_runner",
    "runner_note",
]

BUILDERS = ("auto", "buildx", "simulated")
_REAL_BUILDERS = 4
# A matrix has no more legs: https://docs.github.com/en/actions/reference/limits
MAXIMUM_JOBS = 256
REGISTRIES = ("auto", "container", "embedded")
RUNNERS = ("inprocess", "act")


@lru_cache(maxsize=1)
def docker_answers() -> bool:
    """Whether a Docker engine answers on this machine."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    question = [docker, "version", "--format", "{{.Server.Version}}"]
    try:
        return subprocess.run(question, capture_output=True, timeout=10, check=False).returncode == 0  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False


def resolve_builder(name: str) -> str:
    """Return `buildx` or `simulated` for a builder's name; raises UsageError for an unknown one."""
    if name not in BUILDERS:
        raise UsageError(f"unknown builder '{name}'; {suggestion(name, BUILDERS)}it is one of {', '.join(BUILDERS)}")
    if name == "auto":
        return "buildx" if docker_answers() else "simulated"
    return name


def resolve_registry(name: str) -> str:
    """Return `container`, `embedded` or a URL for a registry's name; raises UsageError for an unknown one."""
    if name.startswith(("http://", "https://")):
        return name
    if name not in REGISTRIES:
        raise UsageError(
            f"unknown registry '{name}'; {suggestion(name, REGISTRIES)}it is one of {', '.join(REGISTRIES)} or a URL"
        )
    if name == "auto":
        return "container" if docker_answers() else "embedded"
    return name


def resolve_runner(name: str, *, image: str | None = None) -> str:
    """Return a runner's name; raises UsageError for an unknown one, and where it runs no jobs in an image."""
    if name not in RUNNERS:
        raise UsageError(f"unknown runner '{name}'; {suggestion(name, RUNNERS)}it is one of {', '.join(RUNNERS)}")
    if image and name != "act":
        raise UsageError(f"the image '{image}' is for the runner 'act', and the runner is '{name}'")
    return name


def runner_note(name: str) -> str | None:
    """What to know of the program behind a runner, `None` where there is nothing, or no such program."""
    if resolve_runner(name) != "act":
        return None
    from pytest_cicache.engines.runner.act import find_act

    try:
        return find_act().note
    except EngineUnavailableError:
        return None  # said when a test needs it


def hides_processes() -> bool:
    """Whether steps see no processes but those of their own job, nor what is in the environment of others."""
    from pytest_cicache.engines.runner import hides_processes

    return hides_processes()


def choose_builders(name: str) -> BuilderPool:
    """Make the builders of that name; real ones are containers, of which a machine has only so many."""
    if resolve_builder(name) == "buildx":
        from pytest_cicache.engines.buildx import BuildxBuilder

        return BuilderPool(BuildxBuilder, most=_REAL_BUILDERS)
    from pytest_cicache.engines.simulated import SimulatedBuilder

    return BuilderPool(SimulatedBuilder, most=MAXIMUM_JOBS)


def choose_registry(name: str) -> RegistryEngine:
    """Make the registry of that name or at that URL."""
    from pytest_cicache.engines.registry import ContainerRegistry, EmbeddedRegistry, UrlRegistry

    resolved = resolve_registry(name)
    if resolved == "container":
        return ContainerRegistry()
    return EmbeddedRegistry() if resolved == "embedded" else UrlRegistry(resolved)


def choose_runner(
    name: str,
    directory: Path,
    *,
    loop: LoopThread,
    server: DockerServer,
    memory: Path | None = None,
    image: str | None = None,
) -> Runner:
    """Make the runner of that name; it works below `directory`, and its steps reach docker through `server`.

    `memory` is a folder that is quicker and smaller, for jobs whose files no container needs. Jobs in act run in
    containers of an `image` where one is named.
    """
    if resolve_runner(name, image=image) == "act":
        from pytest_cicache.engines.runner.act import ActRunner

        return ActRunner(directory, loop=loop, server=server, image=image or None)
    from pytest_cicache.engines.runner.inprocess import InProcessRunner

    return InProcessRunner(directory, loop=loop, server=server, memory=memory)
