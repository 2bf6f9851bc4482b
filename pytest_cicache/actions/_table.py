"""Which actions are emulated; to add one, write its file and a row here."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cicache.actions._checkout import check_out
from pytest_cicache.actions._contract import ActionCall, ActionEffect, Interpreter
from pytest_cicache.actions._docker_build_push import build_and_push
from pytest_cicache.actions._docker_login import log_in
from pytest_cicache.actions._docker_metadata import describe
from pytest_cicache.actions._docker_setup_buildx import set_up_buildx

__all__ = ["ACTIONS", "interpret"]


def _nothing(note: str) -> Interpreter:
    return lambda call: ActionEffect(note=note)


ACTIONS: Mapping[str, Interpreter] = {
    "actions/checkout": check_out,
    "docker/build-push-action": build_and_push,
    "docker/login-action": log_in,
    "docker/metadata-action": describe,
    "docker/setup-buildx-action": set_up_buildx,
    "docker/setup-qemu-action": _nothing("emulators do not matter where no build step runs"),
}


def interpret(call: ActionCall) -> ActionEffect | None:
    """Return what an action does, `None` for one that is not known."""
    known = ACTIONS.get(call.reference.repository) if not call.reference.path else None
    return None if known is None else known(call)
