"""What a check has found: one sentence of what happens to whom, the line to change, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self

__all__ = ["Finding", "Severity"]


class Severity(StrEnum):
    """How bad a finding is: a run that fails or does harm, a cache that does not serve, something to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding of a check.

    `check` is the check's name, `workflow` the file that was run; `message` is one sentence of what happens to whom,
    `cure` what to change. `path`, `line` and `column` (from 1; 0 where nobody can tell) are the place to change, which
    may lie in a called workflow, and `excerpt` is what stands there. `assumes` are the ids of the assumptions it
    rests on; where there are any it is no error. It holds unless another workflow of the repository writes one of the
    caches `unless_written`.
    """

    check: str
    severity: Severity
    message: str
    cure: str
    workflow: str = ""
    path: str = ""
    line: int = 0
    column: int = 0
    excerpt: str = ""
    assumes: tuple[str, ...] = ()
    unless_written: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """`file:line:column`, as far as it is known."""
        numbers = (self.line, self.column) if self.line else ()
        return ":".join(map(str, (self.path or self.workflow, *numbers)))

    @property
    def page(self) -> str:
        """The page of the check, in the project's documents."""
        return f"docs/checks/{self.check}.md"

    def at(self, place: str) -> Self:
        """The same finding at `file:line:column`."""
        path, _, numbers = place.partition(":")
        line, _, column = numbers.partition(":")
        if not (line.isdecimal() and column.isdecimal()):
            return replace(self, path=place)
        return replace(self, path=path, line=int(line), column=int(column))

    def to_data(self) -> dict[str, Any]:
        """The finding as a JSON object, with its `page`."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        lists = {name: list(value) for name, value in values.items() if isinstance(value, tuple)}
        return {**values, **lists, "severity": self.severity.value, "page": self.page}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The finding that `to_data` has written."""
        values = {item.name: data[item.name] for item in fields(cls)}
        tuples = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**{**values, **tuples, "severity": Severity(data["severity"])})
