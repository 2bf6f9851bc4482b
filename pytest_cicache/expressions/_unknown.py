"""Values that nobody can tell without running what a simulation only assumes.

An unknown value is text that holds a *marker*: lower-case letters and digits, so that it survives quoting, case
changes, `tr`, `sed`, `cut`, jq and files. Any text with a marker in it is unknown; what a marker stands for is kept
beside it, in a table that only grows, and is found again from the marker alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

__all__ = [
    "MARKER_START",
    "PartlyKnown",
    "UnknownOrigin",
    "combined",
    "holds_unknown",
    "is_unknown",
    "known_ends",
    "may_be_empty",
    "member_of_unknown",
    "origins",
    "register_marker",
    "show_unknown",
    "unknown",
]

MARKER_START = "qzxjv"
"""What every marker begins with, and what is left of one that was cut off (`${SHA::7}`)."""
_NAME_LENGTH = 8
_MARKER = re.compile(f"{MARKER_START}[0-9a-z]{{0,{_NAME_LENGTH}}}", re.IGNORECASE)
_WHOLE = re.compile(f"{MARKER_START}[0-9a-z]{{{_NAME_LENGTH}}}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UnknownOrigin:
    """Where an unknown value comes from: `what` in the workflow's terms, as `steps.version.outputs.tag`, and the
    ids of the assumptions it rests on.
    """

    what: str
    assumptions: tuple[str, ...] = ()


class PartlyKnown(dict[str, Any]):
    """An object with some known members; all others are members of the unknown value `rest`."""

    def __init__(self, known: Mapping[str, Any], *, rest: str) -> None:
        super().__init__(known)
        self.rest = rest


_SOMETHING = UnknownOrigin("an unknown value")
_ORIGINS: dict[str, UnknownOrigin] = {}


@lru_cache(maxsize=4096)
def unknown(what: str, *assumptions: str) -> str:
    """The unknown value of that origin; the same origin always gives the same one."""
    origin = UnknownOrigin(what, assumptions)
    digest = hashlib.sha256("\0".join((what, *assumptions)).encode()).hexdigest()
    marker = MARKER_START + digest[:_NAME_LENGTH]
    register_marker(marker, origin)
    return marker


def register_marker(marker: str, origin: UnknownOrigin) -> None:
    """Say what a marker stands for that a script's stand-in has made."""
    _ORIGINS[marker.lower()] = origin


def holds_unknown(value: Any) -> bool:
    """Whether a value is unknown, or has an unknown value in it."""
    return next(_markers(value), None) is not None


def is_unknown(value: Any) -> bool:
    """Whether a value is one unknown value and nothing else: no known text stands around it."""
    return isinstance(value, str) and _WHOLE.fullmatch(value) is not None


def may_be_empty(value: Any) -> bool:
    """Whether a value is unknown text with nothing known in it, so that nobody can tell whether it counts as true."""
    return isinstance(value, str) and holds_unknown(value) and not _MARKER.sub("", value)


def origins(value: Any) -> tuple[UnknownOrigin, ...]:
    """What the unknown parts of a value come from, each once, in their order."""
    return tuple(dict.fromkeys(_ORIGINS.get(marker.lower(), _SOMETHING) for marker in _markers(value)))


def show_unknown(text: str) -> str:
    """The text as a person reads it: every marker is the origin in angle brackets, `<steps.version.outputs.tag>`."""
    return _MARKER.sub(lambda found: f"<{_ORIGINS.get(found[0].lower(), _SOMETHING).what}>", text)


def combined(*values: Any) -> str:
    """One unknown value that rests on all that is unknown in the values, of which one at least must be."""
    found = origins(values)
    if len(found) == 1:
        return unknown(found[0].what, *found[0].assumptions)
    every = dict.fromkeys(each for origin in found for each in origin.assumptions)
    return unknown(", ".join(origin.what for origin in found), *every)


def member_of_unknown(value: str, key: str) -> str:
    """What `value.key` is where the value is unknown."""
    if _WHOLE.fullmatch(value) is None:
        return combined(value)
    origin = _ORIGINS.get(value.lower(), _SOMETHING)
    return unknown(f"{origin.what}.{key}", *origin.assumptions)


def known_ends(text: str) -> tuple[str, str]:
    """The text before the first marker and behind the last one."""
    found = list(_MARKER.finditer(text))
    return text[: found[0].start()], text[found[-1].end() :]


def _markers(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (found[0] for found in _MARKER.finditer(value))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _markers(key)
            yield from _markers(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _markers(item)
