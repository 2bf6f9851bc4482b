"""Texts as the page shows them: long names without their middle, line breaks only at signs, sizes in units."""

from __future__ import annotations

import re
from itertools import pairwise, zip_longest

from markupsafe import Markup, escape

from pytest_cicache.reporting._table import shortened

__all__ = ["breakable", "middle", "prose", "size"]

# The most characters of a row that a screen of 400 pixels has room for.
_WORD = 30
_NAME = 48
_KILO = 1000
_BREAK, _NOTHING = Markup("<wbr>"), Markup("")
_HYPHEN = re.compile(r"\w- [^\W\d_]")
_CODE = re.compile(r"`([^`\n]+)`")
_SIGNS = re.compile(r"(?<=\w[-/:_,=@&])|(?<=[/:])(?=\w)")


def breakable(text: object) -> Markup:
    """A text that may go on in the next line behind its signs; a word without signs loses its middle instead."""
    lines = (Markup(" ").join(map(_word, line.split(" "))) for line in str(text).split("\n"))
    return Markup("\n").join(lines)


def prose(text: object) -> Markup:
    """A sentence, with what stands between back-ticks as code."""
    parts = enumerate(_CODE.split(str(text)))
    return Markup("").join(Markup("<code>{}</code>").format(breakable(p)) if n % 2 else breakable(p) for n, p in parts)


def middle(text: object, length: int = _NAME) -> Markup:
    """The first line of a name without its middle; the whole name is then its title."""
    whole = str(text)
    short = shortened(whole.partition("\n")[0], length)
    if short == whole:
        return Markup('<span class="name">{}</span>').format(breakable(short))
    return Markup('<span class="name" title="{}">{}</span>').format(whole, breakable(short))


def _word(word: str) -> Markup:
    parts = [part for part in _SIGNS.split(word) if part]
    # A browser breaks a line behind a hyphen by itself, if a letter follows.
    joints = (_NOTHING if _HYPHEN.search(f"{part} {after}") else _BREAK for part, after in pairwise(parts))
    return _NOTHING.join(_part(part) + joint for part, joint in zip_longest(parts, joints, fillvalue=_NOTHING))


def _part(part: str) -> Markup:
    if len(part) <= _WORD:
        return escape(part)
    return Markup('<span title="{}">{}</span>').format(part, shortened(part, _WORD))


def size(count: float) -> str:
    """A number of bytes in the largest unit of which there is one."""
    for unit in ("B", "kB", "MB"):
        if count < _KILO:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= _KILO
    return f"{count:.1f} GB"
