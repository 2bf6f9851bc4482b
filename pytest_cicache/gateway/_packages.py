"""Packages of ghcr.io, who owns them, and which role a repository has on one.

https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Owner", "OwnerKind", "Package", "Role", "Visibility"]


class Visibility(StrEnum):
    """Who may see a package or a repository."""

    PUBLIC = "public"
    PRIVATE = "private"
    INTERNAL = "internal"


class Role(StrEnum):
    """What a repository or a person may do with one package; each role holds those before it."""

    NONE = "none"
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """Tell whether this role allows all that the other does."""
        return _RANK[self] >= _RANK[other]


_RANK = {role: rank for rank, role in enumerate(Role)}


class OwnerKind(StrEnum):
    """What a GitHub account is."""

    ORGANIZATION = "Organization"
    USER = "User"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """An account that owns packages.

    `may_create` are the visibilities its members, workflows included, may create packages with;
    `inherits` tells whether a package gets its linked repository's access by itself; owners with the same
    `enterprise` see each other's internal packages; `members` are the people of an organisation.
    """

    name: str
    kind: OwnerKind = OwnerKind.ORGANIZATION
    may_create: frozenset[Visibility] = frozenset(Visibility)
    inherits: bool = True
    enterprise: str | None = None
    members: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package and its settings page.

    `linked` is the repository (`owner/name`) it is connected to; with `inherits` that one's workflows may
    write it; `access` is "Manage Actions access", by repository; `people` are roles given to users.
    """

    owner: str
    name: str
    visibility: Visibility = Visibility.PRIVATE
    linked: str | None = None
    inherits: bool = True
    access: Mapping[str, Role] = field(default_factory=dict)
    people: Mapping[str, Role] = field(default_factory=dict)

    @property
    def image_name(self) -> str:
        """The name in the registry, which is lower case whatever the owner's is."""
        return f"{self.owner}/{self.name}".lower()

    def role_of_repository(self, repository: str) -> Role:
        """Give the role its workflows have: the entry made for it or the inherited one, whichever is more."""
        entry = _entry(self.access, repository)
        linked = self.linked is not None and self.linked.lower() == repository.lower()
        inherited = Role.WRITE if linked and self.inherits else Role.NONE
        return max(entry, inherited, key=_RANK.__getitem__)

    def role_of_user(self, user: str) -> Role:
        """Give the role a person has; the owner of a user's package administers it."""
        return Role.ADMIN if user.lower() == self.owner.lower() else _entry(self.people, user)


def _entry(roles: Mapping[str, Role], name: str) -> Role:
    found = (Role(role) for key, role in roles.items() if key.lower() == name.lower())
    return next(found, Role.NONE)
