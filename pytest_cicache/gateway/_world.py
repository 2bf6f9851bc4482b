"""The registry side of one simulation: packages, credentials, faults, and the record of what was asked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pytest_cicache.actionscache import ActionsCache
from pytest_cicache.gateway._decide import Question, denial_for
from pytest_cicache.gateway._faults import Faults
from pytest_cicache.gateway._hosts import GHCR, RegistryHost, default_host
from pytest_cicache.gateway._identity import ANONYMOUS, Attribution, Grant, Identity
from pytest_cicache.gateway._operation import place_of_name
from pytest_cicache.gateway._packages import Owner, Package
from pytest_cicache.gateway._rights import Denial, explain, first_package
from pytest_cicache.gateway._settings import Settings
from pytest_cicache.observation import Purpose, RegistryRecord
from pytest_cicache.oci import Reference

__all__ = ["LoginReply", "Refusal", "World"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A refused operation with which rule refused it, and why in words for a person."""

    record: RegistryRecord
    denial: Denial
    reason: str


class World:
    """One simulation's registries, changed as it runs; the gateway only reads it and appends records.

    `packages` are ghcr.io's, by image name (`owner/package`); `owners` and `hosts` by name, in lower case;
    `credentials` maps a live secret to what it stands for; `logins` maps a job to the passwords it has
    logged in with, by host; `current` is the step that is running; `actions_cache` is the repository's Actions
    cache, on the clock `now`. `seed` decides the secrets, and is random unless given: no two open worlds may
    have the same.
    """

    def __init__(
        self,
        *,
        seed: str | None = None,
        settings: Settings | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.settings = settings or Settings()
        self.packages: dict[str, Package] = {}
        self.owners: dict[str, Owner] = {}
        self.hosts: dict[str, RegistryHost] = {}
        self.credentials: dict[str, Identity] = {}
        self.logins: dict[str, dict[str, str]] = {}
        self.faults = Faults()
        self.records: list[RegistryRecord] = []
        self.refusals: list[Refusal] = []
        self.current = Attribution()
        self.expected: dict[tuple[str, str], dict[str, frozenset[Purpose]]] = {}
        self._seed = secrets.token_hex(16) if seed is None else seed
        self.actions_cache = ActionsCache(seed=self._seed, now=now)
        self._minted = 0
        self._job_secrets: dict[str, str] = {}
        self._grants: dict[str, Grant] = {}

    def add_package(self, package: Package) -> None:
        """Let a package exist, or change its settings."""
        self.packages[package.image_name] = package

    def add_owner(self, owner: Owner) -> None:
        """Say what an account is and allows; one that was not named is an organisation that allows all."""
        self.owners[owner.name.lower()] = owner

    def add_host(self, host: RegistryHost) -> None:
        """Say who may log in to a registry other than ghcr.io."""
        self.hosts[host.name.lower()] = host

    def issue(self, identity: Identity) -> str:
        """Make a secret that stands for an identity, such as the GITHUB_TOKEN of a job."""
        secret = f"ghs_{self._mint()[:36]}"
        self.credentials[secret] = identity
        return secret

    def revoke(self, secret: str) -> None:
        """End a secret and every token issued for it; one that has ended already is left alone."""
        self.credentials.pop(secret, None)
        for job in [job for job, known in self._job_secrets.items() if known == secret]:
            del self._job_secrets[job]
            self.logins.pop(job, None)

    def job_credential(self, job: str) -> tuple[str, str]:
        """Give the one user name and password by which the gateway knows all logins of a job."""
        secret = self._job_secrets.get(job)
        if secret is None:
            secret = self._job_secrets[job] = f"job_{self._mint()[:36]}"
        return "job", secret

    def login(self, host: str, username: str, password: str, *, job: str | None = None) -> LoginReply:
        """Decide as `docker login` does: any live credential will do, whatever it may.

        With `job` a good login is kept for that job, a failed one is not.
        """
        status = 200
        message = None
        if self._identify(host, password, username) is None:
            status = self.settings.login_denied_status if host == GHCR else 401
            words = _REFUSED.get(host, "unauthorized: authentication required")
            message = f'Error response from daemon: Get "https://{_API_HOSTS.get(host, host)}/v2/": {words}'
        elif job is not None:
            self.logins.setdefault(job, {})[host] = password
        place = self.current
        self.records.append(
            RegistryRecord(
                run=place.run,
                job=place.job,
                step=place.step,
                purpose=Purpose.LOGIN,
                method="GET",
                host=host,
                image_name="",
                status=status,
                message=message,
            )
        )
        return LoginReply(status=status, message=message)

    def logout(self, host: str, *, job: str) -> None:
        """Forget a job's login."""
        self.logins.get(job, {}).pop(host, None)

    def expect(self, reference: str, *purposes: Purpose) -> None:
        """Say what the build that comes uses a reference for; said twice, it is both."""
        wanted = Reference.parse(reference).normalised
        by_reference = self.expected.setdefault((wanted.host, wanted.image_name), {})
        identifier = wanted.identifier
        by_reference[identifier] = by_reference.get(identifier, frozenset()) | frozenset(purposes)

    def forget_expectations(self) -> None:
        """Start anew before the next build."""
        self.expected.clear()

    def host(self, name: str) -> RegistryHost:
        """Give the registry of that name, with its defaults when nothing was said about it."""
        return self.hosts.get(name) or default_host(name)

    def owner(self, name: str) -> Owner:
        """Give the account of that name, with its defaults when nothing was said about it."""
        return self.owners.get(name.lower()) or Owner(name=name)

    def package(self, image_name: str) -> Package | None:
        """Give a package of ghcr.io, if it exists."""
        return self.packages.get(image_name)

    def knows(self, secret: str) -> bool:
        """Tell whether a secret is a live credential anywhere in this world."""
        return secret in self.credentials or secret in self._job_secrets.values()

    def resolve(self, secret: str | None, host: str, username: str = "") -> Identity | None:
        """Give who a secret stands for at a host; `None` when it is wrong or has ended.

        A job's credential stands for the job's login at that host, and for nobody where it has none.
        """
        if secret is None:
            return ANONYMOUS
        for job, known in self._job_secrets.items():
            if known == secret:
                password = self.logins.get(job, {}).get(host)
                return ANONYMOUS if password is None else self._identify(host, password, job)
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
        self.packages.setdefault(image_name, first_package(identity, image_name, owner))

    def note_digest(self, host: str, image_name: str, reference: str, digest: str) -> None:
        """Let a digest have the purpose of the tag that was resolved to it."""
        by_reference = self.expected.get((host, image_name), {})
        if reference in by_reference:
            by_reference[digest] = by_reference.get(digest, frozenset()) | by_reference[reference]

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

    def note_refusal(self, record: RegistryRecord, denial: Denial, identity: Identity) -> None:
        """Keep why an operation was refused."""
        name = f"{record.host}/{record.image_name}"
        reason = explain(denial, identity, name, self.package(record.image_name))
        self.refusals.append(Refusal(record=record, denial=denial, reason=reason))

    def _identify(self, host: str, password: str, username: str) -> Identity | None:
        if host == GHCR:
            return self.credentials.get(password)
        return self.host(host).identify(password, username)

    def _mint(self) -> str:
        self._minted += 1
        return hashlib.sha256(f"{self._seed}/{self._minted}".encode()).hexdigest()
