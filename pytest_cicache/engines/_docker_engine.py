"""The Docker engine of this machine, asked with nothing of the person's but its address."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_cicache.engines._process import run_tool
from pytest_cicache.errors import EngineError, EngineUnavailableError

__all__ = ["ASK_ADDRESS", "DockerEngine", "words_of_docker"]

ASK_ADDRESS = ("docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
"""Asks which engine the person uses."""


@dataclass(frozen=True, slots=True)
class DockerEngine:
    """The docker command at `program`; `environment` is all it gets: no login, no proxy, no context of the person's."""

    program: str
    environment: Mapping[str, str]

    @classmethod
    def find(cls, folder: Path) -> DockerEngine:
        """The engine that the person uses, asked with a configuration in `folder`.

        Raises EngineUnavailableError where there is no docker command.
        """
        program = shutil.which("docker")
        if program is None:
            raise EngineUnavailableError("the command 'docker' is not installed; install Docker")
        address = os.environ.get("DOCKER_HOST") or _address()
        host = {"DOCKER_HOST": address} if address else {}
        path = os.environ.get("PATH", os.defpath)
        return cls(program, {"PATH": path, "HOME": str(folder), "DOCKER_CONFIG": str(folder), **host})

    def run(self, *words: str, timeout: float = 60) -> str:
        """Return what a docker command prints; raises EngineError when it fails."""
        command = (self.program, *words)
        return run_tool(command, environment=self.environment, inherits=False, timeout=timeout).decode(errors="replace")


def words_of_docker(error: EngineError) -> str:
    """What docker said last when a command of it failed, without its hints."""
    lines = [line for line in error.output.splitlines() if line.strip() and not line.startswith("Run 'docker")]
    return lines[-1].removeprefix("Error response from daemon: ").rstrip(".") if lines else str(error)


def _address() -> str:
    try:
        return run_tool(ASK_ADDRESS).decode().strip()
    except EngineError:
        return ""
