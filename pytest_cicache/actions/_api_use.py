"""What an action asks of GitHub's Packages API, and how versions are read from its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

__all__ = [
    "ApiAnswer",
    "ApiDoor",
    "ApiUse",
    "ApiUseEnd",
    "ImageVersion",
    "PackageApi",
    "RefusedByApiError",
    "deleted_versions",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAnswer:
    """The status, the JSON in the body, and the target of the next page, empty at the last one."""

    status: int
    document: Any = None
    following: str = ""


class ApiDoor(Protocol):
    """The API as an action with its token meets it, and ghcr.io beside it."""

    def ask(self, method: str, target: str) -> ApiAnswer:
        """Make one call; `target` is the path with the query."""

    def children(self, image_name: str, digest: str) -> tuple[str, ...]:
        """The digests that an index in ghcr.io names, nothing for another manifest."""

    def put_empty(self, image_name: str, tag: str) -> None:
        """Push a manifest without content of its own under a tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiUseEnd:
    """What an action printed, its outputs, and the message it fails with."""

    log: tuple[str, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiUse:
    """Work that an action does with a token."""

    token: str
    work: Callable[[ApiDoor], ApiUseEnd]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageVersion:
    """One version of a container package."""

    id: int
    digest: str
    tags: tuple[str, ...]
    created: datetime
    updated: datetime


class RefusedByApiError(Exception):
    """The API's words for a call that it refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageApi:
    """The packages of one account; `kind` is `orgs` or `users`. Its methods raise RefusedByApiError."""

    door: ApiDoor
    owner: str
    kind: str

    @classmethod
    def open(cls, door: ApiDoor, owner: str) -> PackageApi:
        """Find out what kind of account it is, as these actions do by asking."""
        answer = door.ask("GET", f"/orgs/{owner}/packages?package_type=container&per_page=1")
        return cls(door=door, owner=owner, kind="users" if answer.status == 404 else "orgs")

    def packages(self) -> list[str]:
        """The names of the account's packages."""
        found = self._all(f"/{self.kind}/{self.owner}/packages?package_type=container&per_page=100")
        return [str(package["name"]) for package in found]

    def has(self, package: str) -> bool:
        """Whether there is such a package that the token may see."""
        return self.door.ask("GET", self._place(package)).status == 200

    def versions(self, package: str) -> list[ImageVersion]:
        """The versions of a package, the newest first."""
        return [_version(each) for each in self._all(f"{self._place(package)}/versions?per_page=100")]

    def delete(self, package: str, version: ImageVersion) -> str | None:
        """Delete a version; gives the API's words where it refuses."""
        return self.delete_id(package, str(version.id))

    def delete_id(self, package: str, number: str) -> str | None:
        """Delete the version with an id, likewise."""
        answer = self.door.ask("DELETE", f"{self._place(package)}/versions/{quote(number, safe='')}")
        return None if answer.status == 204 else str(answer.document["message"])

    def _place(self, package: str) -> str:
        return f"/{self.kind}/{self.owner}/packages/container/{quote(package, safe='')}"

    def _all(self, target: str) -> Iterator[Any]:
        while target:
            answer = self.door.ask("GET", target)
            if answer.status >= 400:
                raise RefusedByApiError(str(answer.document["message"]))
            yield from answer.document
            target = answer.following


def _version(document: Mapping[str, Any]) -> ImageVersion:
    return ImageVersion(
        id=document["id"],
        digest=document["name"],
        tags=tuple(document["metadata"]["container"]["tags"]),
        created=datetime.fromisoformat(document["created_at"]),
        updated=datetime.fromisoformat(document["updated_at"]),
    )


def deleted_versions(
    api: PackageApi, package: str, versions: Iterable[ImageVersion], log: list[str]
) -> tuple[list[ImageVersion], list[tuple[ImageVersion, str]]]:
    """Delete versions one after the other; gives those that went, and those that did not with the API's words."""
    gone, kept = [], []
    for version in versions:
        refusal = api.delete(package, version)
        log.append(f"deleting {package} {version.digest}" + (f": {refusal}" if refusal else ""))
        if refusal is None:
            gone.append(version)
        else:
            kept.append((version, refusal))
    return gone, kept
