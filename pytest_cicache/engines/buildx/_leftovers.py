"""Names builders so that those of a crashed run are recognised, and removes these."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
from typing import TYPE_CHECKING

from pytest_cicache.engines._scratch import is_process_alive
from pytest_cicache.engines.buildx._process import run_command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["builder_name", "container_of", "remove_container", "remove_leftovers"]

_NAME = r"cicache-(?P<pid>\d+)-(?P<host>[0-9a-f]{8})-[0-9a-z]+"
_CONTAINER = re.compile(rf"buildx_buildkit_{_NAME}0")
_FOLDER = re.compile(_NAME)


def builder_name(suffix: str) -> str:
    """A builder's name: whose it is (process and machine) and the caller's random word."""
    return f"cicache-{os.getpid()}-{_host()}-{suffix}"


def container_of(builder: str) -> str:
    """The container in which buildx runs the builder's one node."""
    return f"buildx_buildkit_{builder}0"


async def remove_leftovers(environment: Mapping[str, str], home: Path) -> None:
    """Remove the builders of processes of this machine that are no more, and their folders in `home`."""
    listing = ("docker", "ps", "--all", "--filter", "name=buildx_buildkit_cicache-", "--format", "{{.Names}}")
    ended = await run_command(listing, environment=environment)
    for name in ended.stdout.split():
        if _is_abandoned(_CONTAINER.fullmatch(name)):
            await remove_container(name, environment)
    for folder in home.glob("cicache-*"):
        if _is_abandoned(_FOLDER.fullmatch(folder.name)):
            shutil.rmtree(folder, ignore_errors=True)


async def remove_container(name: str, environment: Mapping[str, str]) -> None:
    """Remove a builder's container and the volume of its state; fine when they are gone."""
    commands = (("docker", "rm", "--force", "--volumes", name), ("docker", "volume", "rm", "--force", f"{name}_state"))
    for command in commands:
        await run_command(command, environment=environment, checked=False)


def _is_abandoned(found: re.Match[str] | None) -> bool:
    """Whether a name is one of ours whose process is no more.

    A process number means nothing on another machine or in another container of the same engine.
    """
    return found is not None and found["host"] == _host() and not is_process_alive(int(found["pid"]))


def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
