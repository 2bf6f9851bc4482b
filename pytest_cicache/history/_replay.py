"""When an event need not be run again, since an earlier one has met just the same.

The steps of an event are a function of the commit's files, the event without its own names, what the registry answers
and the date it is. Where an earlier event of the same shape took every step from a cache and left only content that was
there before, the same answers give the same again, with the names of the new event in its tags. Whatever is not known
to follow from these is run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pytest_cicache.history._figures import EventFigures

__all__ = ["Outcome", "Outcomes", "ReferenceTag", "is_date_of_a_day", "renamed"]

ReferenceTag = tuple[str, str]
"""A package (`owner/name`) and a tag or digest in it."""

# What `date` prints that stays the same for a day (strftime(3)).
_DAILY = frozenset("aAbBCdDeFgGhjmnutUVwWxyY%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one event met and did.

    `answers` are the digests behind what it read, `None` for what was not there, `reads` those of them that were
    fetched; `writes` are the tags it pushed, each with the digest; `dates` are the words of its calls of `date`;
    `names` are texts of the event that may stand in a tag, `layers` what steps left.
    """

    at: datetime
    names: tuple[str, ...]
    figures: EventFigures
    answers: Mapping[ReferenceTag, str | None]
    reads: tuple[ReferenceTag, ...]
    writes: tuple[tuple[str, str, str], ...]
    dates: frozenset[str]
    layers: frozenset[str]


class Outcomes:
    """What earlier events came to, by their shape."""

    def __init__(self) -> None:
        self._known: dict[Hashable, list[Outcome]] = {}

    def keep(self, shape: Hashable, outcome: Outcome) -> None:
        """Keep what an event came to; one that a look at the clock within the day decides is left out."""
        if all(is_date_of_a_day(words) for words in outcome.dates):
            self._known.setdefault(shape, []).insert(0, outcome)

    def find(
        self,
        shape: Hashable,
        names: tuple[str, ...],
        at: datetime,
        digest: Callable[[str, str], str | None],
    ) -> Outcome | None:
        """One that met what an event with these names would meet now; `digest` is what the registry answers."""
        for outcome in self._known.get(shape, ()):
            if not _same_dates(outcome.dates, outcome.at, at):
                continue
            new = renamed(outcome.names, names)
            if all(digest(package, new(tag)) == known for (package, tag), known in outcome.answers.items()):
                return outcome
        return None


def renamed(before: Iterable[str], after: Iterable[str]) -> Callable[[str], str]:
    """Give the text that an event with other names would have written; names are whole words of digits and letters."""
    pairs = dict(pair for pair in zip(before, after, strict=True) if pair[0] and pair[0] != pair[1])
    if not pairs:
        return lambda text: text
    words = "|".join(re.escape(word) for word in sorted(pairs, key=len, reverse=True))
    pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])")
    return lambda text: pattern.sub(lambda found: pairs[found[0]], text)


def is_date_of_a_day(words: str) -> bool:
    """Whether a call of `date` prints the same all day long in UTC: only a format, of days and longer spans."""
    given = [word for word in words.split() if word not in ("-u", "--utc", "--universal")]
    text = " ".join(given)
    if not text.startswith("+"):
        return False
    directives = re.findall(r"%[-_0^#]?(.)", text.replace("%%", ""))
    return all(letter in _DAILY for letter in directives)


def _same_dates(formats: Iterable[str], before: datetime, now: datetime) -> bool:
    if before.date() == now.date():
        return True
    return all(_printed(words, before) == _printed(words, now) for words in formats)


def _printed(words: str, at: datetime) -> str:
    return at.strftime(re.sub(r"%[-_0^#](.)", r"%\1", words))
