"""What one simulation's registries know: packages, accounts, credentials and tokens.

A credential (`Identity`: whose token, with which access level) lives as long as its job. A registry token grants
nothing by itself: it says what was asked for and by which credential (`Grant`), and rights are looked up at each
request, so that a package's settings, or a job's end, count at once, as at ghcr.io. Of a package there is its settings
page; its content is in the registry behind. BuildKit keeps a pull token in the daemon, by host and port, and a push
token for one push (util/resolver/authorizer.go); both come back here to be looked up.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pytest_cicache.actionscache import ActionsCache
from pytest_cicache.gateway._credential import ANONYMOUS, Grant, Identity
from pytest_cicache.gateway._decide import Question, denial_for
from pytest_cicache.gateway._faults import Faults
from pytest_cicache.gateway._hosts import GHCR, RegistryHost, default_host
from pytest_cicache.gateway._operation import place_of_name
from pytest_cicache.gateway._packages import Owner, Package
from pytest_cicache.gateway._rights import Denial, explain, first_package
from pytest_cicache.gateway._settings import Settings
from pytest_cicache.githubapi import VersionLedger

__all__ = ["LoginReply", "RegistryState"]

# Where docker asks, and how it words a refusal, per registry; the rest answer as the reference registry does.
_API_HOSTS = {"docker.io": "registry-1.docker.io"}
_REFUSED = {GHCR: "denied: denied", "docker.io": "unauthorized: incorrect username or password"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginReply:
    """How `docker login` ended: the registry's status and, when it failed, docker's error line."""

    status: int
    message: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the credential is good."""
        return self.message is None


@dataclass(frozen=True, slots=True)
class _LoginSet:
    """Logins of a job, by host: user name and password."""

    job: str
    logins: Mapping[str, tuple[str, str]]


class RegistryState:
    """One simulation's registries as they are now; changed by these methods only.

    `packages` are ghcr.io's, by image name (`owner/package`), `versions` what was pushed to them; `actions_cache` is
    the repository's Actions cache, on the clock `now`; `faults` spoil requests. `seed` decides the secrets, and is
    random unless given: no two open simulations may have the same.
    """

    def __init__(
        self,
        *,
        seed: str | None = None,
        settings: Settings | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.settings = settings or Settings()
        self.faults = Faults()
        self._seed = secrets.token_hex(16) if seed is None else seed
        self.actions_cache = ActionsCache(seed=self._seed, now=now)
        self.versions = VersionLedger(now)
        self._packages: dict[str, Package] = {}
        self._deleted: dict[str, Package] = {}
        # By name, in lower case.
        self._owners: dict[str, Owner] = {}
        self._hosts: dict[str, RegistryHost] = {}
        self._credentials: dict[str, Identity] = {}
        self._login_sets: dict[str, _LoginSet] = {}
        self._grants: dict[str, Grant] = {}
        self._minted = 0

    @property
    def packages(self) -> Mapping[str, Package]:
        """The packages of ghcr.io, by image name."""
        return self._packages

    def add_package(self, package: Package) -> None:
        """Let a package exist, or change its settings."""
        self._packages[package.image_name] = package

    def delete_package(self, image_name: str) -> None:
        """Let a package exist no longer; its settings are kept for a restoration."""
        package = self._packages.pop(image_name, None)
        if package is not None:
            self._deleted[image_name] = package

    def restore_package(self, image_name: str) -> Package | None:
        """Let a deleted package exist again; `None` where there is none, or the name is taken."""
        if image_name in self._packages or image_name not in self._deleted:
            return None
        self._packages[image_name] = self._deleted.pop(image_name)
        return self._packages[image_name]

    def deleted_package(self, image_name: str) -> Package | None:
        """Give a package that was deleted and can be restored."""
        return self._deleted.get(image_name)

    def knows_owner(self, name: str) -> bool:
        """Tell whether anything was said about an account, or it has packages."""
        key = name.lower()
        return key in self._owners or any(package.owner.lower() == key for package in self._packages.values())

    def add_owner(self, owner: Owner) -> None:
        """Say what an account is and allows; one that was not named is an organisation that allows all."""
        self._owners[owner.name.lower()] = owner

    def add_host(self, host: RegistryHost) -> None:
        """Say who may log in to a registry other than ghcr.io."""
        self._hosts[host.name.lower()] = host

    def issue(self, identity: Identity, *, kind: str = "ghs") -> str:
        """Make a secret that stands for an identity: the GITHUB_TOKEN of a job, or a person's token (`ghp`)."""
        secret = f"{kind}_{self._mint()[:36]}"
        self._credentials[secret] = identity
        return secret

    def accept(self, secret: str, identity: Identity) -> None:
        """Let a secret that others made stand for an identity, unless it stands for one already."""
        self._credentials.setdefault(secret, identity)

    def revoke(self, secret: str) -> None:
        """End a secret and every token issued for it; one that has ended already is left alone."""
        self._credentials.pop(secret, None)

    def end_job(self, job: str) -> None:
        """End the credentials that stand for a job's logins."""
        self._login_sets = {secret: known for secret, known in self._login_sets.items() if known.job != job}

    def job_credential(self, job: str, logins: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
        """Give the one user name and password that stand for these logins (host to user and password) of a job.

        The same logins have the same credential, so that a builder goes on with the tokens it was given.
        """
        wanted = _LoginSet(job, dict(logins))
        for secret, known in self._login_sets.items():
            if known == wanted:
                return "job", secret
        secret = f"job_{self._mint()[:36]}"
        self._login_sets[secret] = wanted
        return "job", secret

    def login(self, host: str, username: str, password: str) -> LoginReply:
        """Decide as `docker login` does: any live credential will do, whatever it may."""
        if self._identify(host, password, username) is not None:
            return LoginReply(status=200)
        status = self.settings.login_denied_status if host == GHCR else 401
        words = _REFUSED.get(host, "unauthorized: authentication required")
        message = f'Error response from daemon: Get "https://{_API_HOSTS.get(host, host)}/v2/": {words}'
        return LoginReply(status=status, message=message)

    def host(self, name: str) -> RegistryHost:
        """Give the registry of that name, with its defaults when nothing was said about it."""
        return self._hosts.get(name) or default_host(name)

    def owner(self, name: str) -> Owner:
        """Give the account of that name, with its defaults when nothing was said about it."""
        return self._owners.get(name.lower()) or Owner(name=name)

    def package(self, image_name: str) -> Package | None:
        """Give a package of ghcr.io, if it exists."""
        return self._packages.get(image_name)

    def knows(self, secret: str) -> bool:
        """Tell whether a secret is a live credential anywhere in this simulation."""
        return secret in self._credentials or secret in self._login_sets

    def resolve(self, secret: str | None, host: str, username: str = "") -> Identity | None:
        """Give who a secret stands for at a host; `None` when it is wrong or has ended.

        A job's credential stands for its login at that host, and for nobody where it has none.
        """
        if secret is None:
            return ANONYMOUS
        known = self._login_sets.get(secret)
        if known is not None:
            user, password = known.logins.get(host, ("", None))
            return ANONYMOUS if password is None else self._identify(host, password, user)
        return self._identify(host, secret, username)

    def grant(self, grant: Grant) -> str:
        """Issue a registry token."""
        token = self._mint()
        self._grants[token] = grant
        return token

    def granted(self, token: str) -> Grant | None:
        """Give what a registry token was issued for."""
        return self._grants.get(token)

    def expire(self, token: str) -> None:
        """Make a registry token worthless."""
        self._grants.pop(token, None)

    def create_package(self, identity: Identity, image_name: str) -> None:
        """Let the package exist that a first push has made."""
        owner = self.owner(image_name.partition("/")[0])
        self._packages.setdefault(image_name, first_package(identity, image_name, owner))

    def with_source(self, question: Question) -> Question:
        """Complete a question about a mount: whether its source may be read by who asks."""
        place = place_of_name(question.operation.mount_from or "")
        target = question.operation
        # Hosts share an address here; outside, no registry mounts from another one.
        if place is None or place[:2] != (target.simulation, target.host) or question.identity is None:
            return replace(question, source_denied=True)
        _, host, image_name = place
        owner = self.owner(image_name.partition("/")[0])
        source = replace(
            question,
            operation=question.operation.at(host, image_name),
            package=self.package(image_name),
            owner=owner,
        )
        return replace(question, source_denied=denial_for(source, "pull") is not None)

    def explain(self, denial: Denial, identity: Identity, host: str, image_name: str) -> str:
        """Say why an operation on an image was refused, for a person who must change something."""
        return explain(denial, identity, f"{host}/{image_name}", self.package(image_name))

    def _identify(self, host: str, password: str, username: str) -> Identity | None:
        if host == GHCR:
            return self._credentials.get(password)
        return self.host(host).identify(password, username)

    def _mint(self) -> str:
        self._minted += 1
        return hashlib.sha256(f"{self._seed}/{self._minted}".encode()).hexdigest()
