"""What happens in a repository over months: a sequence of events that the same numbers always give."""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pytest_cicache import events
from pytest_cicache.errors import UsageError
from pytest_cicache.events import Event

__all__ = ["Activity", "ScheduledEvent", "later", "schedule"]

# Far from numbers that stand in dates and versions, so that a tag made of one tells whose it is.
_FIRST_NUMBER = 3001


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """How much happens in a month.

    `merges` are pushes to the default branch; `pull_requests` come from the repository, `forks` from forks, each is
    opened and then pushed to `pushes` times; `dockerfile_changes` is how many of the merges change a Dockerfile, and as
    many of the repository's pull requests do; `base_image_updates` is how often the base images become others.
    """

    merges: int = 20
    pull_requests: int = 30
    forks: int = 5
    pushes: int = 1
    dockerfile_changes: int = 1
    base_image_updates: int = 0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                given = "merges_per_month" if name == "merges" else name
                raise UsageError(f"{given} is how many there are in a month, a number from 0, not {value!r}")
        if self.dockerfile_changes > self.merges:
            raise UsageError(
                f"{self.dockerfile_changes} of {self.merges} merges cannot change a Dockerfile; "
                "give more merges_per_month"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledEvent:
    """One event and when it happens.

    `changes_dockerfile` says that its commit changes one; `updates_bases` that the base images have become others since
    the event before.
    """

    at: datetime
    event: Event
    changes_dockerfile: bool = False
    updates_bases: bool = False

    def renumbered(self, number: int) -> ScheduledEvent:
        """The same event of another pull request."""
        return replace(self, event=self.event.replace(number=number, head_ref=f"change-{number}"))


def schedule(activity: Activity, *, start: datetime, months: int, seed: int | str) -> list[ScheduledEvent]:
    """The events of so many months from `start`, in the order of time."""
    if not isinstance(months, int) or months < 1:
        raise UsageError(f"a history has at least one month, not {months!r}")
    found: list[ScheduledEvent] = []
    numbers = iter(range(_FIRST_NUMBER, 10**9))
    for month in range(months):
        span = _ScheduledMonth(later(start, month), later(start, month + 1), f"{seed}/{month}")
        inside = [*_merges(activity, span), *_pulls(activity, span, numbers)]
        inside.sort(key=lambda item: (item.at, item.event.number))
        found += _with_updates(inside, activity, span)
    return found


def later(start: datetime, months: int) -> datetime:
    """The same day so many months later, or the last of that month."""
    year, month = divmod(start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(start.year + year, month + 1)[1])
    return start.replace(year=start.year + year, month=month + 1, day=day)


@dataclass(frozen=True, slots=True)
class _ScheduledMonth:
    """One month; `seed` makes its chances."""

    begin: datetime
    end: datetime
    seed: str

    def chance(self, what: str) -> float:
        """A number from 0 up to 1, the same whenever it is asked for."""
        return int.from_bytes(hashlib.sha256(f"{self.seed}/{what}".encode()).digest()[:8]) / 2**64

    def moment(self, what: str) -> datetime:
        """Some whole second of the month."""
        return self.begin + timedelta(seconds=int((self.end - self.begin).total_seconds() * self.chance(what)))

    def after(self, at: datetime, what: str) -> datetime:
        """Some whole second between a moment and three days later, within the month."""
        most = min(timedelta(days=3), self.end - at)
        return at + timedelta(seconds=int(most.total_seconds() * self.chance(what)))


def _merges(activity: Activity, span: _ScheduledMonth) -> Iterator[ScheduledEvent]:
    for index in range(activity.merges):
        yield ScheduledEvent(
            at=span.moment(f"merge {index}"),
            event=events.main_merge(),
            changes_dockerfile=index < activity.dockerfile_changes,
        )


def _pulls(activity: Activity, span: _ScheduledMonth, numbers: Iterator[int]) -> Iterator[ScheduledEvent]:
    kinds = [*["pr"] * activity.pull_requests, *["fork_pr"] * activity.forks]
    for index, kind in enumerate(kinds):
        at, number = span.moment(f"pull {index}"), next(numbers)
        changes = kind == "pr" and index < activity.dockerfile_changes
        opened = events.from_mapping({"kind": kind, "number": number, "head_ref": f"change-{number}"})
        yield ScheduledEvent(at=at, event=opened, changes_dockerfile=changes)
        for push in range(activity.pushes):
            at = span.after(at, f"push {index} {push}")
            yield ScheduledEvent(at=at, event=opened.replace(action="synchronize"))


def _with_updates(inside: list[ScheduledEvent], activity: Activity, span: _ScheduledMonth) -> Iterator[ScheduledEvent]:
    """The events, of which those that come first after an update of the bases say so."""
    due = sorted(span.moment(f"update {index}") for index in range(activity.base_image_updates))
    for item in inside:
        updates = bool(due) and due[0] <= item.at
        while due and due[0] <= item.at:
            due.pop(0)
        yield replace(item, updates_bases=True) if updates else item
