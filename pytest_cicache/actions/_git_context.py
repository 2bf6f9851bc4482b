"""The git context that the docker actions build from by default (docker/actions-toolkit, src/context.ts)."""

from __future__ import annotations

from collections.abc import Collection

from pytest_cicache.actions._contract import ActionCall
from pytest_cicache.actions._inputs import switch

__all__ = ["git_ref"]


def git_ref(call: ActionCall, *, head_releases: Collection[tuple[int, int]]) -> str:
    """The commit of a git context: the event's, but the head branch's in some releases and where asked for."""
    ref = str(call.github.get("ref", ""))
    if not ref.startswith("refs/pull/"):
        return str(call.github.get("sha", ""))
    if switch(call, "DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF") or call.reference.release in head_releases:
        return ref.removesuffix("/merge") + "/head"
    return str(call.github.get("sha", ""))
