"""Reads what `docker buildx build --progress=rawjson` prints; knows no names but BuildKit's."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pytest_cicache.buildx import EMPTY_EXPORT

__all__ = ["BuildLog", "LogVertex", "StepOutput"]

# What a library of buildx's logs, of HTTP/2 connections that end, for instance: no word of the build.
_GO_LOG = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ")


@dataclass(slots=True)
class LogVertex:
    """A vertex as told so far.

    `number` counts vertices by first appearance; `wrote_nothing` says that a cache export had nothing to write.
    """

    number: int
    digest: str
    name: str
    started: str | None = None
    completed: str | None = None
    cached: bool = False
    error: str | None = None
    wrote_nothing: bool = False

    @property
    def ran(self) -> bool:
        """Whether the step was executed, to its end or not."""
        return self.started is not None and not self.cached

    @property
    def reached(self) -> bool:
        """Whether anything happened to it; a step after a failed one only has a name."""
        return self.cached or self.started is not None

    @property
    def seconds(self) -> float:
        """How long it took."""
        if self.started is None or self.completed is None:
            return 0.0
        return max(0.0, (_time(self.completed) - _time(self.started)).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutput:
    """A line that a running step printed."""

    vertex: LogVertex
    text: str


@dataclass(slots=True)
class BuildLog:
    """A whole build's log: vertices by digest, and the lines that were neither progress nor a warning."""

    vertices: dict[str, LogVertex] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def feed(self, line: str) -> list[LogVertex | StepOutput]:
        """Take one line of stderr; gives the vertices that ended with it and the output it carried."""
        told = _decoded(line)
        if told is None:
            if line.strip() and not line.startswith("WARNING:") and not _GO_LOG.match(line):
                self.lines.append(line)
            return []
        ended = [found for item in told.get("vertexes") or [] if (found := self._take(item)) is not None]
        for item in told.get("statuses") or []:
            self._status(item)
        outputs = [out for item in told.get("logs") or [] for out in self._outputs(item)]
        return [*outputs, *ended]

    def named(self, name: str) -> list[LogVertex]:
        """The vertices of this name, in order of appearance."""
        return [vertex for vertex in self.vertices.values() if vertex.name == name]

    def _take(self, item: dict[str, Any]) -> LogVertex | None:
        """Keep the last value of each field, but OR `cached`: a hit that is pulled later is sent again without."""
        digest = item["digest"]
        vertex = self.vertices.get(digest)
        if vertex is None:
            vertex = LogVertex(len(self.vertices) + 1, digest, item.get("name", ""))
            self.vertices[digest] = vertex
        known = (vertex.completed is not None, vertex.error)
        vertex.name = item.get("name") or vertex.name
        vertex.started = item.get("started") or vertex.started
        vertex.completed = item.get("completed") or vertex.completed
        vertex.error = item.get("error") or vertex.error
        vertex.cached = vertex.cached or bool(item.get("cached"))
        return vertex if vertex.completed is not None and known != (True, vertex.error) else None

    def _status(self, item: dict[str, Any]) -> None:
        vertex = self.vertices.get(item.get("vertex", ""))
        if vertex is not None and item.get("id") == EMPTY_EXPORT:
            vertex.wrote_nothing = True

    def _outputs(self, item: dict[str, Any]) -> list[StepOutput]:
        vertex = self.vertices.get(item.get("vertex", ""))
        if vertex is None:
            return []
        text = base64.b64decode(item.get("data", "")).decode(errors="replace")
        return [StepOutput(vertex=vertex, text=line) for line in text.splitlines()]


def _decoded(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _time(text: str) -> datetime:
    # Go writes nanoseconds; Python reads microseconds.
    head, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{head}.{fraction[:6]:0<6}+00:00")
