"""docker/login-action: https://github.com/docker/login-action (src/docker.ts and src/main.ts at v4.1.0)."""

from __future__ import annotations

from pytest_cicache.actions._contract import ActionCall, ActionEffect, DockerCommand
from pytest_cicache.errors import UnsupportedError

__all__ = ["log_in"]


def log_in(call: ActionCall) -> ActionEffect:
    """Log in with `docker login`, and out again when the job ends unless `logout` is false."""
    for name in ("registry-auth", "scope"):
        if call.input(name):
            raise UnsupportedError(f"the input '{name}' of docker/login-action is not simulated")
    registry, user, password = call.input("registry"), call.input("username"), call.input("password")
    missing = _missing(user, password, call.reference.major)
    where = (registry,) if registry else ()
    post = (DockerCommand(arguments=("logout", *where)),) if call.input("logout", "true") != "false" else ()
    if missing:
        return ActionEffect(error=missing, post=post)
    command = DockerCommand(
        arguments=("login", "--password-stdin", "--username", user, registry or "docker.io"),
        stdin=password,
        shown="Login Succeeded!",
    )
    return ActionEffect(commands=(command,), post=post)


def _missing(user: str, password: str, major: int | None) -> str | None:
    """The message for empty credentials; before v3.2 there was only the first."""
    if user and password:
        return None
    if not (user or password) or major in (1, 2):
        return "Username and password required"
    return "Password required" if user else "Username required"
