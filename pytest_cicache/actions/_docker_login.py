"""docker/login-action: https://github.com/docker/login-action (src/docker.ts and src/main.ts at v4.1.0)."""

from __future__ import annotations

import re

from pytest_cicache.actions._contract import ActionCall, ActionEffect, ActionReference, DockerCommand
from pytest_cicache.actions._inputs import boolean
from pytest_cicache.errors import UnsupportedError

__all__ = ["log_in"]

_ECR = re.compile(r"public\.ecr\.aws|[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.(amazonaws\.(com(\.cn)?|eu)|on\.aws)")


def log_in(call: ActionCall) -> ActionEffect:
    """Log in with `docker login`, and out again when the job ends unless `logout` is false."""
    for name in ("registry-auth", "scope"):
        if call.input(name):
            raise UnsupportedError(f"the input '{name}' of docker/login-action is not simulated")
    registry, user, password = call.input("registry"), call.input("username"), call.input("password")
    ecr = call.input("ecr", "auto")
    if ecr == "true" or (ecr == "auto" and _ECR.match(registry)):
        raise UnsupportedError(f"that docker/login-action gets a credential for '{registry}' from AWS is not simulated")
    where = (registry,) if registry else ()
    post = (DockerCommand(arguments=("logout", *where)),) if boolean(call, "logout", default="true") else ()
    missing = _missing(user, password, call.reference)
    if missing:
        return ActionEffect(error=missing, post=post)
    command = DockerCommand(
        arguments=("login", "--password-stdin", "--username", user, registry or "docker.io"),
        stdin=password,
        shown="Login Succeeded!",
    )
    return ActionEffect(log=(f"Logging into {registry or 'docker.io'}...",), commands=(command,), post=post)


def _missing(user: str, password: str, version: ActionReference) -> str | None:
    """The message for empty credentials; before v3.2 there was only the first."""
    if user and password:
        return None
    is_old = version.major in (1, 2) or (version.release or (3, 2)) < (3, 2)
    if not (user or password) or is_old:
        return "Username and password required"
    return "Password required" if user else "Username required"
