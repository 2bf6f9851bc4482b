"""Writes BuildKit's progress as `--progress=plain` does: one numbered block of lines a vertex."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cicache.engines.builder._buildx_log import LogVertex, Output

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PlainText"]


class PlainText:
    """Turns what happens to vertices into lines; `title` gives a vertex its name, `None` hides it."""

    def __init__(self, title: Callable[[str], str | None], say: Callable[[str], None]) -> None:
        self._title = title
        self._say = say
        self._numbers: dict[str, int] = {}
        self.lines: list[str] = []

    def tell(self, item: LogVertex | Output) -> None:
        """Say what a step printed, or how it ended."""
        vertex = item.vertex if isinstance(item, Output) else item
        title = self._title(vertex.name)
        if title is None:
            return
        number = self._number(vertex, title)
        if isinstance(item, Output):
            self.add(f"#{number} {item.text}")
        elif vertex.error is not None:
            word = "CANCELED" if "context canceled" in vertex.error.splitlines()[0] else "ERROR"
            self.add(f"#{number} {word}" if word == "CANCELED" else f"#{number} {word}: {vertex.error}")
        elif vertex.cached:
            self.add(f"#{number} CACHED")
        else:
            self.add(f"#{number} DONE {vertex.seconds:.1f}s")

    def _number(self, vertex: LogVertex, title: str) -> int:
        if vertex.digest not in self._numbers:
            self._numbers[vertex.digest] = len(self._numbers) + 1
            self.add(f"#{self._numbers[vertex.digest]} {title}")
        return self._numbers[vertex.digest]

    def add(self, text: str) -> None:
        """Say lines as they are."""
        for line in text.splitlines() or [""]:
            self.lines.append(line)
            self._say(line)
