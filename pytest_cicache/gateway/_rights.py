"""Who may pull, push and create a package on ghcr.io, and which of its denials says no.

The decision and the texts are those of public reports, collected from
https://docs.github.com/en/packages/managing-github-packages-using-github-actions-workflows and
https://github.com/getsentry/publish/pull/7207, https://github.com/pinchbench/skill/pull/17,
https://github.com/airbus/sen/pull/173, https://github.com/tuna-os/tunaOS/issues/642.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from pytest_cicache.gateway._packages import Owner, Package, Role, Visibility
from pytest_cicache.permissions import AccessLevel

if TYPE_CHECKING:
    from pytest_cicache.gateway._credential import Identity

__all__ = ["Denial", "explain", "first_package", "may_read", "pull_denial", "push_denial", "role_of"]


class Denial(StrEnum):
    """Why ghcr.io refuses; two of them read the same to a client, and a test can still tell them apart."""

    TOKEN_MAY_NOT_WRITE = "token may not write"  # noqa: S105 - words, no secret
    TOKEN_MAY_NOT_CREATE = "token may not create"  # noqa: S105 - words, no secret
    CREATION_NOT_ALLOWED = "creation not allowed"
    NO_WRITE_ROLE = "no write role"
    TOKEN_LACKS_ACCESS = "personal token lacks write:packages"  # noqa: S105 - words, no secret
    NOT_READABLE = "not readable"
    UNAUTHENTICATED = "unauthenticated"
    BAD_CREDENTIAL = "bad credential"

    @property
    def message(self) -> str:
        """What ghcr.io says."""
        return _MESSAGES[self]


_MESSAGES = {
    Denial.TOKEN_MAY_NOT_WRITE: "installation not allowed to Write organization package",
    Denial.TOKEN_MAY_NOT_CREATE: "installation not allowed to Create organization package",
    Denial.CREATION_NOT_ALLOWED: "installation not allowed to Create organization package",
    Denial.NO_WRITE_ROLE: "permission_denied: write_package",
    Denial.TOKEN_LACKS_ACCESS: "permission_denied: The token provided does not match expected scopes.",
    Denial.NOT_READABLE: "denied",
    Denial.UNAUTHENTICATED: "authentication required",
    Denial.BAD_CREDENTIAL: "denied",
}


def pull_denial(identity: Identity, package: Package | None, owner: Owner, own: Owner | None = None) -> Denial | None:
    """Decide a pull; `own` is the account the credential acts for.

    A package that does not exist looks like one that may not be read, except to who may create it.
    """
    if package is None:
        if push_denial(identity, None, owner) is None:
            return None
    elif may_read(identity, package, owner, own):
        return None
    return Denial.UNAUTHENTICATED if identity.is_anonymous else Denial.NOT_READABLE


def may_read(identity: Identity, package: Package, owner: Owner, own: Owner | None = None) -> bool:
    """Tell whether an existing package may be pulled."""
    if package.visibility is Visibility.PUBLIC:
        return True
    if identity.packages == AccessLevel.NONE:
        return False
    same_enterprise = own is not None and own.enterprise is not None and own.enterprise == owner.enterprise
    if package.visibility is Visibility.INTERNAL and (identity.owner == owner.name.lower() or same_enterprise):
        return True
    return role_of(identity, package).includes(Role.READ)


def push_denial(identity: Identity, package: Package | None, owner: Owner) -> Denial | None:
    """Decide a push: the token's level first, then who may create, then the package's own list."""
    if identity.is_anonymous:
        return Denial.UNAUTHENTICATED
    if identity.packages != AccessLevel.WRITE:
        if identity.repository is None:
            return Denial.TOKEN_LACKS_ACCESS
        return Denial.TOKEN_MAY_NOT_CREATE if package is None else Denial.TOKEN_MAY_NOT_WRITE
    if package is None:
        return None if _may_create(identity, owner) else Denial.CREATION_NOT_ALLOWED
    return None if role_of(identity, package).includes(Role.WRITE) else Denial.NO_WRITE_ROLE


def first_package(identity: Identity, image_name: str, owner: Owner) -> Package:
    """Make the package that a first push creates.

    A workflow's is linked to its repository and has that one's visibility; a person's is private.
    https://docs.github.com/en/packages/managing-github-packages-using-github-actions-workflows/publishing-and-installing-a-package-with-github-actions
    """
    name = image_name.partition("/")[2]
    if identity.repository is None:
        return Package(owner=owner.name, name=name)
    return Package(
        owner=owner.name,
        name=name,
        visibility=identity.visibility,
        linked=identity.repository,
        inherits=owner.inherits,
        access={identity.repository: Role.ADMIN},
    )


def explain(denial: Denial, identity: Identity, name: str, package: Package | None) -> str:
    """Say in one sentence why an operation was refused, for a person who must change something."""
    match denial:
        case Denial.TOKEN_MAY_NOT_WRITE | Denial.TOKEN_MAY_NOT_CREATE:
            return f"{identity} may not write {name}: that takes `packages: write`"
        case Denial.CREATION_NOT_ALLOWED:
            return f"{name} does not exist, and {identity} may not create it there"
        case Denial.NO_WRITE_ROLE:
            linked = "no repository" if package is None or package.linked is None else package.linked
            return f"{name} is linked to {linked} and gives {identity} no Write role"
        case Denial.TOKEN_LACKS_ACCESS:
            return f"{identity} lacks write:packages for {name}"
        case Denial.NOT_READABLE | Denial.UNAUTHENTICATED:
            state = "does not exist" if package is None else f"is {package.visibility}"
            return f"{name} {state}, and {identity} has no Read role on it"
        case _:
            return f"the credential for {name} is wrong, or its job has ended"


def role_of(identity: Identity, package: Package) -> Role:
    """Give the role that whoever stands behind a credential has on a package."""
    if identity.repository is not None:
        return package.role_of_repository(identity.repository)
    return Role.NONE if identity.user is None else package.role_of_user(identity.user)


def _may_create(identity: Identity, owner: Owner) -> bool:
    is_own = identity.owner == owner.name.lower() or (identity.user or "") in owner.members
    visibility = identity.visibility if identity.repository is not None else Visibility.PRIVATE
    return is_own and visibility in owner.may_create
