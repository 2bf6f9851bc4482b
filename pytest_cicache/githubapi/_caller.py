"""Who calls the API, and what a token lets it do.

https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps and
https://docs.github.com/en/rest/packages/packages (scopes of personal access tokens).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_cicache.githubapi._wire import ApiRefusedError
from pytest_cicache.permissions import AccessLevel

__all__ = ["ApiCaller", "require_package_scope", "require_permission"]

_INTEGRATION = "Resource not accessible by integration"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCaller:
    """Whose token it is: a job's, which has a `repository` and `levels`, or a person's, who is `user`.

    A personal access token has every scope but those of packages, which are `packages`: read is `read:packages`, write
    is `write:packages` and `delete:packages`. With neither it is nobody.
    """

    repository: str | None = None
    user: str | None = None
    packages: AccessLevel = AccessLevel.NONE
    levels: Mapping[str, AccessLevel] = field(default_factory=dict)
    name: str = ""

    @property
    def is_anonymous(self) -> bool:
        """Whether no token was sent."""
        return self.repository is None and self.user is None

    @property
    def hourly_limit(self) -> int:
        """How many calls it has in an hour.

        https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
        """
        if self.is_anonymous:
            return 60
        return 1000 if self.repository is not None else 5000

    @property
    def account(self) -> str:
        """What the limit counts for: the repository of a job's token, or the person."""
        return (self.repository or self.user or "").lower()


def require_permission(
    caller: ApiCaller, repository: str, permission: str, level: AccessLevel, *, public: bool
) -> None:
    """Refuse who may not do something with a repository; what is public everyone may read."""
    if level is AccessLevel.READ and public:
        return
    if caller.user is not None:
        return
    if caller.is_anonymous:
        raise ApiRefusedError(401, "Requires authentication") if public else ApiRefusedError(404, "Not Found")
    if (caller.repository or "").lower() != repository.lower() and not public:
        raise ApiRefusedError(404, "Not Found")
    own = caller.levels.get(permission, AccessLevel.NONE)
    if (caller.repository or "").lower() != repository.lower() or own < level:
        raise ApiRefusedError(403, _INTEGRATION)


def require_package_scope(caller: ApiCaller, level: AccessLevel, doing: str) -> None:
    """Refuse a token that may not do anything of the kind with packages."""
    if caller.is_anonymous:
        raise ApiRefusedError(401, "Requires authentication")
    if caller.packages >= level:
        return
    if caller.user is None:
        raise ApiRefusedError(403, _INTEGRATION)
    scope = "read:packages" if level is AccessLevel.READ else "delete:packages"
    raise ApiRefusedError(403, f"You need at least {scope} scope to {doing}.")
