"""Paths in a skeleton: which a copy may find missing, and which touch what another copy brought."""

from __future__ import annotations

import posixpath
import re

__all__ = ["absolute", "optional", "overlap", "quoted"]

_PLAIN = re.compile(r"[A-Za-z0-9._]")


def absolute(directory: str, path: str) -> str:
    """The path seen from a working directory, cleaned."""
    return posixpath.normpath(posixpath.join("/", directory, path)).replace("//", "/")


def optional(path: str) -> str:
    """A pattern that names the path if it is there and nothing if not.

    BuildKit lets a pattern without a match copy nothing; the first component must hold it, as the folder
    before a pattern has to exist.
    """
    path = absolute("/", path)
    first, slash, rest = path[1:].partition("/")
    found = _PLAIN.search(first)
    if found is None or any(char in first for char in "*?[\\"):
        return path
    return f"/{first[: found.start()]}[{found[0]}]{first[found.end() :]}{slash}{rest}"


def overlap(one: str, other: str) -> bool:
    """Whether one of two absolute paths is, or lies below, the other; a pattern counts up to its first sign."""
    first, second = _literal(one), _literal(other)
    return f"{first}/".startswith(f"{second}/") or f"{second}/".startswith(f"{first}/")


def quoted(text: str, escape: str) -> str:
    """Text without variables as an instruction's word, so that BuildKit reads it back unchanged."""
    return text.replace(escape, escape * 2).replace("$", f"{escape}$")


def _literal(path: str) -> str:
    head = re.split(r"[*?\[$]", path)[0]
    return head.rstrip("/") if head == path else head.rpartition("/")[0]
