"""All that a payload is made from, and what follows from it about a pull request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cicache.events._ids import SERVER
from pytest_cicache.events._repository import Repository

if TYPE_CHECKING:
    from pytest_cicache.events._event import Event
    from pytest_cicache.events._refs import Commits, RefPlace

__all__ = ["Scene"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that a payload is made from: the event, where it happens, and when (GitHub's time text)."""

    event: Event
    repository: Repository
    commits: Commits
    place: RefPlace
    now: str
    epoch: int

    @property
    def head_repository(self) -> Repository:
        """The repository that a pull request comes from: the receiving one, or a public fork of it."""
        event = self.event
        owner = event.actor.removesuffix("[bot]")
        named = event.head_repository or f"{owner}/{self.repository.name}"
        if not event.is_fork or named.lower() == self.repository.full_name.lower():
            return self.repository
        owner, _, name = named.partition("/")
        return Repository(
            owner=owner,
            name=name,
            default_branch=self.repository.default_branch,
            visibility=self.repository.visibility,
            owner_type="User",
            is_fork=True,
        )

    @property
    def author(self) -> str:
        """Who opened the pull request or issue: the fork's owner, else the actor."""
        head = self.head_repository
        return self.event.actor if head is self.repository else head.owner

    @property
    def base_branch(self) -> str:
        """The branch that a pull request is to be merged into."""
        return self.event.base_ref or self.repository.default_branch

    @property
    def head_sha(self) -> str:
        """The commit at the head of a pull request."""
        return self.event.head_sha or self.commits.head

    @property
    def pull_url(self) -> str:
        """The page of pull request `number`."""
        return f"{SERVER}/{self.repository.full_name}/pull/{self.event.number}"
