"""The packages' settings as the REST API asks about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pytest_cicache.gateway._credential import Identity
from pytest_cicache.gateway._hosts import GHCR
from pytest_cicache.gateway._packages import Package, Role
from pytest_cicache.gateway._rights import may_read, role_of
from pytest_cicache.githubapi import ApiCaller, ApiPackage

if TYPE_CHECKING:
    from pytest_cicache.gateway._state import RegistryState

__all__ = ["ApiSettings"]


class ApiSettings:
    """Answers from a simulation's registry state, with the rights of who asks."""

    def __init__(self, state: RegistryState) -> None:
        self._state = state

    def caller(self, token: str | None) -> ApiCaller | None:
        """Who a token stands for; nobody without one, `None` for one that is wrong or has ended."""
        identity = self._state.resolve(token, GHCR)
        if identity is None:
            return None
        return ApiCaller(
            repository=identity.repository,
            user=identity.user,
            packages=identity.packages,
            levels=identity.levels,
        )

    def owner_type(self, owner: str) -> str | None:
        """`Organization` or `User`; `None` for an account nobody knows."""
        return str(self._state.owner(owner).kind) if self._state.knows_owner(owner) else None

    def packages(self, caller: ApiCaller, owner: str) -> Sequence[ApiPackage]:
        """The packages of an account that a caller may see, by name."""
        of_owner = (each for each in self._state.packages.values() if each.owner.lower() == owner.lower())
        seen = (self._seen(caller, each) for each in of_owner)
        return sorted((each for each in seen if each is not None), key=lambda package: package.name)

    def package(self, caller: ApiCaller, image_name: str) -> ApiPackage | None:
        """One of them."""
        found = self._state.package(image_name)
        return None if found is None else self._seen(caller, found)

    def delete_package(self, image_name: str) -> None:
        """Let a package exist no longer, its settings kept."""
        self._state.delete_package(image_name)

    def restore_package(self, caller: ApiCaller, image_name: str) -> ApiPackage | None:
        """Let a deleted package exist again, where the caller administers it."""
        deleted = self._state.deleted_package(image_name)
        if deleted is None or role_of(_identity(caller), deleted) is not Role.ADMIN:
            return None
        found = self._state.restore_package(image_name)
        return None if found is None else self._seen(caller, found)

    def _seen(self, caller: ApiCaller, package: Package) -> ApiPackage | None:
        identity, owner = _identity(caller), self._state.owner(package.owner)
        own = None if identity.owner is None else self._state.owner(identity.owner)
        if not may_read(identity, package, owner, own):
            return None
        return ApiPackage(
            owner=owner.name,
            owner_type=str(owner.kind),
            name=package.name,
            visibility=str(package.visibility),
            linked=package.linked,
            role=str(role_of(identity, package)),
        )


def _identity(caller: ApiCaller) -> Identity:
    return Identity(repository=caller.repository, user=caller.user, packages=caller.packages)
