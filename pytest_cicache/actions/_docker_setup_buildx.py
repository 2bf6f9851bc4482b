"""docker/setup-buildx-action: https://github.com/docker/setup-buildx-action (src/main.ts at v4.3.0)."""

from __future__ import annotations

import json
import uuid

from pytest_cicache.actions._contract import ActionCall, ActionEffect, DockerCommand

__all__ = ["set_up_buildx"]

_FLAGS = "--allow-insecure-entitlement security.insecure --allow-insecure-entitlement network.host"


def set_up_buildx(call: ActionCall) -> ActionEffect:
    """Create a builder and make it the current one; remove it when the job ends unless `cleanup` is false."""
    driver = call.input("driver", "docker-container") or "docker-container"
    if driver == "docker":
        return ActionEffect(outputs=_outputs("default", driver))
    name = call.input("name") or f"builder-{_identifier(call)}"
    options = [line.strip() for line in call.input("driver-opts").splitlines() if line.strip()]
    arguments = ["buildx", "create", "--name", name, "--driver", driver]
    for option in options:
        arguments += ["--driver-opt", option]
    arguments += ["--buildkitd-flags", call.input("buildkitd-flags") or _FLAGS]
    if call.input("use", "true") != "false":
        arguments.append("--use")
    commands = (
        DockerCommand(arguments=tuple(arguments)),
        DockerCommand(arguments=("buildx", "inspect", "--bootstrap", "--builder", name)),
    )
    removal = DockerCommand(arguments=("buildx", "rm", name))
    post = (removal,) if call.input("cleanup", "true") != "false" else ()
    return ActionEffect(commands=commands, outputs=_outputs(name, driver), post=post)


def _outputs(name: str, driver: str) -> dict[str, str]:
    nodes = [{"name": f"{name}0", "endpoint": "unix:///var/run/docker.sock", "platforms": "linux/amd64"}]
    return {"name": name, "driver": driver, "platforms": "linux/amd64", "nodes": json.dumps(nodes)}


def _identifier(call: ActionCall) -> str:
    """The random part of a builder's name, the same for the same step of the same run."""
    run = f"{call.github.get('run_id')}/{call.github.get('job')}/{call.number}"
    return str(uuid.uuid5(uuid.NAMESPACE_URL, run))
