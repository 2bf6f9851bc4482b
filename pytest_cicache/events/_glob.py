"""GitHub's glob language for branches, tags and paths, matched in linear time.

Rules of https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax (filter pattern
cheat sheet), read 2026-11-24. A pattern becomes a small automaton that is run over the text, without
backtracking.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["glob_matches", "matches_glob"]


@dataclass(frozen=True, slots=True)
class _PatternState:
    """One place in a pattern: which characters it takes, whether it repeats, whether it may be passed over.

    `characters` is `None` for any. `leaps` marks the two places of a `**/` that may be left only behind a
    slash: `start` may be passed over at once, `inside` may not.
    """

    characters: frozenset[str] | None
    negated: bool = False
    repeats: bool = False
    optional: bool = False
    leaps: str = ""

    def takes(self, character: str) -> bool:
        return self.characters is None or (character in self.characters) is not self.negated


_NOT_SLASH = _PatternState(frozenset("/"), negated=True, repeats=True, optional=True)
_ANYTHING = _PatternState(None, repeats=True, optional=True)
_DIRECTORIES = (_PatternState(None, optional=True, leaps="start"), _PatternState(None, repeats=True, leaps="inside"))


def matches_glob(patterns: Iterable[str], text: str) -> bool:
    """Say whether a list of patterns includes `text`: read in order, `!` takes out what stood before it.

    A list of nothing but `!` patterns includes nothing.
    """
    included = False
    for pattern in patterns:
        if pattern.startswith("!"):
            included = included and not glob_matches(pattern[1:], text)
        else:
            included = included or glob_matches(pattern, text)
    return included


def glob_matches(pattern: str, text: str) -> bool:
    """Say whether one pattern, without a leading `!`, matches the whole of `text`."""
    states = _compile(pattern)
    current = _settle(states, {0})
    for character in text:
        current = _settle(states, _step(states, current, character))
        if not current:
            return False
    return len(states) in current


def _step(states: tuple[_PatternState, ...], current: set[int], character: str) -> set[int]:
    following: set[int] = set()
    for index in current:
        if index == len(states) or not states[index].takes(character):
            continue
        state = states[index]
        if state.leaps:
            inside = index + (state.leaps == "start")
            following |= {inside, inside + 1} if character == "/" else {inside}
        else:
            following.add(index if state.repeats else index + 1)
    return following


def _settle(states: tuple[_PatternState, ...], current: set[int]) -> set[int]:
    """Add every place that is reached without taking a character."""
    settled = set(current)
    pending = list(current)
    while pending:
        index = pending.pop()
        if index < len(states) and states[index].optional:
            after = index + (2 if states[index].leaps else 1)
            if after not in settled:
                settled.add(after)
                pending.append(after)
    return settled


@lru_cache(maxsize=4096)
def _compile(pattern: str) -> tuple[_PatternState, ...]:
    states: list[_PatternState] = []
    position = 0
    while position < len(pattern):
        if pattern[position] == "*":
            stars = len(pattern) - position - len(pattern[position:].lstrip("*"))
            position += _stars(pattern, position, stars, states)
        elif pattern[position] in "?+" and states:
            _quantify(pattern[position], states)
            position += 1
        else:
            state, position = _element(pattern, position)
            states.append(state)
    return tuple(states)


def _stars(pattern: str, position: int, stars: int, states: list[_PatternState]) -> int:
    """Add a run of stars; gives how many characters of the pattern it took."""
    if stars == 1:
        states.append(_NOT_SLASH)
        return 1
    at_segment = position == 0 or pattern[position - 1] == "/"
    if at_segment and pattern[position + stars : position + stars + 1] == "/":
        states.extend(_DIRECTORIES)
        return stars + 1
    states.append(_ANYTHING)
    return stars


def _quantify(quantifier: str, states: list[_PatternState]) -> None:
    """Apply `?` or `+` to the element before it; behind a star either changes nothing."""
    last = states[-1]
    if last.repeats or last.optional or last.leaps:
        return
    if quantifier == "?":
        states[-1] = _PatternState(last.characters, optional=True)
    else:
        states.append(_PatternState(last.characters, repeats=True, optional=True))


def _element(pattern: str, position: int) -> tuple[_PatternState, int]:
    """Read one literal, escaped character or `[...]`; gives it and the position behind it."""
    character = pattern[position]
    if character == "\\" and position + 1 < len(pattern):
        return _PatternState(frozenset(pattern[position + 1])), position + 2
    if character == "[":
        end = pattern.find("]", position + 1)
        if end > position + 1:
            return _PatternState(_members(pattern[position + 1 : end])), end + 1
    return _PatternState(frozenset(character)), position + 1


def _members(text: str) -> frozenset[str]:
    members: set[str] = set()
    position = 0
    while position < len(text):
        first, last = text[position], text[position + 2 : position + 3]
        if text[position + 1 : position + 2] == "-" and last:
            members |= {chr(code) for code in range(ord(first), ord(last) + 1)}
            position += 3
        else:
            members.add(first)
            position += 1
    return frozenset(members)
