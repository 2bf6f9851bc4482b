"""A build's log as `--progress=plain` shows it: a numbered title for each vertex, then how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Progress"]


@dataclass(slots=True)
class Progress:
    """Collects the lines and passes each on; `outward` gives it the workflow's names."""

    say: Callable[[str], None]
    outward: Callable[[str], str]
    lines: list[str] = field(default_factory=list)
    _count: int = 0

    def header(self, text: str) -> None:
        """A line of number 0, before the vertices."""
        self._add(f"#0 {text}")

    def plain(self, text: str) -> None:
        """A line that belongs to no vertex."""
        self._add(text)

    def begin(self, title: str) -> int:
        """Announce a vertex; gives its number."""
        self._count += 1
        self._add(f"#{self._count} {title}")
        return self._count

    def note(self, number: int, text: str) -> None:
        """Something a vertex says while it works."""
        for line in text.splitlines() or [""]:
            self._add(f"#{number} {line}")

    def end(self, number: int, *, cached: bool | None = False, error: str | None = None) -> None:
        """How a vertex ended; `cached=None` is one nobody can know without running it."""
        if error is not None:
            canceled = error.splitlines()[0].endswith("context canceled") if error else False
            self._add(f"#{number} CANCELED" if canceled else f"#{number} ERROR: {error}")
        elif cached is None:
            self._add(f"#{number} cached or run: depends on files that only a run would tell")
        else:
            self._add(f"#{number} CACHED" if cached else f"#{number} DONE 0.0s")

    def vertex(self, title: str, *, cached: bool | None = False, error: str | None = None) -> None:
        """A vertex from its title to its end."""
        self.end(self.begin(title), cached=cached, error=error)

    def _add(self, text: str) -> None:
        for line in self.outward(text).splitlines() or [""]:
            self.lines.append(line)
            self.say(line)
