"""Which scopes of the Actions cache a job may read and write, and the runtime token that says so.

A scope is a git ref. The token is a JWT whose claim `ac` holds a JSON list of scopes with permission bits
(github.com/tonistiigi/go-actions-cache, cache.go: `Scope`, `PermissionRead`, `PermissionWrite`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from enum import IntFlag

from pytest_cicache.permissions import CacheMode

__all__ = ["CacheGrant", "CachePermission", "ScopeAccess", "runtime_token", "scope_access"]

# Clients compare these with their own clock, which is not the simulation's; the service ends tokens itself.
_NOT_BEFORE = 0
_EXPIRES = 253_402_300_799


class CachePermission(IntFlag):
    """What a token may do in one scope."""

    READ = 1
    WRITE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeAccess:
    """One scope of a token."""

    scope: str
    permission: CachePermission

    def __str__(self) -> str:
        words = [word.name.lower() for word in self.permission if word.name]
        return f"{self.scope}: {'/'.join(words)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheGrant:
    """What a runtime token stands for: a job, and its scopes in the order they are searched."""

    job: str
    access: tuple[ScopeAccess, ...]

    @property
    def readable(self) -> tuple[str, ...]:
        """The scopes to look an entry up in, the job's own first."""
        return tuple(item.scope for item in self.access if CachePermission.READ in item.permission)

    @property
    def writable(self) -> str | None:
        """The scope that new entries go to, `None` for a read-only token."""
        found = [item.scope for item in self.access if CachePermission.WRITE in item.permission]
        return found[-1] if found else None


def scope_access(
    *, writable: tuple[str, ...], readable: tuple[str, ...], mode: CacheMode = CacheMode.WRITE
) -> tuple[ScopeAccess, ...]:
    """Give the scopes of a job's token: those of its run, as far as its cache mode lets it use them."""
    found = []
    for scope in dict.fromkeys((*writable, *readable)):
        permission = CachePermission(0)
        if mode.may_read and scope in readable:
            permission |= CachePermission.READ
        if mode.may_write and scope in writable:
            permission |= CachePermission.WRITE
        if permission:
            found.append(ScopeAccess(scope=scope, permission=permission))
    return tuple(found)


def runtime_token(grant: CacheGrant, *, identity: str, key: bytes) -> str:
    """Write ACTIONS_RUNTIME_TOKEN, signed with `key`; `identity` tells apart tokens of the same job."""
    scopes = [{"Scope": item.scope, "Permission": int(item.permission)} for item in grant.access]
    claims = {
        "ac": json.dumps(scopes),
        "acsl": "10",
        "exp": _EXPIRES,
        "iss": "https://token.actions.githubusercontent.com",
        "jti": identity,
        "nbf": _NOT_BEFORE,
    }
    signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
    return f"{signed}.{_base64(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"


def _encoded(document: dict[str, object]) -> str:
    return _base64(json.dumps(document, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
