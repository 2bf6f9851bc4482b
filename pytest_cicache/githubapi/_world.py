"""What the API is asked about: the packages' settings and the repository, given by whoever serves it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pytest_cicache.events import Repository
from pytest_cicache.githubapi._caller import ApiCaller

__all__ = ["ApiCommit", "ApiPackage", "PackageSettings", "RepositoryFacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiPackage:
    """A package as one caller meets it: `role` is the caller's (`none`, `read`, `write`, `admin`)."""

    owner: str
    owner_type: str
    name: str
    visibility: str
    linked: str | None
    role: str

    @property
    def image_name(self) -> str:
        """The name in the registry."""
        return f"{self.owner}/{self.name}".lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCommit:
    """A commit: `files` are the paths it changes on top of its first parent."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: str
    at: datetime
    message: str


class PackageSettings(Protocol):
    """The settings pages of ghcr.io's packages."""

    def caller(self, token: str | None) -> ApiCaller | None:
        """Who a token stands for; nobody without one, `None` for one that is wrong or has ended."""

    def owner_type(self, owner: str) -> str | None:
        """`Organization` or `User`; `None` for an account nobody knows."""

    def packages(self, caller: ApiCaller, owner: str) -> Sequence[ApiPackage]:
        """The packages of an account that a caller may see, by name."""

    def package(self, caller: ApiCaller, image_name: str) -> ApiPackage | None:
        """One of them."""

    def delete_package(self, image_name: str) -> None:
        """Let a package exist no longer, its settings kept."""

    def restore_package(self, caller: ApiCaller, image_name: str) -> ApiPackage | None:
        """Let a deleted package exist again; `None` where there is none, or the name is taken."""


class RepositoryFacts(Protocol):
    """The repository under test as it is now."""

    @property
    def repository(self) -> Repository:
        """Its name and settings."""

    def branches(self) -> dict[str, str]:
        """The commit of each branch."""

    def tags(self) -> dict[str, str]:
        """The commit of each git tag."""

    def resolve(self, ref: str) -> str | None:
        """The commit of a branch, a tag, a pull request's ref or a sha, which may be cut short."""

    def log(self, sha: str) -> Iterable[ApiCommit]:
        """A commit and those before it, by the first parent."""

    def changed(self, commit: ApiCommit) -> Sequence[str]:
        """The paths that a commit changes."""

    def paths(self, sha: str) -> frozenset[str]:
        """The paths of all files at a commit."""

    def content(self, sha: str, path: str) -> bytes | None:
        """A file at a commit."""

    def pulls(self) -> Sequence[dict[str, Any]]:
        """The pull requests as events have told of them, the newest first."""

    def releases(self) -> Sequence[dict[str, Any]]:
        """The releases likewise."""
