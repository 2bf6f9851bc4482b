"""Times (go-cty cty/function/stdlib/datetime.go)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from pytest_cicache.buildx.bake.functions._parameters import function, text
from pytest_cicache.buildx.bake.hcl import FunctionProblem, HclFunction, ValueProblem

__all__ = ["TIMES", "rfc3339"]

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_TOKEN = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def rfc3339(moment: datetime) -> str:
    """A moment as Go's RFC 3339 layout writes it, to the second."""
    written = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return written + _zone(moment, colon=True, zulu=True)


def _parse(written: str) -> datetime:
    if not _RFC3339.fullmatch(written):
        raise ValueProblem("not a valid RFC3339 timestamp")
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        raise ValueProblem("not a valid RFC3339 timestamp") from None


def _duration(written: str) -> timedelta:
    sign = -1 if written.startswith("-") else 1
    bare = written.lstrip("+-")
    parts = _PART.findall(bare)
    if bare != "0" and (not parts or "".join(number + unit for number, unit in parts) != bare):
        raise FunctionProblem(f'time: invalid duration "{written}"', 1)
    return sign * timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))


def _add(timestamp: str, duration: str) -> str:
    return rfc3339(_parse(timestamp) + _duration(duration))


def _zone(moment: datetime, *, colon: bool, zulu: bool = False) -> str:
    offset = moment.utcoffset() or timedelta()
    if zulu and not offset:
        return "Z"
    minutes = int(offset.total_seconds() // 60)
    sign, size = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{sign}{size // 60:02}{':' if colon else ''}{size % 60:02}"


def _piece(token: str, moment: datetime) -> str | None:
    hour = moment.hour % 12 or 12
    fields = {
        "YYYY": f"{moment.year:04}",
        "YY": f"{moment.year % 100:02}",
        "MMMM": moment.strftime("%B"),
        "MMM": moment.strftime("%b"),
        "MM": f"{moment.month:02}",
        "M": str(moment.month),
        "DD": f"{moment.day:02}",
        "D": str(moment.day),
        "EEEE": moment.strftime("%A"),
        "EEE": moment.strftime("%a"),
        "hh": f"{moment.hour:02}",
        "h": str(moment.hour),
        "HH": f"{hour:02}",
        "H": str(hour),
        "AA": "AM" if moment.hour < 12 else "PM",
        "aa": "am" if moment.hour < 12 else "pm",
        "mm": f"{moment.minute:02}",
        "m": str(moment.minute),
        "ss": f"{moment.second:02}",
        "s": str(moment.second),
        "Z": _zone(moment, colon=True, zulu=True),
        "ZZZ": "UTC" if not moment.utcoffset() else _zone(moment, colon=False),
        "ZZZZ": _zone(moment, colon=False),
        "ZZZZZ": _zone(moment, colon=True),
    }
    return fields.get(token)


def _format(spec: str, timestamp: str) -> str:
    moment = _parse(timestamp)
    found, place = "", 0
    for match in _TOKEN.finditer(spec):
        place = match.end()
        token = match[0]
        if token.startswith("'"):
            found += token[1:-1].replace("''", "'")
        elif not token[0].isalpha():
            found += token
        else:
            piece = _piece(token, moment)
            if piece is None:
                raise FunctionProblem(f"invalid date format verb {_quoted(token)}", 0)
            found += piece
    if place < len(spec):
        raise FunctionProblem("unterminated literal '", 0)
    return found


def _quoted(token: str) -> str:
    return f'"{token}"'


TIMES: Mapping[str, HclFunction] = {
    "formatdate": function(_format, text("format"), text("time")),
    "timeadd": function(_add, text("timestamp"), text("duration")),
}
