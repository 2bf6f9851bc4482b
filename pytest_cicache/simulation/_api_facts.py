"""The repository under test as the REST API asks about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from pytest_cicache.engines import SourceStore
from pytest_cicache.events import Delivery, Repository
from pytest_cicache.githubapi import ApiCommit
from pytest_cicache.simulation._history import History

__all__ = ["ApiFacts"]


class ApiFacts:
    """Answers from a simulation's commits and from the events it has delivered.

    `repository` gives the settings as they are now; a pull request or a release is as the last event told of it.
    """

    def __init__(self, history: History, store: SourceStore, repository: Callable[[], Repository]) -> None:
        self._history = history
        self._store = store
        self._repository = repository
        self._pulls: dict[int, dict[str, Any]] = {}
        self._releases: dict[str, dict[str, Any]] = {}
        self._shas: dict[str, str] = {}

    @property
    def repository(self) -> Repository:
        """Its name and settings."""
        return self._repository()

    def note(self, delivery: Delivery) -> None:
        """Take in what an event tells."""
        commits = delivery.commits
        pull, release = delivery.payload.get("pull_request"), delivery.payload.get("release")
        if isinstance(pull, dict):
            number = int(pull["number"])
            self._pulls.pop(number, None)
            self._pulls[number] = pull
            self._shas |= {f"refs/pull/{number}/head": commits.head, f"refs/pull/{number}/merge": commits.merge}
        if isinstance(release, dict):
            self._releases[str(release["tag_name"])] = release
        self._shas |= {sha: sha for sha in (commits.base, commits.head, commits.merge)}

    def branches(self) -> dict[str, str]:
        """The commit of each branch."""
        return dict(self._history.branches)

    def tags(self) -> dict[str, str]:
        """The commit of each git tag."""
        return dict(self._history.tags)

    def resolve(self, ref: str) -> str | None:
        """The commit of a branch, a tag, a pull request's ref or a sha, which may be cut short."""
        name = ref.removeprefix("refs/").removeprefix("heads/").removeprefix("tags/")
        for known in (self._history.branches, self._history.tags):
            if name in known:
                return known[name]
        if ref == "HEAD":
            return self._history.tip
        for place in (ref, f"refs/{name}"):
            if place in self._shas:
                return self._shas[place]
        return self._cut_short(ref) if len(ref) >= 4 else None

    def _cut_short(self, ref: str) -> str | None:
        known = (*self._shas.values(), *(commit.sha for commit in self.log(self._history.tip)))
        found = {sha for sha in known if sha.startswith(ref.lower())}
        return found.pop() if len(found) == 1 else None

    def log(self, sha: str) -> Iterator[ApiCommit]:
        """A commit and those before it, by the first parent."""
        following: str | None = sha
        while following is not None:
            facts = self._store.describe(following)
            yield ApiCommit(
                sha=facts.sha,
                tree=facts.tree,
                parents=facts.parents,
                author=facts.author,
                at=datetime.fromtimestamp(facts.seconds, UTC),
                message=facts.message.rstrip("\n"),
            )
            following = facts.parents[0] if facts.parents else None

    def changed(self, commit: ApiCommit) -> Sequence[str]:
        """The paths that a commit changes."""
        if not commit.parents:
            return sorted(self._store.paths(commit.sha))
        return self._store.changed(commit.parents[0], commit.sha)

    def paths(self, sha: str) -> frozenset[str]:
        """The paths of all files at a commit."""
        return self._store.paths(sha)

    def content(self, sha: str, path: str) -> bytes | None:
        """A file at a commit."""
        return self._store.content(sha, path)

    def pulls(self) -> Sequence[dict[str, Any]]:
        """The pull requests as events have told of them, the newest first."""
        return _newest_first(self._pulls.values())

    def releases(self) -> Sequence[dict[str, Any]]:
        """The releases likewise."""
        return _newest_first(self._releases.values())


def _newest_first(told: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(told)[::-1]
