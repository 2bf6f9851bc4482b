"""Tells a build while it goes on, in the lines that both builders share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cicache.engines._progress import Progress
from pytest_cicache.engines.buildx._log import BuildLog, LogVertex, StepOutput

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_cicache.engines.buildx._steps import Steps

__all__ = ["LogPrinter"]


class LogPrinter:
    """Takes buildx's output line by line into a log, and says what happened to each vertex.

    `steps` give a vertex its name, and its state where BuildKit's own word does not hold for the Dockerfile as
    written.
    """

    def __init__(self, steps: Steps, say: Callable[[str], None], *, is_cold: bool) -> None:
        self.log = BuildLog()
        self._steps = steps
        self._is_cold = is_cold
        self._progress = Progress(say=say, outward=lambda text: text)
        self._numbers: dict[str, int] = {}

    @property
    def lines(self) -> tuple[str, ...]:
        """Everything said so far."""
        return tuple(self._progress.lines)

    def begin(self, builder: str) -> None:
        """Say which builder it is."""
        self._progress.header(f'building with "{builder}" instance using docker-container driver')

    def take(self, line: str) -> None:
        """Take one line of what buildx prints."""
        if line.startswith("WARNING:"):
            self._progress.plain(line)
        for item in self.log.feed(line):
            vertex = item.vertex if isinstance(item, StepOutput) else item
            title = self._steps.title(vertex.name)
            if title is not None:
                self._tell(item, vertex, title)

    def _tell(self, item: LogVertex | StepOutput, vertex: LogVertex, title: str) -> None:
        if vertex.digest not in self._numbers:
            self._numbers[vertex.digest] = self._progress.begin(title)
        number = self._numbers[vertex.digest]
        if isinstance(item, StepOutput):
            self._progress.note(number, item.text)
        else:
            self._progress.end(number, cached=self._state(vertex, title), error=vertex.error)

    def _state(self, vertex: LogVertex, title: str) -> bool | None:
        states = self._steps.states(self.log, cold=self._is_cold and not self._has_import())
        found = [state.cached for state in states if state.name == title]
        return found[0] if found else vertex.cached

    def _has_import(self) -> bool:
        vertices = self.log.vertices.values()
        return any(item.name.startswith("importing cache manifest") and item.error is None for item in vertices)
