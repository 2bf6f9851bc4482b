"""Jobs as a graph: each below those it waits for, with the lines between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_cicache.reporting._table import shortened
from pytest_cicache.reporting.html._mood import of_conclusion

__all__ = ["JobGraph", "job_graph"]

# Two columns are as wide as a screen of 400 pixels has room for.
_WIDTH, _HEIGHT, _GAP = 162, 34, 20
_COLUMNS = 2
_NAME = 21


@dataclass(frozen=True, slots=True)
class _Box:
    x: int
    y: int
    name: str
    title: str
    conclusion: str
    mood: str
    anchor: str


@dataclass(frozen=True, slots=True)
class JobGraph:
    """The boxes of jobs and the lines from one to the next, in pixels."""

    width: int
    height: int
    boxes: tuple[_Box, ...]
    lines: tuple[tuple[int, int, int, int], ...]
    box_width: int = _WIDTH
    box_height: int = _HEIGHT


def job_graph(
    jobs: Sequence[Mapping[str, Any]], waits: Mapping[str, Sequence[str]], anchors: Sequence[str]
) -> JobGraph | None:
    """Lay out the jobs of a run, which wait for others by name; `None` for a single job."""
    if len(jobs) < 2:
        return None
    anchor_of = {job["name"]: anchor for job, anchor in zip(jobs, anchors, strict=True)}
    depth: dict[str, int] = {}
    for job in jobs:
        _deepen(job["name"], waits, depth)
    rows: list[list[Mapping[str, Any]]] = []
    for level in range(max(depth.values()) + 1):
        found = [job for job in jobs if depth[job["name"]] == level]
        rows += [found[start : start + _COLUMNS] for start in range(0, len(found), _COLUMNS)]
    boxes = [
        _box(job, row, column, anchor_of[job["name"]])
        for row, line in enumerate(rows)
        for column, job in enumerate(line)
    ]
    placed = [job for line in rows for job in line]
    return JobGraph(
        width=max(map(len, rows)) * (_WIDTH + _GAP) - _GAP,
        height=len(rows) * (_HEIGHT + _GAP) - _GAP,
        boxes=tuple(boxes),
        lines=tuple(_lines(placed, boxes, waits)),
    )


def _deepen(name: str, waits: Mapping[str, Sequence[str]], depth: dict[str, int]) -> int:
    if name not in depth:
        above = [_deepen(other, waits, depth) for other in waits.get(name, ())]
        depth[name] = max(above, default=-1) + 1
    return depth[name]


def _lines(
    jobs: Sequence[Mapping[str, Any]], boxes: Sequence[_Box], waits: Mapping[str, Sequence[str]]
) -> list[tuple[int, int, int, int]]:
    found = []
    for job, box in zip(jobs, boxes, strict=True):
        for other, above in zip(jobs, boxes, strict=True):
            if other["name"] in waits.get(job["name"], ()):
                found.append((above.x + _WIDTH // 2, above.y + _HEIGHT, box.x + _WIDTH // 2, box.y))
    return found


def _box(job: Mapping[str, Any], row: int, column: int, anchor: str) -> _Box:
    x, y = column * (_WIDTH + _GAP), row * (_HEIGHT + _GAP)
    name, conclusion = job["name"], job["conclusion"]
    return _Box(x, y, shortened(name, _NAME), name, conclusion, of_conclusion(conclusion), anchor)
