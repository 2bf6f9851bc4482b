"""The permissions a `GITHUB_TOKEN` can have, their levels, and what a `permissions:` block means.

Facts of https://docs.github.com/en/actions/reference/github_token-reference and of the runner's
workflow parser (Permissions.cs, PermissionsHelper.cs), read 2026-11-24. It knows no event.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from pytest_cicache.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CALL_CHECK_ORDER",
    "METADATA",
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

METADATA = "metadata"


class AccessLevel(StrEnum):
    """How much a token may do with one thing: none < read < write, which is also their alphabetical order."""

    NONE = "none"
    READ = "read"
    WRITE = "write"


_NONE, _READ, _WRITE = AccessLevel
_ANY = frozenset(AccessLevel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One row of GitHub's table: what may be written for it and what it is when nothing is.

    `allowed` are the values a file may give; `permissive` and `restricted` the repository defaults;
    `fork_maximum` the most that a pull request from a public fork gets; `unverified` names the fields
    for which no source settles the value.
    """

    name: str
    allowed: frozenset[AccessLevel] = _ANY
    permissive: AccessLevel = _WRITE
    restricted: AccessLevel = _NONE
    fork_maximum: AccessLevel = _READ
    unverified: tuple[str, ...] = ()

    @property
    def highest(self) -> AccessLevel:
        """The highest level a file may give it."""
        return max(self.allowed)


_READ_ONLY = frozenset({_READ, _NONE})
_WRITE_ONLY = frozenset({_WRITE, _NONE})
_UNSETTLED = ("permissive", "restricted", "fork_maximum")

_TABLE = (
    Permission(name="actions"),
    Permission(name="artifact-metadata", unverified=("fork_maximum",)),
    Permission(name="attestations"),
    Permission(name="checks"),
    Permission(name="code-quality", permissive=_NONE, unverified=_UNSETTLED),
    Permission(name="contents", restricted=_READ),
    Permission(
        name="copilot-requests",
        allowed=_WRITE_ONLY,
        permissive=_NONE,
        fork_maximum=_NONE,
        unverified=_UNSETTLED,
    ),
    Permission(name="deployments"),
    Permission(name="discussions"),
    Permission(name="drives", permissive=_NONE, unverified=_UNSETTLED),
    Permission(name="id-token", allowed=_WRITE_ONLY, permissive=_NONE, fork_maximum=_NONE),
    Permission(name="issues"),
    Permission(name="models", allowed=_READ_ONLY, permissive=_READ, fork_maximum=_NONE),
    Permission(name="packages", restricted=_READ),
    Permission(name="pages"),
    Permission(name="pull-requests"),
    Permission(name="repository-projects"),
    Permission(name="security-events"),
    Permission(name="statuses"),
    Permission(name="vulnerability-alerts", allowed=_READ_ONLY, permissive=_READ, unverified=("fork_maximum",)),
)

PERMISSIONS: Mapping[str, Permission] = {row.name: row for row in _TABLE}
"""Every permission a file may name, by name. `metadata` is not among them: it is always read."""

CALL_CHECK_ORDER = (
    "actions",
    "artifact-metadata",
    "attestations",
    "checks",
    "contents",
    "deployments",
    "discussions",
    "issues",
    "packages",
    "pages",
    "pull-requests",
    "repository-projects",
    "statuses",
    "security-events",
    "id-token",
    "models",
    "vulnerability-alerts",
)
"""The permissions that GitHub compares when a workflow calls another, in the order of its message."""


def expand(block: str | Mapping[str, str]) -> dict[str, AccessLevel]:
    """Give every permission its level under one `permissions:` block.

    `block` is `read-all`, `write-all` or a mapping; what a mapping does not list is none. Under `read-all`
    id-token is read, as in GitHub's parser: of no use to the token, but part of the check of a called
    workflow. A value that GitHub would refuse raises `UsageError` with its words.
    """
    if isinstance(block, str):
        return _expand_all(block)
    levels = dict.fromkeys(PERMISSIONS, AccessLevel.NONE)
    for name, value in block.items():
        levels[name] = _level(name, value)
    return levels


def _expand_all(block: str) -> dict[str, AccessLevel]:
    if block == "write-all":
        return {row.name: row.highest for row in _TABLE}
    if block == "read-all":
        readable = {row.name for row in _TABLE if _READ in row.allowed} | {"id-token"}
        return {name: _READ if name in readable else _NONE for name in PERMISSIONS}
    raise UsageError(f"Unexpected value '{block}'")


def _level(name: str, value: str) -> AccessLevel:
    if name not in PERMISSIONS:
        raise UsageError(f"Unexpected value '{name}'")
    if value not in PERMISSIONS[name].allowed:
        raise UsageError(f"Unexpected value '{value}'")
    return AccessLevel(value)


def default_levels(default_permissions: str) -> dict[str, AccessLevel]:
    """What a token has where no file says anything: `read` is the restricted default."""
    if default_permissions == "read":
        return {row.name: row.restricted for row in _TABLE}
    if default_permissions == "write":
        return {row.name: row.permissive for row in _TABLE}
    raise UsageError(f"default permissions are 'read' or 'write', not {default_permissions!r}")


def default_maximum(default_permissions: str, *, trusted: bool = True) -> dict[str, AccessLevel]:
    """What a called workflow may ask for when no caller wrote a `permissions:` block.

    Under the permissive default that includes id-token when the called file is `trusted`, that is in the
    caller's organisation or enterprise.
    """
    levels = default_levels(default_permissions)
    if default_permissions == "write" and trusted:
        levels["id-token"] = _WRITE
    return levels


class Violation(NamedTuple):
    """A permission for which a called workflow asks more than its caller allows."""

    permission: str
    requested: AccessLevel
    allowed: AccessLevel


def cap_violations(requested: Mapping[str, AccessLevel], allowed: Mapping[str, AccessLevel]) -> list[Violation]:
    """List what `requested` asks beyond `allowed`, in the order of GitHub's message."""
    found = []
    for name in CALL_CHECK_ORDER:
        wanted, most = requested.get(name, _NONE), allowed.get(name, _NONE)
        if wanted > most:
            found.append(Violation(name, wanted, most))
    return found


def violation_text(violations: list[Violation]) -> str:
    """Word violations as GitHub does: `requesting 'pages: write', but is only allowed 'pages: none'`."""
    requested = ", ".join(f"{name}: {wanted}" for name, wanted, _ in violations)
    allowed = ", ".join(f"{name}: {most}" for name, _, most in violations)
    return f"requesting '{requested}', but is only allowed '{allowed}'"
