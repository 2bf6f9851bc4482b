"""actions/checkout: https://github.com/actions/checkout (src/input-helper.ts at v7.0.1)."""

from __future__ import annotations

from pytest_cicache.actions._contract import ActionCall, ActionEffect, CheckOut
from pytest_cicache.errors import UnsupportedError

__all__ = ["check_out"]


def check_out(call: ActionCall) -> ActionEffect:
    """Lay the event's commit, or the one `ref` names, into the workspace or `path` below it."""
    repository = call.input("repository")
    own = str(call.github.get("repository", ""))
    if repository and repository.lower() != own.lower():
        message = f"actions/checkout of another repository, '{repository}', is not simulated; give the step a stub"
        raise UnsupportedError(message)
    path = call.input("path", ".") or "."
    if path.startswith("/") or ".." in path.split("/"):
        return ActionEffect(error=f"Repository path '{path}' is not under the workspace")
    ref = call.input("ref")
    return ActionEffect(check_out=CheckOut(ref=ref, path=path), outputs={"ref": ref or str(call.github.get("ref", ""))})
