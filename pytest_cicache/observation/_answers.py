"""Answers that compare like plain values and know the story that explains them when a comparison fails."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from pytest_cicache.observation._records import BuildRecord, CacheOperation, Operation, Result, Vertex

__all__ = ["Answer", "Answers", "Cache", "TagNames"]

Item = TypeVar("Item")


class Answer(str):
    """A text, with the lines that explain it."""

    __slots__ = ("story",)

    def __new__(cls, text: str, *, story: tuple[str, ...] = ()) -> Answer:
        """Make the text; `story` is printed when a comparison of it fails."""
        answer = super().__new__(cls, text)
        answer.story = story
        return answer

    story: tuple[str, ...]


class Answers(list[Item]):
    """A list, with the lines that explain it."""

    def __init__(self, items: Iterable[Item] = (), *, story: tuple[str, ...] = ()) -> None:
        super().__init__(items)
        self.story = story


class TagNames(frozenset[str]):
    """A set of tags, with the tags that a race decides and the lines that explain it."""

    story: tuple[str, ...]
    uncertain: frozenset[str]

    def __new__(
        cls,
        names: Iterable[str] = (),
        *,
        uncertain: frozenset[str] = frozenset(),
        story: tuple[str, ...] = (),
    ) -> TagNames:
        """Make the set; `uncertain` tags are reported when a comparison of it fails."""
        made = super().__new__(cls, names)
        made.uncertain = uncertain
        made.story = story
        return made

    def __repr__(self) -> str:
        return "{" + ", ".join(repr(name) for name in sorted(self)) + "}" if self else "set()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """What a run's builds took from caches."""

    builds: tuple[BuildRecord, ...]
    operations: tuple[CacheOperation, ...]
    story: tuple[str, ...] = ()

    @property
    def hits(self) -> Answers[Vertex]:
        """The build steps that came from a cache."""
        return self._vertices(cached=True)

    @property
    def misses(self) -> Answers[Vertex]:
        """The build steps that ran."""
        return self._vertices(cached=False)

    @property
    def unknown(self) -> Answers[Vertex]:
        """The build steps of which only running could tell."""
        return self._vertices(cached=None)

    @property
    def imports(self) -> Answers[CacheOperation]:
        """The cache imports, in the order tried."""
        return self._operations(Operation.IMPORT)

    @property
    def exports(self) -> Answers[CacheOperation]:
        """The cache exports."""
        return self._operations(Operation.EXPORT)

    def imported_from(self, name: str) -> Answers[str]:
        """Return the references and git refs that steps were taken from and that `name` fits.

        A name fits a whole reference, a whole tag, or the end of a tag after a separator: `main` fits
        `ghcr.io/o/p:app-main`. In the Actions cache it fits a git ref or the end of one: `main` fits
        `refs/heads/main`; BuildKit takes the entries of all refs it finds as one cache.
        """
        hits = [item for item in self.imports if item.result is Result.HIT]
        found = [item.reference for item in hits if item.reference and _fits(item.reference, name)]
        found += [ref for item in hits for ref in item.refs if f"/{ref}".endswith(f"/{name}")]
        return Answers(dict.fromkeys(found), story=self.story)

    def _vertices(self, *, cached: bool | None) -> Answers[Vertex]:
        found = (vertex for build in self.builds for vertex in build.vertices if vertex.cached is cached)
        return Answers(found, story=self.story)

    def _operations(self, wanted: Operation) -> Answers[CacheOperation]:
        return Answers((item for item in self.operations if item.operation is wanted), story=self.story)


def _fits(reference: str, name: str) -> bool:
    tag = reference.rpartition(":")[2]
    return name in (reference, tag) or re.search(rf"[-._]{re.escape(name)}$", tag) is not None
