"""The git context that the docker actions build from by default (docker/actions-toolkit, src/context.ts)."""

from __future__ import annotations

import re
from collections.abc import Collection

from pytest_cicache.actions._contract import ActionCall
from pytest_cicache.actions._inputs import switch

__all__ = ["below_default_context", "git_ref"]

# Handlebars fills it in, with or without spaces.
_DEFAULT_CONTEXT = re.compile(r"\{\{\s*defaultContext\s*\}\}")


def below_default_context(written: str) -> str | None:
    """The folder in the repository's own git URL that a context names, `None` where it names another place."""
    found = _DEFAULT_CONTEXT.match(written)
    return None if found is None else written[found.end() :].removeprefix(":").strip("/")


def git_ref(call: ActionCall, *, head_releases: Collection[tuple[int, int]]) -> str:
    """The commit of a git context: the event's, but the head branch's in some releases and where asked for."""
    ref = str(call.github.get("ref", ""))
    if not ref.startswith("refs/pull/"):
        return str(call.github.get("sha", ""))
    if switch(call, "DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF") or call.reference.release in head_releases:
        return ref.removesuffix("/merge") + "/head"
    return str(call.github.get("sha", ""))
