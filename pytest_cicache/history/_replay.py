"""When an event need not be run again, since an earlier one has met just the same.

The steps of an event are a function of the commit's files, of what this event alone has (its names, its commit, its run
and moment), and of what the registry answers. An earlier event of the same shape that left only content which was there
before is taken again for one that meets the same answers, with the new names in its tags. That what it alone has comes
out of its scripts as it went in, and by no hash or sum, is not believed but seen: several events with other names must
have made the same texts but for the names, none another one, and no line of the scripts may compute with them.
Whatever is not known to follow is run; whoever plays runs one now and then all the same, to be held against the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest

from pytest_cicache.errors import UsageError
from pytest_cicache.history._figures import EventFigures

__all__ = ["EventShape", "Outcome", "Outcomes", "ReferenceTag", "Wording", "is_date_of_a_day", "renamed"]

ReferenceTag = tuple[str, str]
"""A package (`owner/name`) and a tag or digest in it."""

# What `date` prints that stays the same for a day (strftime(3)).
_DAILY = frozenset("aAbBCdDeFgGhjmnutUVwWxyY%")
# How many events must have made the same texts of their names.
_WITNESSES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class EventShape:
    """What two events must have in common: `event` without its names, `files` of its commit, `bases` there are.

    `scripts` are the texts that its steps come from, whatever stands for them.
    """

    event: Hashable
    scripts: Hashable
    files: Hashable
    bases: Hashable


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The `texts` that the steps of an event made, one with these `names`.

    `end` is how it ended, since what fails asks for less; `dates` are the words of its calls of `date`.
    """

    at: datetime
    names: tuple[str, ...]
    end: str
    texts: tuple[str, ...]
    dates: frozenset[str]

    @property
    def printed(self) -> tuple[str, ...]:
        """What its calls of `date` gave, so far as they were of days."""
        return tuple(_printed(words, self.at) for words in sorted(self.dates))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one event met and did.

    `answers` are the digests behind what it read, `None` for what was not there, `reads` those of them that were
    fetched; `writes` are the tags it pushed, each with the digest; `layers` are those it used.
    """

    wording: Wording
    figures: EventFigures
    answers: Mapping[ReferenceTag, str | None]
    reads: tuple[ReferenceTag, ...]
    writes: tuple[tuple[str, str, str], ...]
    layers: frozenset[str]


@dataclass(slots=True)
class _Witnesses:
    """What events of one kind and the same scripts made of their names, by how they ended and what `date` gave."""

    wordings: dict[Hashable, list[Wording]] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)
    differ: bool = False
    is_taken: bool = False

    def hear(self, wording: Wording) -> None:
        """Compare with those before; raises UsageError for another one where events were taken for the same already."""
        known = self.wordings.setdefault((wording.end, wording.printed), [])
        other = next((each for each in known if not _agree(each, wording)), None)
        self.differ = self.differ or other is not None
        if other is not None and self.is_taken:
            raise UsageError(_contradiction(other, wording))
        # One that has the names of another shows nothing new.
        if not any(wording.names) or wording.names not in (each.names for each in known):
            known.append(wording)
        if len(known) >= _WITNESSES:
            self.confirmed.add(wording.end)
            del known[_WITNESSES:]


class Outcomes:
    """What earlier events came to, by their shape."""

    def __init__(self) -> None:
        self._known: dict[Hashable, list[Outcome]] = {}
        self._witnesses: dict[Hashable, _Witnesses] = {}

    def hear(self, shape: EventShape, wording: Wording) -> None:
        """Take in what the steps of an event that was run made of its names."""
        self._witnesses.setdefault((shape.event, shape.scripts), _Witnesses()).hear(wording)

    def keep(self, shape: EventShape, outcome: Outcome) -> None:
        """Keep what an event came to; one that a look at the clock within the day decides is left out."""
        if all(is_date_of_a_day(words) for words in outcome.wording.dates):
            self._known.setdefault(shape, []).insert(0, outcome)

    def find(
        self,
        shape: EventShape,
        names: tuple[str, ...],
        at: datetime,
        digest: Callable[[str, str], str | None],
    ) -> Outcome | None:
        """One that met what an event with these names would meet now; `digest` is what the registry answers."""
        witnesses = self._witnesses.get((shape.event, shape.scripts))
        if witnesses is None or witnesses.differ:
            return None
        for outcome in self._known.get(shape, ()):
            wording = outcome.wording
            if wording.end not in witnesses.confirmed or not _same_dates(wording.dates, wording.at, at):
                continue
            new = renamed(wording.names, names)
            if all(digest(package, new(tag)) == known for (package, tag), known in outcome.answers.items()):
                witnesses.is_taken = True
                return outcome
        return None


def _agree(one: Wording, other: Wording) -> bool:
    """Whether both made the same of their names."""
    return tuple(map(renamed(one.names, other.names), one.texts)) == other.texts


def _contradiction(one: Wording, other: Wording) -> str:
    texts = map(renamed(one.names, other.names), one.texts)
    found = next(pair for pair in zip_longest(texts, other.texts, fillvalue="nothing") if pair[0] != pair[1])
    who = f"the pull request {other.names[0]}" if other.names[0] else "an event"
    return (
        f"{who} asked for '{found[1]}' where others like it asked for '{found[0]}', so that not every event that was "
        "taken for the same is; play the history with replay=False"
    )


def renamed(before: Iterable[str], after: Iterable[str]) -> Callable[[str], str]:
    """Give the text that an event with other names would have written.

    Names are whole words of digits and letters, numbers whole numbers; a digest has none in it.
    """
    pairs = dict(pair for pair in zip(before, after, strict=True) if pair[0] and pair[0] != pair[1])
    if not pairs:
        return lambda text: text
    pattern = re.compile("|".join(_whole(word) for word in sorted(pairs, key=len, reverse=True)))
    return lambda text: text if text.startswith("sha256:") else pattern.sub(lambda found: pairs[found[0]], text)


def _whole(word: str) -> str:
    around = "0-9" if word.isdecimal() else "A-Za-z0-9"
    return rf"(?<![{around}]){re.escape(word)}(?![{around}])"


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
