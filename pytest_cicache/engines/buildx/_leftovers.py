"""Removes the builders that a crashed run has left."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pytest_cicache.engines._ownership import is_abandoned
from pytest_cicache.engines.buildx._process import run_command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["container_of", "remove_container", "remove_leftovers"]

_PREFIX, _NODE = "buildx_buildkit_", "0"


def container_of(builder: str) -> str:
    """The container in which buildx runs the builder's one node."""
    return f"{_PREFIX}{builder}{_NODE}"


async def remove_leftovers(environment: Mapping[str, str], home: Path) -> None:
    """Remove the builders of processes of this machine that are no more, and their folders in `home`."""
    listing = ("docker", "ps", "--all", "--filter", f"name={_PREFIX}cicache-", "--format", "{{.Names}}")
    ended = await run_command(listing, environment=environment)
    for name in ended.stdout.split():
        if is_abandoned(name.removeprefix(_PREFIX).removesuffix(_NODE)):
            await remove_container(name, environment)
    for folder in home.glob("cicache-*"):
        if is_abandoned(folder.name):
            shutil.rmtree(folder, ignore_errors=True)


async def remove_container(name: str, environment: Mapping[str, str]) -> None:
    """Remove a builder's container and the volume of its state; fine when they are gone."""
    commands = (("docker", "rm", "--force", "--volumes", name), ("docker", "volume", "rm", "--force", f"{name}_state"))
    for command in commands:
        await run_command(command, environment=environment, checked=False)
