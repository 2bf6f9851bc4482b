"""The requests of a run to registries: a timeline with a lane a job, and a row for each purpose of a step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pytest_cicache.reporting.html._mood import of_request

__all__ = ["Traffic", "traffic"]

_Request = Mapping[str, Any]
_BY_WEIGHT = ("none", "good", "odd", "bad")


@dataclass(frozen=True, slots=True)
class TrafficSegment:
    """Requests answered alike, one after the other: `start` is the number of the first in the run, from 0."""

    mood: str
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class TrafficLane:
    """The segments of one job."""

    job: str
    segments: tuple[TrafficSegment, ...]


@dataclass(frozen=True, slots=True)
class TrafficRow:
    """The requests of one step for one purpose to one image; `bytes` are those of their bodies."""

    place: str
    purpose: str
    name: str
    statuses: str
    mood: str
    count: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """All requests of a run; `lanes` and `rows` are in the order of their first request."""

    count: int
    lanes: tuple[TrafficLane, ...]
    rows: tuple[TrafficRow, ...]


def traffic(requests: Sequence[_Request]) -> Traffic:
    """Fold the requests of a run."""
    lanes: dict[str, list[TrafficSegment]] = {}
    for job, segment in _segments(requests):
        lanes.setdefault(job, []).append(segment)
    rows: dict[tuple[str, ...], list[_Request]] = {}
    for item in requests:
        rows.setdefault(_purpose(item), []).append(item)
    return Traffic(
        len(requests),
        tuple(TrafficLane(job, tuple(segments)) for job, segments in lanes.items()),
        tuple(map(_row, rows.values())),
    )


def _purpose(item: _Request) -> tuple[str, ...]:
    return (item["job"], item["step"], item["purpose"], item["name"].rstrip("/"))


def _segments(requests: Sequence[_Request]) -> Iterator[tuple[str, TrafficSegment]]:
    """Each segment with its job."""
    start = 0
    for (mood, job), alike in groupby(requests, lambda item: (_mood(item), item["job"])):
        count = len(list(alike))
        yield job, TrafficSegment(mood, start, count)
        start += count


def _mood(item: _Request) -> str:
    return of_request(item["status"])


def _row(alike: Sequence[_Request]) -> TrafficRow:
    job, step, purpose, name = _purpose(alike[0])
    references = {item["reference"] for item in alike if item["reference"]}
    return TrafficRow(
        f"{job} {step}",
        purpose,
        f"{name} {references.pop()}" if len(references) == 1 else name,
        _statuses(alike),
        max(map(_mood, alike), key=_BY_WEIGHT.index),
        len(alike),
        sum(item["bytes"] for item in alike),
    )


def _statuses(alike: Sequence[_Request]) -> str:
    """Each status, with how often it came where it was not the only one."""
    counts = Counter(item["status"] for item in alike)
    return ", ".join(f"{status} × {count}" if count > 1 else str(status) for status, count in counts.items())
