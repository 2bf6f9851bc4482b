"""The templates of docker/metadata-action: a Handlebars subset whose helpers tell of the event.

https://github.com/docker/metadata-action (src/meta.ts at v6.2.0).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from pytest_cicache.errors import UnsupportedError

__all__ = ["Facts", "expand"]

_EXPRESSION = re.compile(r"\{\{\{\s*(?P<plain>.*?)\s*\}\}\}|\{\{\s*(?P<escaped>.*?)\s*\}\}")
_WORD = re.compile(r"(?:(\w+)=)?(?:'([^']*)'|\"([^\"]*)\"|(\S+))")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"}
_MOMENT = re.compile(r"\[([^\]]*)\]|YYYY|YY|MM|M|DD|D|HH|H|mm|m|ss|s|X|x|[A-Za-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the helpers know: the event's ref and sha, the base branch, the default branch, two moments."""

    event: str
    ref: str
    sha: str
    base_ref: str
    default_branch: str
    now: datetime
    commit_date: datetime
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_default_branch(self) -> bool:
        """Whether the ref is the default branch; some events count as if it always were."""
        short = self.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
        always = any(word in self.event for word in ("create", "discussion", "issues", "schedule"))
        return always or (short == self.default_branch and not self.ref.startswith("refs/pull/"))


def expand(text: str, facts: Facts, *, only_dates: bool = False) -> str:
    """Return a template's text; two braces escape as HTML does, three do not, unknown names are empty."""

    def replaced(found: re.Match[str]) -> str:
        if found["plain"] is not None:
            return _value(found["plain"], facts, only_dates=only_dates)
        value = _value(found["escaped"], facts, only_dates=only_dates)
        return "".join(_HTML.get(character, character) for character in value)

    return _EXPRESSION.sub(replaced, text)


def _value(expression: str, facts: Facts, *, only_dates: bool) -> str:
    name, _, rest = expression.partition(" ")
    if name in ("date", "commit_date"):
        return _date(rest, facts.now if name == "date" else facts.commit_date)
    if only_dates:
        return ""
    known = {
        "branch": _after(facts.ref, "refs/heads/"),
        "tag": _after(facts.ref, "refs/tags/"),
        "sha": facts.sha[:7],
        "base_ref": facts.base_ref,
        "is_default_branch": str(facts.is_default_branch).lower(),
        "is_not_default_branch": str(not facts.is_default_branch).lower(),
        **facts.values,
    }
    return known.get(name, "")


def _after(ref: str, prefix: str) -> str:
    return ref.removeprefix(prefix) if ref.startswith(prefix) else ""


def _date(arguments: str, moment: datetime) -> str:
    form, zone = "", "UTC"
    for key, single, double, bare in _WORD.findall(arguments):
        text = single or double or bare
        if key == "tz":
            zone = text
        else:
            form = text
    return _formatted(form, moment.astimezone(_zone(zone)))


def _zone(name: str) -> tzinfo:
    """A time zone; an unknown one is UTC, as in the action."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return UTC


def _formatted(form: str, moment: datetime) -> str:
    """A moment in the format of moment.js."""
    words = {
        "YYYY": f"{moment.year:04}",
        "YY": f"{moment.year % 100:02}",
        "MM": f"{moment.month:02}",
        "M": str(moment.month),
        "DD": f"{moment.day:02}",
        "D": str(moment.day),
        "HH": f"{moment.hour:02}",
        "H": str(moment.hour),
        "mm": f"{moment.minute:02}",
        "m": str(moment.minute),
        "ss": f"{moment.second:02}",
        "s": str(moment.second),
        "X": str(int(moment.timestamp())),
        "x": str(int(moment.timestamp() * 1000)),
    }

    def replaced(found: re.Match[str]) -> str:
        token = found[0]
        if found[1] is not None:
            return found[1]
        if token not in words:
            raise UnsupportedError(f"'{token}' in the date format '{form}' of docker/metadata-action is not simulated")
        return words[token]

    return _MOMENT.sub(replaced, form)
