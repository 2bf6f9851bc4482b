"""What a history came to: figures of each event, of each month, and of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from pytest_cicache.history._growth import Growth

__all__ = ["CacheHistory", "EventFigures", "MonthFigures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFigures:
    """One event: `hits` and `misses` are build steps, `unknown` those of which only running could tell.

    `cold_starts` are builds that took nothing from a cache; `uploaded` and `downloaded` are bytes; `oldest_layer` is
    the age of the oldest layer that was used; `growth` is what the packages hold afterwards. `is_replayed` tells that
    the event met just what an earlier one had met, so that its steps were not run again.
    """

    at: datetime
    kind: str
    number: int | None
    conclusion: str
    builds: int = 0
    hits: int = 0
    misses: int = 0
    unknown: int = 0
    cold_starts: int = 0
    denied: int = 0
    uploaded: int = 0
    downloaded: int = 0
    oldest_layer: timedelta = timedelta(0)
    growth: Growth = field(default_factory=Growth)
    is_replayed: bool = field(default=False, compare=False)

    @property
    def hit_rate(self) -> float | None:
        """The part of the known steps that came from a cache, `None` where there is none."""
        return _rate(self.hits, self.misses)

    @property
    def moved(self) -> int:
        """Bytes up and down."""
        return self.uploaded + self.downloaded


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFigures:
    """The events of a calendar month (`2026-11`) together; `growth` is at its end."""

    month: str
    events: int
    hits: int
    misses: int
    cold_starts: int
    moved: int
    oldest_layer: timedelta
    growth: Growth

    @property
    def hit_rate(self) -> float | None:
        """The part of the known steps that came from a cache, `None` where there is none."""
        return _rate(self.hits, self.misses)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheHistory:
    """The figures of a history; `missing` is what its events asked packages for and did not find: tags and digests."""

    workflow: str
    events: tuple[EventFigures, ...]
    missing: frozenset[tuple[str, str]] = frozenset()

    @property
    def months(self) -> tuple[MonthFigures, ...]:
        """The figures of each calendar month, in order."""
        return tuple(_month(month, list(inside)) for month, inside in groupby(self.events, key=_month_of))

    @property
    def hit_rate(self) -> float | None:
        """Of all events together."""
        return _rate(sum(each.hits for each in self.events), sum(each.misses for each in self.events))

    @property
    def cold_starts(self) -> int:
        """The builds that took nothing from a cache."""
        return sum(each.cold_starts for each in self.events)

    @property
    def oldest_layer(self) -> timedelta:
        """The greatest age of a layer that any event used."""
        return max((each.oldest_layer for each in self.events), default=timedelta(0))

    @property
    def moved(self) -> int:
        """Bytes up and down."""
        return sum(each.moved for each in self.events)

    @property
    def growth(self) -> Growth:
        """What the packages hold at the end."""
        return self.events[-1].growth if self.events else Growth()

    def of_kind(self, *kinds: str) -> CacheHistory:
        """The same with the events of some kinds alone: `of_kind("fork_pr")`."""
        chosen = tuple(each for each in self.events if each.kind in kinds)
        return CacheHistory(workflow=self.workflow, events=chosen, missing=self.missing)

    def __add__(self, following: CacheHistory) -> CacheHistory:
        return CacheHistory(
            workflow=self.workflow, events=(*self.events, *following.events), missing=self.missing | following.missing
        )

    def __repr__(self) -> str:
        growth = self.growth
        rate = "none" if self.hit_rate is None else f"{self.hit_rate:.0%}"
        return (
            f"<History of {self.workflow}: {len(self.events)} events, hit rate {rate}, "
            f"{growth.tags} tags, {growth.manifests} manifests>"
        )


def _month_of(event: EventFigures) -> str:
    return f"{event.at:%Y-%m}"


def _month(month: str, inside: Sequence[EventFigures]) -> MonthFigures:
    return MonthFigures(
        month=month,
        events=len(inside),
        hits=_sum(each.hits for each in inside),
        misses=_sum(each.misses for each in inside),
        cold_starts=_sum(each.cold_starts for each in inside),
        moved=_sum(each.moved for each in inside),
        oldest_layer=max(each.oldest_layer for each in inside),
        growth=inside[-1].growth,
    )


def _sum(numbers: Iterable[int]) -> int:
    return sum(numbers)


def _rate(hits: int, misses: int) -> float | None:
    return hits / (hits + misses) if hits + misses else None
