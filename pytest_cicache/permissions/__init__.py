"""What a job's `GITHUB_TOKEN` may do, and why."""

from __future__ import annotations

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

__all__ = [
    "CALL_CHECK_ORDER",
    "PERMISSIONS",
    "AccessLevel",
    "Permission",
    "Violation",
    "cap_violations",
    "default_levels",
    "default_maximum",
    "expand",
    "violation_text",
]
