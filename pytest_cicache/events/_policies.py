"""What holds a run back before any job: fork switches, the approval gate, policies; and its cache scopes.

Sources of the rules: docs/rules/events.md. All of it is information on the delivery; only what stops a run for
certain keeps it from being triggered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cicache.events._refs import BRANCHES, GIT_TAGS
from pytest_cicache.events._table import EVENTS, RefRule

if TYPE_CHECKING:
    from pytest_cicache.events._scene import Scene

__all__ = ["CacheScopes", "approval_reason", "blocking_reason", "cache_scopes_of", "is_fork", "notices_of"]


_NOT_FOR_DRAFTS = ("created", "deleted", "edited")
_BOT = "github-actions[bot]"
_BOT_ACTIVITIES = ("opened", "reopened", "synchronize")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheScopes:
    """The refs whose Actions caches a run may write to, and may read from, in the order they are searched."""

    writable: tuple[str, ...]
    readable: tuple[str, ...]


def is_fork(scene: Scene) -> bool:
    """Say whether the event is about a pull request whose head is in another repository."""
    return scene.head_repository is not scene.repository


def _is_outside(scene: Scene) -> bool:
    """Whether the run is a fork's pull request that gets a fork's token: not so for pull_request_target."""
    return EVENTS[scene.event.name].ref is RefRule.MERGE_REF and is_fork(scene)


def blocking_reason(scene: Scene) -> str | None:
    """Say why GitHub makes no run at all, whatever the workflow says; `None` when it does."""
    settings = scene.repository.settings
    if _is_outside(scene) and not scene.repository.is_public and not settings.fork_workflows:
        return "a private repository runs no workflows for pull requests from forks (its setting fork_workflows is off)"
    if scene.event.name == "pull_request_target" and settings.block_pull_request_target:
        return "Event 'pull_request_target' is not allowed to trigger Actions workflows."
    if scene.event.name == "release" and scene.event.draft and scene.event.action in _NOT_FOR_DRAFTS:
        return f"release {scene.event.action} starts no workflows for a draft"
    return None


def approval_reason(scene: Scene) -> str | None:
    """Say why the run would wait for a maintainer's approval; `None` when it starts by itself."""
    people = {scene.author, scene.event.actor}
    settings, repository = scene.repository.settings, scene.repository
    if scene.event.name == "pull_request" and _BOT in people and scene.event.action in _BOT_ACTIVITIES:
        return "pull requests made with GITHUB_TOKEN need the approval of someone with write access"
    if not _is_outside(scene) or people <= settings.collaborators:
        return None
    if not repository.is_public:
        return "fork_approval is on and the author has no write access" if settings.fork_approval else None
    known = settings.collaborators | settings.contributors
    if settings.approval_policy == "all_external_contributors":
        return f"{scene.author} is no collaborator, and fork pull requests of outsiders need approval"
    if people <= known:
        return None
    return f"{scene.author} is a first-time contributor, and their fork pull requests need approval"


def notices_of(scene: Scene) -> tuple[str, ...]:
    """List policies that may bear on the run although the simulation does not apply them."""
    if scene.event.name == "pull_request_target" and scene.repository.is_public:
        return (
            "GitHub's default policy blocks pull_request_target in public repositories from late 2026 on; "
            "the setting block_pull_request_target simulates it",
        )
    return ()


def cache_scopes_of(scene: Scene) -> CacheScopes:
    """Give the cache scopes of the run, before its cache mode says what it may do with them."""
    place, repository = scene.place, scene.repository
    own = _cache_scope(scene)
    default = f"{BRANCHES}{repository.default_branch}"
    is_open_pull = place.ref.startswith("refs/pull/")
    base = [f"{BRANCHES}{scene.base_branch}"] if is_open_pull else []
    readable = dict.fromkeys([scope for scope in (own, *base, default) if scope])
    return CacheScopes(writable=(own,) if own else (), readable=tuple(readable))


def _cache_scope(scene: Scene) -> str:
    ref = scene.place.ref
    if ref.startswith(GIT_TAGS):
        return scene.repository.settings.tag_cache_prefix + ref.removeprefix(GIT_TAGS)
    return ref if not ref or ref.startswith("refs/") else f"{BRANCHES}{ref}"
