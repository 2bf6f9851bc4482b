"""Ways to make cache keys, side by side: how often they hit, and how old what they hit is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_cicache.history._figures import CacheHistory

__all__ = ["KeyComparison", "size_text"]

_COLUMNS = ("key", "hit rate", "cold starts", "oldest layer", "tags", "manifests", "size", "moved")


@dataclass(frozen=True, slots=True)
class KeyComparison(Mapping[str, CacheHistory]):
    """The history that each key gave, by name; as a text it is a table."""

    histories: Mapping[str, CacheHistory]

    def __getitem__(self, name: str) -> CacheHistory:
        return self.histories[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.histories)

    def __len__(self) -> int:
        return len(self.histories)

    def __str__(self) -> str:
        rows = [_COLUMNS, *(_row(name, history) for name, history in self.histories.items())]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(_line(row, widths) for row in rows)


def _row(name: str, history: CacheHistory) -> tuple[str, ...]:
    growth = history.growth
    return (
        name,
        "none" if history.hit_rate is None else f"{history.hit_rate:.1%}",
        str(history.cold_starts),
        f"{history.oldest_layer.days} days",
        str(growth.tags),
        str(growth.manifests),
        size_text(growth.size),
        size_text(history.moved),
    )


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def size_text(size: float) -> str:
    """A number of bytes as a person reads it: `1.5 GB`."""
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
