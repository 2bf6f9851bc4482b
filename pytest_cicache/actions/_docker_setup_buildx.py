"""docker/setup-buildx-action: https://github.com/docker/setup-buildx-action (src/main.ts at v4.3.0)."""

from __future__ import annotations

import json
import uuid

from pytest_cicache.actions._contract import ActionCall, ActionEffect, DockerCommand
from pytest_cicache.actions._inputs import boolean, items, quoted_lines
from pytest_cicache.errors import UnsupportedError

__all__ = ["set_up_buildx"]

_FLAGS = "--allow-insecure-entitlement security.insecure --allow-insecure-entitlement network.host"
_PLATFORMS = "linux/amd64,linux/amd64/v2,linux/amd64/v3,linux/386"


def set_up_buildx(call: ActionCall) -> ActionEffect:
    """Create a builder and make it the current one; remove it when the job ends unless `cleanup` is false."""
    if call.input("append"):
        raise UnsupportedError("the input 'append' of docker/setup-buildx-action is not simulated")
    driver = call.input("driver") or "docker-container"
    keeps = boolean(call, "keep-state")
    if driver == "docker":
        if keeps:
            return ActionEffect(error="Cannot use keep-state with docker driver")
        return ActionEffect(outputs=_outputs("default", driver))
    name = call.input("name") or f"builder-{_identifier(call)}"
    commands = (
        DockerCommand(arguments=tuple(_create(call, name, driver))),
        DockerCommand(arguments=("buildx", "inspect", "--bootstrap", "--builder", name)),
    )
    removal = DockerCommand(arguments=("buildx", "rm", name, *(("--keep-state",) if keeps else ())))
    post = (removal,) if boolean(call, "cleanup", default="true") else ()
    return ActionEffect(commands=commands, outputs=_outputs(name, driver), post=post)


def _create(call: ActionCall, name: str, driver: str) -> list[str]:
    arguments = ["buildx", "create", "--name", name, "--driver", driver]
    for option in quoted_lines(call.inputs.get("driver-opts", "")):
        arguments += ["--driver-opt", option]
    arguments += ["--buildkitd-flags", call.input("buildkitd-flags") or _FLAGS]
    platforms = items(call.inputs.get("platforms", ""))
    if platforms:
        arguments += ["--platform", ",".join(platforms)]
    if boolean(call, "use", default="true"):
        arguments.append("--use")
    config = call.input("buildkitd-config") or call.input("config")
    if config:
        arguments += ["--buildkitd-config", config]
    return [*arguments, *([call.input("endpoint")] if call.input("endpoint") else [])]


def _outputs(name: str, driver: str) -> dict[str, str]:
    nodes = [{"name": f"{name}0", "endpoint": "unix:///var/run/docker.sock", "platforms": _PLATFORMS}]
    return {"name": name, "driver": driver, "platforms": _PLATFORMS, "nodes": json.dumps(nodes, indent=2)}


def _identifier(call: ActionCall) -> str:
    """The random part of a builder's name, the same for the same step of the same run."""
    run = f"{call.github.get('run_id')}/{call.github.get('job')}/{call.number}"
    return str(uuid.uuid5(uuid.NAMESPACE_URL, run))
