"""Glob patterns as regular expressions: one translator, and the rules in which the languages differ.

Not here: GitHub's own language for branches, tags and paths, whose `?` and `+` repeat what stands before them
(`events`), and the one of JavaScript's libraries, which wcmatch knows (`actions`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["GlobRules", "translate"]

_STAR = "[^/]*"


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobRules:
    """How a language reads what is more than `*` and `?`, which stop at a slash in each of these.

    `escapes`: a backslash takes the meaning from the next character. `stars` gives the expression for `**`, told
    whether a slash follows, which then belongs to it, and whether the pattern ends there; `None` where `**` is two
    stars. `character_class` gives the expression for what stands between brackets, `None` where brackets mean nothing;
    `raw` are characters that go into the expression as they are.
    """

    escapes: bool
    stars: Callable[[bool, bool], str] | None = None
    character_class: Callable[[str], str] | None = None
    raw: str = ""


def translate(pattern: str, rules: GlobRules) -> str:
    """The regular expression that matches the same; it may be one that `re` refuses, by what brackets hold."""
    pieces: list[str] = []
    position = 0
    while position < len(pattern):
        piece, position = _piece(pattern, position, rules)
        pieces.append(piece)
    return "".join(_without_retries(pieces))


def _without_retries(pieces: list[str]) -> list[str]:
    """The same, where a star before another is done at the first place at which what stands between them fits.

    A later place only leaves less to the other star; trying each of them takes for ever on `*a*a*a*`.
    """
    stars = [number for number, piece in enumerate(pieces) if piece == _STAR]
    for star, next_star in pairwise(stars):
        if not any(".*" in piece for piece in pieces[star:next_star]):
            pieces[star] = f"(?>{_STAR}?"
            pieces[next_star - 1] += ")"
    return pieces


def _piece(pattern: str, position: int, rules: GlobRules) -> tuple[str, int]:
    """The expression for what begins at a position, and where the next begins."""
    character, after = pattern[position], position + 1
    if rules.stars is not None and pattern.startswith("**", position):
        after = position + 2
        has_slash = pattern.startswith("/", after)
        after += has_slash
        return rules.stars(has_slash, after >= len(pattern)), after
    if character in "*?":
        return (_STAR if character == "*" else "[^/]"), after
    if character == "\\" and rules.escapes and after < len(pattern):
        return re.escape(pattern[after]), after + 1
    if character == "[" and rules.character_class is not None:
        end = pattern.find("]", after + 1)
        if end > 0:
            return rules.character_class(pattern[after:end]), end + 1
    return (character if character in rules.raw else re.escape(character)), after
