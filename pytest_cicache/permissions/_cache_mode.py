"""What a run may do with the Actions cache: the rule for untrusted triggers, and the `cache-mode` key.

Sources: GitHub's changelogs of 2026-06-26 and 2026-09-10, and CodeQL's list of events, all in
docs/rules/permissions.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_cicache.events import Delivery

__all__ = ["CACHE_WRITING_EVENTS", "CacheAccess", "CacheMode", "allows_cache_mode", "cache_mode"]

CACHE_WRITING_EVENTS = frozenset(
    {
        "delete",
        "page_build",
        "push",
        "registry_package",
        "repository_dispatch",
        "schedule",
        "workflow_dispatch",
    }
)
"""Events that may write the default branch's caches; every other one only reads them."""


class CacheMode(StrEnum):
    """The values of `cache-mode:`."""

    READ = "read"
    WRITE = "write"
    WRITE_ONLY = "write-only"
    NONE = "none"

    @property
    def may_read(self) -> bool:
        """Whether entries may be restored."""
        return self in (CacheMode.READ, CacheMode.WRITE)

    @property
    def may_write(self) -> bool:
        """Whether entries may be saved."""
        return self in (CacheMode.WRITE, CacheMode.WRITE_ONLY)


@dataclass(frozen=True, slots=True)
class CacheAccess:
    """A job's cache mode, the reason for it, and whether the file declared it."""

    mode: CacheMode
    reason: str
    declared: bool

    def __str__(self) -> str:
        return self.mode


def cache_mode(
    delivery: Delivery, *, workflow_mode: str | None, job_mode: str | None, caller_mode: str | None = None
) -> CacheAccess:
    """Give the cache mode of a job from the `cache-mode:` of job, file and calling job, `None` if absent."""
    named = (("job", job_mode), ("workflow", workflow_mode), ("calling job", caller_mode))
    for where, mode in named:
        if mode is not None:
            return CacheAccess(CacheMode(mode), f"cache-mode of the {where}: {mode}", declared=True)
    default = f"refs/heads/{delivery.repository.default_branch}"
    own = delivery.cache_scopes.writable
    if own != (default,):
        where = own[0] if own else "a ref of its own"
        return CacheAccess(CacheMode.WRITE, f"the run's caches belong to {where}", declared=False)
    if delivery.name in CACHE_WRITING_EVENTS:
        reason = f"{delivery.name} may write the caches of the default branch"
        return CacheAccess(CacheMode.WRITE, reason, declared=False)
    reason = f"outsiders can start {delivery.name}, and the run's caches are the default branch's"
    return CacheAccess(CacheMode.READ, reason, declared=False)


def allows_cache_mode(caller_mode: str | None, requested: str) -> bool:
    """Say whether a caller of that mode may call a workflow that declares `requested`."""
    return caller_mode in (None, CacheMode.WRITE) or requested in (CacheMode.NONE, caller_mode)
