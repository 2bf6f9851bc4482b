"""An API on a made-up state, without any server."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pytest_cicache.events import Repository
from pytest_cicache.gateway import ApiSettings, Identity, Owner, OwnerKind, Package, RegistryState, Role, Visibility
from pytest_cicache.githubapi import ApiCall, ApiCommit, ApiReply, GitHubApi, StoredManifest
from pytest_cicache.permissions import AccessLevel

START = datetime(2026, 11, 24, 9, tzinfo=UTC)
COMMITS = {
    "a" * 40: ApiCommit(sha="a" * 40, tree="1" * 40, parents=(), author="octocat", at=START, message="Begin"),
    "b" * 40: ApiCommit(sha="b" * 40, tree="2" * 40, parents=("a" * 40,), author="octocat", at=START, message="Go on"),
}
FILES = {"Dockerfile": b"FROM scratch\n", "src/main.py": b"print()\n", "src/deep/er.py": b""}


@dataclass
class Facts:
    """A repository of two commits."""

    repository: Repository = field(default_factory=lambda: Repository.parse("octo/app"))
    told: list[dict[str, Any]] = field(default_factory=list)
    released: list[dict[str, Any]] = field(default_factory=list)

    def branches(self) -> dict[str, str]:
        return {"main": "b" * 40, "feature/x": "a" * 40}

    def tags(self) -> dict[str, str]:
        return {"v1": "a" * 40}

    def resolve(self, ref: str) -> str | None:
        return {**self.branches(), **self.tags(), "bbbb": "b" * 40, "b" * 40: "b" * 40}.get(ref)

    def log(self, sha: str) -> list[ApiCommit]:
        return [COMMITS[sha], *(COMMITS[parent] for parent in COMMITS[sha].parents)]

    def changed(self, commit: ApiCommit) -> list[str]:
        return ["Dockerfile"]

    def paths(self, sha: str) -> frozenset[str]:
        return frozenset(FILES)

    def content(self, sha: str, path: str) -> bytes | None:
        return FILES.get(path)

    def pulls(self) -> list[dict[str, Any]]:
        return self.told

    def releases(self) -> list[dict[str, Any]]:
        return self.released


@dataclass
class World:
    """The API with its state, a clock that a test moves, and tokens."""

    now: datetime = START

    def __post_init__(self) -> None:
        self.state = RegistryState(seed="test", now=lambda: self.now)
        self.state.add_owner(Owner(name="octo", kind=OwnerKind.ORGANIZATION))
        self.state.add_owner(Owner(name="mona", kind=OwnerKind.USER))
        self.facts = Facts()
        self.api = GitHubApi(
            settings=ApiSettings(self.state),
            facts=self.facts,
            versions=self.state.versions,
            cache=self.state.actions_cache,
            now=lambda: self.now,
        )
        self.owner = self.state.issue(Identity(user="octo", packages=AccessLevel.WRITE), kind="ghp")

    def package(self, name: str = "octo/app", **settings: Any) -> None:
        owner, _, short = name.partition("/")
        self.state.add_package(Package(owner=owner, name=short, **settings))

    def push(self, tag: str, number: int, name: str = "octo/app", **manifest: Any) -> int:
        """Push a manifest whose digest ends with a number; return the version's id."""
        stored = StoredManifest(size=100, **manifest)
        return self.state.versions.push(name, tag or digest(number), digest(number), stored).id

    def job(self, repository: str = "octo/app", **levels: str) -> str:
        named = {name.replace("_", "-"): AccessLevel(level) for name, level in levels.items()}
        packages = named.get("packages", AccessLevel.NONE)
        return self.state.issue(Identity(repository=repository, packages=packages, levels=named))

    def call(self, method: str, target: str, token: str | None = "", body: Any = None) -> ApiReply:
        token = self.owner if token == "" else token
        authorization = f"Bearer {token}" if token else ""
        data = b"" if body is None else json.dumps(body).encode()
        return self.api.answer(ApiCall.read(method, target, authorization=authorization, body=data))

    def travel(self, **units: float) -> None:
        self.now += timedelta(**units)


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


@pytest.fixture
def world() -> World:
    """An organisation `octo` with a repository `octo/app` and no package."""
    return World()


@pytest.fixture
def stocked(world: World) -> World:
    """The same with a public package `octo/app` of three versions, the middle one untagged."""
    world.package(visibility=Visibility.PUBLIC, linked="octo/app", access={"octo/app": Role.ADMIN})
    for number, tag in ((1, "v1"), (2, ""), (3, "latest")):
        world.push(tag, number)
        world.travel(hours=1)
    return world
