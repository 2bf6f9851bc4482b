"""Answers that compare like plain values and know what was asked of which run, to explain a failed comparison."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from pytest_cicache.observation._records import BuildRecord, CacheOperation, Operation, Result, Vertex

if TYPE_CHECKING:
    from pytest_cicache.observation._results import Run

__all__ = ["Answer", "Answers", "Asked", "Cache", "RunQuestion", "TagNames"]

Item = TypeVar("Item")


class RunQuestion(StrEnum):
    """What can be asked of a run."""

    CONCLUSION = "conclusion"
    HITS = "hits"
    MISSES = "misses"
    UNKNOWN = "unknown"
    IMPORTS = "imports"
    EXPORTS = "exports"
    IMPORTED_FROM = "imported_from"
    DENIED = "denied"
    ADDED = "added"
    MOVED = "moved"
    REMOVED = "removed"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a run; `name` is what `imported_from` was asked for, or a package's name."""

    run: Run
    question: RunQuestion
    name: str = ""


class Answer(str):
    """A text that knows what was asked."""

    __slots__ = ("asked",)

    asked: Asked | None

    def __new__(cls, text: str, *, asked: Asked | None = None) -> Answer:
        """Make the text; what was `asked` explains it when a comparison fails."""
        answer = super().__new__(cls, text)
        answer.asked = asked
        return answer


class Answers(list[Item]):
    """A list that knows what was asked."""

    def __init__(self, items: Iterable[Item] = (), *, asked: Asked | None = None) -> None:
        super().__init__(items)
        self.asked = asked

    def __repr__(self) -> str:
        if self or self.asked is None or self.asked.question is not RunQuestion.IMPORTED_FROM:
            return super().__repr__()
        tried = [f"{item.name}: {item.told_result}" for item in self.asked.run.cache.imports]
        return f"[] (tried {', '.join(tried)})" if tried else "[] (no import was tried)"


class TagNames(frozenset[str]):
    """A set of tags that knows what was asked, with the tags that a race decides."""

    asked: Asked | None
    uncertain: frozenset[str]

    def __new__(
        cls, names: Iterable[str] = (), *, uncertain: frozenset[str] = frozenset(), asked: Asked | None = None
    ) -> TagNames:
        """Make the set; `uncertain` tags are reported when a comparison of it fails."""
        made = super().__new__(cls, names)
        made.uncertain = uncertain
        made.asked = asked
        return made

    def __repr__(self) -> str:
        return "{" + ", ".join(repr(name) for name in sorted(self)) + "}" if self else "set()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """What a run's builds took from caches.

    `ages` are those of the layers that it used, by digest: the time since each was first pushed.
    """

    builds: tuple[BuildRecord, ...]
    operations: tuple[CacheOperation, ...]
    run: Run | None = field(default=None, compare=False)
    ages: Mapping[str, timedelta] = field(default_factory=dict)

    def __repr__(self) -> str:
        counts = (f"{len(getattr(self, name))} {name}" for name in ("hits", "misses", "imports", "exports"))
        return f"<Cache: {', '.join(counts)}>"

    @property
    def oldest_layer(self) -> timedelta:
        """The age of the oldest layer that a step's result is: nothing where every step ran."""
        return max(self.ages.values(), default=timedelta(0))

    @property
    def hit_rate(self) -> float | None:
        """The part of the known steps that came from a cache, from 0 to 1; `None` where there is none."""
        known = len(self.hits) + len(self.misses)
        return len(self.hits) / known if known else None

    @property
    def hits(self) -> Answers[Vertex]:
        """The build steps that came from a cache."""
        return self._vertices(RunQuestion.HITS, cached=True)

    @property
    def misses(self) -> Answers[Vertex]:
        """The build steps that ran."""
        return self._vertices(RunQuestion.MISSES, cached=False)

    @property
    def unknown(self) -> Answers[Vertex]:
        """The build steps of which only running could tell."""
        return self._vertices(RunQuestion.UNKNOWN, cached=None)

    @property
    def imports(self) -> Answers[CacheOperation]:
        """The cache imports, in the order tried."""
        return self._operations(RunQuestion.IMPORTS, Operation.IMPORT)

    @property
    def exports(self) -> Answers[CacheOperation]:
        """The cache exports."""
        return self._operations(RunQuestion.EXPORTS, Operation.EXPORT)

    def imported_from(self, name: str) -> Answers[str]:
        """Return the references and git refs that steps were taken from and that `name` fits.

        A name fits a whole reference, a whole tag, or the end of a tag after a separator: `main` fits
        `ghcr.io/o/p:app-main`. In the Actions cache it fits a git ref or the end of one: `main` fits
        `refs/heads/main`; BuildKit takes the entries of all refs it finds as one cache.
        """
        hits = [item for item in self.imports if item.result is Result.HIT]
        found = [item.reference for item in hits if item.reference and _fits(item.reference, name)]
        found += [ref for item in hits for ref in item.refs if f"/{ref}".endswith(f"/{name}")]
        return Answers(dict.fromkeys(found), asked=self._asked(RunQuestion.IMPORTED_FROM, name))

    def _vertices(self, question: RunQuestion, *, cached: bool | None) -> Answers[Vertex]:
        found = (vertex for build in self.builds for vertex in build.vertices if vertex.cached is cached)
        return Answers(found, asked=self._asked(question))

    def _operations(self, question: RunQuestion, wanted: Operation) -> Answers[CacheOperation]:
        found = (item for item in self.operations if item.operation is wanted)
        return Answers(found, asked=self._asked(question))

    def _asked(self, question: RunQuestion, name: str = "") -> Asked | None:
        return None if self.run is None else Asked(self.run, question, name)


def _fits(reference: str, name: str) -> bool:
    tag = reference.rpartition(":")[2]
    return name in (reference, tag) or re.search(rf"[-._]{re.escape(name)}$", tag) is not None
