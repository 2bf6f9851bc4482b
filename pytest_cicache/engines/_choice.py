"""Which engine a name means; `auto` takes the real one where a Docker engine answers."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache

from pytest_cicache.engines._protocols import Builder, RegistryEngine
from pytest_cicache.errors import UsageError

__all__ = ["choose_builder", "choose_registry", "docker_answers"]

BUILDERS = ("auto", "buildx", "simulated")
REGISTRIES = ("auto", "container", "embedded")


@lru_cache(maxsize=1)
def docker_answers() -> bool:
    """Whether a Docker engine answers on this machine."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    try:
        done = subprocess.run(  # noqa: S603 - a fixed argument list
            [docker, "version", "--format", "{{.Server.Version}}"],
            capture_output=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def choose_builder(name: str) -> Builder:
    """Make the builder of that name; raises UsageError for an unknown one."""
    from pytest_cicache.engines.builder import BuildxBuilder, SimulatedBuilder

    if name not in BUILDERS:
        raise UsageError(f"unknown builder '{name}'; it is one of {', '.join(BUILDERS)}")
    if name == "buildx" or (name == "auto" and docker_answers()):
        return BuildxBuilder()
    return SimulatedBuilder()


def choose_registry(name: str) -> RegistryEngine:
    """Make the registry of that name or at that URL; raises UsageError for an unknown one."""
    from pytest_cicache.engines.registry import ContainerRegistry, EmbeddedRegistry, UrlRegistry

    if name.startswith(("http://", "https://")):
        return UrlRegistry(name)
    if name not in REGISTRIES:
        raise UsageError(f"unknown registry '{name}'; it is one of {', '.join(REGISTRIES)} or a URL")
    if name == "container" or (name == "auto" and docker_answers()):
        return ContainerRegistry()
    return EmbeddedRegistry()
