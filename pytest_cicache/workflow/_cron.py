"""Whether a text is a cron expression as `on.schedule` takes it.

POSIX cron with five fields and English short names:
https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["is_cron"]


@dataclass(frozen=True, slots=True)
class _Field:
    lowest: int
    highest: int
    names: tuple[str, ...] = ()

    def number(self, text: str) -> int | None:
        """The value of one number or short name, `None` when it is neither or out of range."""
        lowered = text.lower()
        if lowered in self.names:
            return self.names.index(lowered) + self.lowest
        if not re.fullmatch(r"[0-9]{1,4}", text, re.ASCII):
            return None
        return int(text) if self.lowest <= int(text) <= self.highest else None

    def accepts(self, text: str) -> bool:
        """Whether a list of numbers, ranges and steps is legal here."""
        return all(self._accepts_part(part) for part in text.split(","))

    def _accepts_part(self, part: str) -> bool:
        start, slash, step = part.partition("/")
        if slash and not self._is_step(step):
            return False
        if start == "*":
            return True
        first, dash, last = start.partition("-")
        low = self.number(first)
        if not dash:
            return low is not None
        high = self.number(last)
        return low is not None and high is not None and low <= high

    def _is_step(self, text: str) -> bool:
        return (
            bool(re.fullmatch(r"[0-9]{1,4}", text, re.ASCII))
            and self.lowest <= int(text) <= self.highest
            and (int(text) > 0)
        )


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (
    _Field(0, 59),
    _Field(0, 23),
    _Field(1, 31),
    _Field(1, 12, _MONTHS),
    _Field(0, 6, _DAYS),
)


def is_cron(text: str) -> bool:
    """Whether `text` has five legal fields: minute, hour, day of month, month, day of week."""
    parts = re.split(r" +", text)
    return len(parts) == len(_FIELDS) and all(kind.accepts(part) for kind, part in zip(_FIELDS, parts, strict=True))
