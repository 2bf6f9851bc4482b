"""GitHub's REST API for the code under test: in this process through `requests`, in others by a URL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_cicache.errors import UsageError, suggestion
from pytest_cicache.gateway import Identity, RegistryState, Visibility
from pytest_cicache.githubapi import API_URL, ApiCall, ApiRecord, ApiReply, GitHubApi, PackageVersion
from pytest_cicache.permissions import PERMISSIONS, AccessLevel

if TYPE_CHECKING:
    from requests import PreparedRequest

    from pytest_cicache.events import Repository
    from pytest_cicache.simulation._simulation import Simulation

__all__ = ["ApiAccess"]

_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
# PyGithub names the port.
_PATTERN = re.compile(rf"{re.escape(API_URL)}(?::443)?(?=/|$)")


class ApiAccess:
    """The API of a simulation, and tokens for it.

    `url` and `graphql_url` are what other processes find in GITHUB_API_URL and GITHUB_GRAPHQL_URL; `token` is a
    personal access token of the repository's owner, with every scope; `calls` are those made so far.
    """

    def __init__(self, simulation: Simulation, state: RegistryState, url: str) -> None:
        self.url = url
        self.graphql_url = f"{url}/graphql"
        self._simulation = simulation
        self._state = state
        self.token = self.personal_token()

    @property
    def api(self) -> GitHubApi:
        """The API itself."""
        return self._simulation.api

    @property
    def calls(self) -> tuple[ApiRecord, ...]:
        """The calls so far, in order: `method`, `path`, `status`, `message`."""
        return tuple(self.api.records)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a subprocess needs to reach the API."""
        return {
            "GITHUB_API_URL": self.url,
            "GITHUB_GRAPHQL_URL": self.graphql_url,
            "GITHUB_REPOSITORY": self._repository.full_name,
            "GITHUB_TOKEN": self.token,
            "GH_TOKEN": self.token,
        }

    def personal_token(self, user: str | None = None, *, packages: str = "write") -> str:
        """Make a personal access token of a user, of the owner by default.

        `packages` is `write` for the scopes write:packages and delete:packages, `read` for read:packages alone, `none`
        for neither.
        """
        return self._state.issue(Identity(user=user or self._repository.owner, packages=_level(packages)), kind="ghp")

    def job_token(self, **permissions: str) -> str:
        """Make a token such as a job of the repository has: `packages="write"`, `actions="read"`, none by default."""
        names = {name.replace("_", "-"): _level(level) for name, level in permissions.items()}
        unknown = next((name for name in names if name not in PERMISSIONS), None)
        if unknown is not None:
            raise UsageError(f"a token has no permission '{unknown}'; {suggestion(unknown, PERMISSIONS)}".rstrip("; "))
        repository = self._repository
        identity = Identity(
            repository=repository.full_name,
            packages=names.get("packages", AccessLevel.NONE),
            visibility=Visibility(repository.visibility),
            levels=names,
        )
        return self._state.issue(identity)

    def versions(self, package: str, *, deleted: bool = False) -> list[PackageVersion]:
        """The versions of a package (`owner/name`), the newest first; those that can be restored with `deleted`."""
        return self._state.versions.versions(_image_name(package), deleted=deleted)

    def count_downloads(self, package: str, reference: str, number: int) -> None:
        """Let a version, by tag or digest, have been downloaded so many times more; raises UsageError for none."""
        name = _image_name(package)
        if self._state.versions.find(name, reference) is None:
            known = ", ".join(sorted(self._state.versions.tags(name))) or "none"
            raise UsageError(f"the package '{name}' has no version '{reference}'; its tags are {known}")
        self._state.versions.count_download(name, reference, number)

    @contextmanager
    def in_process(self) -> Iterator[None]:
        """Answer what clients of `requests` in this process ask of api.github.com; everything else fails."""
        import responses

        with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
            # Clients that heed GITHUB_API_URL, and those of the registry.
            mock.add_passthru("/".join(self.url.split("/")[:3]))
            for method in _METHODS:
                mock.add_callback(method, _PATTERN, callback=self._answer)
            yield

    @property
    def _repository(self) -> Repository:
        return self._simulation.repository

    def _answer(self, request: PreparedRequest) -> tuple[int, Mapping[str, str], bytes]:
        body = request.body or b""
        call = ApiCall.read(
            request.method or "GET",
            _PATTERN.sub("", request.url or "", count=1),
            authorization=str(request.headers.get("Authorization", "")),
            body=body.encode() if isinstance(body, str) else body,
        )
        reply: ApiReply = self.api.answer(call)
        return reply.status, {"Content-Type": "application/json; charset=utf-8", **reply.headers}, reply.body()


def _level(text: str) -> AccessLevel:
    try:
        return AccessLevel(text)
    except ValueError:
        raise UsageError(f"unknown access level '{text}'; it is one of {', '.join(AccessLevel)}") from None


def _image_name(package: str) -> str:
    return package.removeprefix("ghcr.io/").lower()
