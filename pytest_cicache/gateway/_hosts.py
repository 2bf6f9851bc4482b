"""Registries other than ghcr.io: who can log in to them, and what is theirs to read and write."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pytest_cicache.gateway._credential import Identity
from pytest_cicache.permissions import AccessLevel

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GHCR", "RegistryHost", "default_host"]

GHCR = "ghcr.io"
_LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryHost:
    """One registry and its accounts.

    `accounts` maps a password to its user name; `writable` maps a user to patterns of image names, where a
    user that is not in it writes below the own name; `private` are patterns of image names that only their
    writers may read. With `trusts_logins` every password but an empty one is good and may write anything;
    with `is_open` nobody is asked for a token.
    """

    name: str
    accounts: Mapping[str, str] = field(default_factory=dict)
    writable: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    private: tuple[str, ...] = ()
    trusts_logins: bool = False
    is_open: bool = False

    def identify(self, password: str, username: str = "") -> Identity | None:
        """Give the account of a password; `None` when it is no good one."""
        user = self.accounts.get(password)
        if user is None and self.trusts_logins and password:
            user = username or "user"
        return None if user is None else Identity(user=user, packages=AccessLevel.WRITE)

    def may_write(self, identity: Identity, image_name: str) -> bool:
        """Tell whether the account may push an image."""
        if identity.user is None:
            return False
        patterns = self.writable.get(identity.user, (f"{identity.user.lower()}/*",))
        return self.trusts_logins or any(fnmatchcase(image_name, pattern) for pattern in patterns)

    def may_read(self, identity: Identity, image_name: str) -> bool:
        """Tell whether the account, or nobody, may pull an image."""
        is_private = any(fnmatchcase(image_name, pattern) for pattern in self.private)
        return not is_private or self.may_write(identity, image_name)


def default_host(name: str) -> RegistryHost:
    """Describe a registry about which nothing was said.

    One on the job's own machine (a service container) asks for nothing; any other takes every login, since
    its secrets are not the simulation's to judge.
    """
    bare = name.rsplit(":", 1)[0]
    return RegistryHost(name=name, trusts_logins=True, is_open=bare in _LOCAL)
