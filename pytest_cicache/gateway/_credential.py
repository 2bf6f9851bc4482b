"""Who stands behind a request: a job's token, a person's, nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_cicache.gateway._packages import Visibility
from pytest_cicache.permissions import AccessLevel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_cicache.oci import ResourceScope

__all__ = ["ANONYMOUS", "Grant", "Identity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a credential stands for.

    A workflow's token has a `repository` (`owner/name`), whose `visibility` a new package inherits, the access
    level `packages`, and `levels` by permission for the API; a personal access token or another registry's account
    has a `user`. With neither it is nobody.
    """

    repository: str | None = None
    user: str | None = None
    packages: AccessLevel = AccessLevel.NONE
    visibility: Visibility = Visibility.PUBLIC
    job: str = ""
    levels: Mapping[str, AccessLevel] = field(default_factory=dict, hash=False)

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody in particular asks."""
        return self.repository is None and self.user is None

    @property
    def owner(self) -> str | None:
        """The account the credential acts for, in lower case."""
        if self.repository is not None:
            return self.repository.partition("/")[0].lower()
        return None if self.user is None else self.user.lower()

    def __str__(self) -> str:
        if self.repository is not None:
            return f"the token of {self.repository} with packages: {self.packages}"
        return f"the account {self.user}" if self.user is not None else "nobody"


ANONYMOUS = Identity()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a bearer token was issued for: the credential behind it (`None`: anonymous) and its scopes.

    It holds no right by itself; rights are looked up at every request. `any_name` is true for a GitHub
    token sent as the bearer token, which ghcr.io accepts for every scope.
    """

    secret: str | None
    username: str = ""
    scopes: tuple[ResourceScope, ...] = ()
    any_name: bool = False

    def covers(self, name: str, verb: str) -> bool:
        """Tell whether the verb on an image name was asked for."""
        return self.any_name or any(
            scope.type == "repository" and scope.name == name and (verb in scope.verbs or "*" in scope.verbs)
            for scope in self.scopes
        )
