"""Contexts of which only a part is known before a run: what is not raises when it is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_cicache.expressions import UndecidedError

__all__ = ["PartialContext", "Undecided"]


@dataclass(frozen=True, slots=True)
class Undecided:
    """In place of a value: `what` it depends on, as `needs.build.outputs.tag`."""

    what: str

    def __str__(self) -> str:
        return f"depends on {self.what}"


class PartialContext(Mapping[str, Any]):
    """A context of some known and some undecided values; names ignore case.

    `values` may hold `Undecided` in place of a value. With `is_open`, names that are not in it are undecided
    too, and called `name.KEY`.
    """

    def __init__(self, name: str, values: Mapping[str, Any], *, is_open: bool = False) -> None:
        self._name = name
        self._values = {key.lower(): (key, value) for key, value in values.items()}
        self._is_open = is_open

    def __contains__(self, key: object) -> bool:
        return self._is_open or (isinstance(key, str) and key.lower() in self._values)

    def __getitem__(self, key: str) -> Any:
        if key.lower() not in self._values and self._is_open:
            raise UndecidedError(f"{self._name}.{key}")
        value = self._values[key.lower()][1]
        if isinstance(value, Undecided):
            raise UndecidedError(value.what)
        return value

    def __iter__(self) -> Iterator[str]:
        if self._is_open:
            raise UndecidedError(self._name)
        return (key for key, _ in self._values.values())

    def __len__(self) -> int:
        if self._is_open:
            raise UndecidedError(self._name)
        return len(self._values)
