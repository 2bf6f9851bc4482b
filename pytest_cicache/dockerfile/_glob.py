"""Path patterns of COPY sources (Go's path.Match) and of .dockerignore (moby/patternmatcher)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from functools import lru_cache

from pytest_cicache.errors import DockerfileError
from pytest_cicache.globs import GlobRules, translate

__all__ = ["IgnorePatterns", "MatchInfo", "has_wildcards", "match_path", "read_ignore_file"]

MatchInfo = tuple[bool, ...]
"""Which patterns a folder matched, handed on to what lies in it."""


def has_wildcards(text: str) -> bool:
    """Whether a COPY source is a pattern; a backslash takes the meaning from the next character."""
    return re.search(r"(?<!\\)(?:\\\\)*[*?\[]", text) is not None


@lru_cache(maxsize=512)
def match_path(pattern: str) -> re.Pattern[str]:
    """Go's path.Match as a regular expression: `*` and `?` stop at `/`."""
    return re.compile(translate(pattern, _GO) + r"\Z", re.DOTALL)


def _character_class(inner: str) -> str:
    negated = inner.startswith("^")
    body = inner[1:] if negated else inner
    return f"(?!/)[{'^' if negated else ''}{body.replace('[', chr(92) + '[')}]"


def read_ignore_file(text: str) -> tuple[str, ...]:
    """The patterns of a .dockerignore file, cleaned (moby/patternmatcher/ignorefile)."""
    patterns = []
    for line in text.removeprefix("\ufeff").split("\n"):
        pattern = line.strip()
        if line.startswith("#") or not pattern:
            continue
        inverted = pattern.startswith("!")
        pattern = pattern[1:].strip() if inverted else pattern
        if pattern:
            pattern = _clean(pattern)
            pattern = pattern[1:] if len(pattern) > 1 and pattern.startswith("/") else pattern
        patterns.append(("!" if inverted else "") + pattern)
    return tuple(patterns)


class IgnorePatterns:
    """A list of patterns; later ones win, `!` takes files back in."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns: list[tuple[bool, re.Pattern[str]]] = []
        for pattern in patterns:
            cleaned = _clean(pattern.strip())
            inverted = cleaned.startswith("!")
            if cleaned == "!":
                raise DockerfileError('illegal exclusion pattern: "!"')
            if pattern.strip():
                self._patterns.append((inverted, _ignore_pattern(cleaned[1:] if inverted else cleaned)))
        self.takes_back = any(inverted for inverted, _ in self._patterns)

    def match(self, path: str, parent: MatchInfo = ()) -> tuple[bool, MatchInfo]:
        """Whether `path` (without leading slash) matches; `parent` is its folder's result, if known."""
        matched, info = False, []
        for index, (inverted, expression) in enumerate(self._patterns):
            hit = bool(parent) and parent[index]
            if not hit:
                if inverted != matched:
                    info.append(False)
                    continue
                hit = expression.match(path) is not None
                if not hit and not parent:
                    hit = any(expression.match(folder) for folder in _folders(path))
            info.append(hit)
            if hit:
                matched = not inverted
        return matched, tuple(info)


def _folders(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: index + 1]) for index in range(len(parts))]


def _clean(pattern: str) -> str:
    return posixpath.normpath(pattern) if pattern else "."


@lru_cache(maxsize=512)
def _ignore_pattern(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(translate(pattern, _IGNORE) + r"\Z", re.DOTALL)
    except re.error:
        raise DockerfileError("syntax error in pattern") from None


_GO = GlobRules(escapes=True, character_class=_character_class)
# moby/patternmatcher hands brackets on to the expression, whatever is between them.
_IGNORE = GlobRules(escapes=True, stars=lambda has_slash, ends: ".*" if ends else "(?:.*/)?", raw="[]")
