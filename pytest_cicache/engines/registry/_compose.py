"""registry:2 through pytest-docker's services: one compose project of ours, found again by its labels."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

from pytest_cicache.engines._process import run_tool
from pytest_cicache.errors import EngineError, EngineUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

__all__ = ["answers", "bring_up", "left_overs", "remove_container", "take_down"]

_LABEL = "pytest-cicache"
_SERVICE = "registry"
_PORT = 5000
_PATIENCE = 30.0
_EMBEDDED = ("registry", "embedded")
_INSTEAD = "or use the embedded registry"

# No network of its own: the default bridge leaves nothing behind when a run is killed.
_COMPOSE_FILE = """\
services:
  {service}:
    image: registry:2
    pull_policy: missing
    network_mode: bridge
    restart: "no"
    labels:
      {label}: registry
      {label}.owner: "{owner}"
      {label}.session: "{session}"
    environment:
      REGISTRY_STORAGE_DELETE_ENABLED: "true"
      REGISTRY_LOG_LEVEL: error
      OTEL_TRACES_EXPORTER: none
    ports:
      - "127.0.0.1::{port}"
"""


def _owner() -> str:
    # Process locks tell nothing about another machine or container that drives the same engine.
    return f"{socket.gethostname()}.{os.getuid()}"


def bring_up(directory: Path, project: str) -> int:
    """Start the registry of one session; returns its port on loopback.

    Raises EngineUnavailableError when this machine has no Docker engine, or one that cannot run the image.
    """
    _check_local()
    text = _COMPOSE_FILE.format(service=_SERVICE, label=_LABEL, owner=_owner(), session=directory.name, port=_PORT)
    (directory / "compose.yml").write_text(text)
    try:
        with _services(directory, project, up=True) as services:
            port = int(services.port_for(_SERVICE, _PORT))
            services.wait_until_responsive(lambda: answers(port), timeout=_PATIENCE, pause=0.01)
    except Exception as error:
        # pytest-docker raises bare exceptions.
        take_down(directory, project, ignore_errors=True)
        raise _explained(error) from error
    return port


def take_down(directory: Path, project: str, *, ignore_errors: bool = False) -> None:
    """Remove a session's registry with its volume."""
    try:
        with _services(directory, project, down=True):
            pass
    except Exception as error:
        if not ignore_errors:
            raise EngineError(f"cannot remove the registry of {project}: {error}") from error


def left_overs() -> Iterator[tuple[str, str, str]]:
    """List this user's registries on this machine as container id, session id and compose project.

    Raises EngineUnavailableError when no Docker engine answers.
    """
    labels = ("--filter", f"label={_LABEL}=registry", "--filter", f"label={_LABEL}.owner={_owner()}")
    project = '{{.Label "com.docker.compose.project"}}'
    form = f'{{{{.ID}}}} {{{{.Label "{_LABEL}.session"}}}} {project}'
    try:
        output = run_tool(["docker", "ps", "-a", "--no-trunc", *labels, "--format", form], timeout=30)
    except EngineUnavailableError as error:
        raise EngineUnavailableError(f"{error}, {_INSTEAD}", command=error.command, instead=_EMBEDDED) from error
    except EngineError as error:
        why = error.output.splitlines()[-1] if error.output else str(error)
        message = f"the Docker engine does not answer: {why}; start it, {_INSTEAD}"
        raise EngineUnavailableError(message, command=error.command, output=error.output, instead=_EMBEDDED) from error
    for line in output.decode().splitlines():
        container, session, project = line.split(" ")
        yield container, session, project


def remove_container(container: str) -> None:
    """Remove one container with its volume; one that is gone already is fine."""
    run_tool(["docker", "rm", "--force", "--volumes", container], timeout=60)


def _services(directory: Path, project: str, *, up: bool = False, down: bool = False) -> AbstractContextManager[Any]:
    # Imported here: pytest-docker is needed only where Docker is.
    from pytest_docker.plugin import get_docker_services

    setup = ["up --detach --wait --quiet-pull"] if up else []
    cleanup = ["down --volumes --timeout 0"] if down else []
    command = "docker compose --ansi never --progress plain"
    services: AbstractContextManager[Any] = get_docker_services(
        command, str(directory / "compose.yml"), project, setup, cleanup
    )
    return services


def _check_local() -> None:
    host = os.environ.get("DOCKER_HOST", "")
    if host and not host.startswith("unix://"):
        message = f"DOCKER_HOST is {host!r}, but the registry must be on this machine's loopback: unset it"
        raise EngineUnavailableError(f"{message}, {_INSTEAD}", instead=_EMBEDDED)


def answers(port: int) -> bool:
    """Tell whether a registry answers on that port of loopback."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _explained(error: Exception) -> EngineUnavailableError:
    text = str(error)
    if "is not a docker command" in text or "unknown flag" in text:
        return EngineUnavailableError(
            f"Docker has no 'compose' command: install its plug-in, {_INSTEAD}", instead=_EMBEDDED
        )
    lines = [line.strip() for line in text.replace('"""', "\n").splitlines()]
    why = [line for line in lines if line.strip(".")][-1]
    message = f"registry:2 did not start: {why}; make the image available, {_INSTEAD}"
    return EngineUnavailableError(message, output=text, instead=_EMBEDDED)
