"""docker/setup-docker-action: https://github.com/docker/setup-docker-action (src/main.ts at v4)."""

from __future__ import annotations

import json

from pytest_cicache.actions._contract import ActionCall, ActionEffect
from pytest_cicache.buildx import ImageStore

__all__ = ["set_up_docker"]

_FIRST_WITH_CONTAINERD = 29


def set_up_docker(call: ActionCall) -> ActionEffect:
    """Install a Docker of its own; a new one, or one that is told so, has the containerd image store."""
    try:
        config = json.loads(call.input("daemon-config") or "{}")
    except ValueError as error:
        return ActionEffect(error=f"Failed to parse daemon-config: {error}")
    features = config.get("features") if isinstance(config, dict) else None
    wanted = features.get("containerd-snapshotter") if isinstance(features, dict) else None
    if wanted is None:
        major = call.input("version", "latest").removeprefix("version=").removeprefix("v").partition(".")[0]
        wanted = not major.isdecimal() or int(major) >= _FIRST_WITH_CONTAINERD
    store = ImageStore.CONTAINERD if wanted else ImageStore.CLASSIC
    return ActionEffect(image_store=store, note=f"a Docker with the {store} image store")
