"""What a job's `GITHUB_TOKEN` may do and why, its secrets and variables, its access to the Actions cache."""

from __future__ import annotations

from pytest_cicache.permissions._cache_mode import (
    CACHE_WRITING_EVENTS,
    CacheAccess,
    CacheMode,
    allows_cache_mode,
    cache_mode,
)
from pytest_cicache.permissions._git_access import GitCredential, GitService, git_refusal
from pytest_cicache.permissions._levels import (
    CALL_CHECK_ORDER,
    PERMISSIONS,
    AccessLevel,
    Permission,
    Violation,
    cap_violations,
    default_levels,
    default_maximum,
    expand,
    violation_text,
)
from pytest_cicache.permissions._origin import TokenOrigin, origin_of
from pytest_cicache.permissions._secrets import secret_source, visible_secrets, visible_variables, withheld_because
from pytest_cicache.permissions._token import Block, CallerPermissions, Token, compute_token

__all__ = [
    "CACHE_WRITING_EVENTS",
    "CALL_CHECK_ORDER",
    "PERMISSIONS",
    "AccessLevel",
    "Block",
    "CacheAccess",
    "CacheMode",
    "CallerPermissions",
    "GitCredential",
    "GitService",
    "Permission",
    "Token",
    "TokenOrigin",
    "Violation",
    "allows_cache_mode",
    "cache_mode",
    "cap_violations",
    "compute_token",
    "default_levels",
    "default_maximum",
    "expand",
    "git_refusal",
    "origin_of",
    "secret_source",
    "violation_text",
    "visible_secrets",
    "visible_variables",
    "withheld_because",
]
