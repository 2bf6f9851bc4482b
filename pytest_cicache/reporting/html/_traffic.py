"""The requests of a run to registries as a timeline: a lane a job, requests alike one segment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pytest_cicache.reporting.html._mood import of_request

__all__ = ["Traffic", "TrafficLane", "TrafficSegment", "traffic"]

_SHOWN = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficSegment:
    """Requests alike, one after the other: `start` is the number of the first among all of the run, from 0."""

    job: str
    step: str
    purpose: str
    name: str
    reference: str
    statuses: str
    mood: str
    start: int
    count: int
    bytes: int

    @property
    def title(self) -> str:
        """The segment in one line."""
        times = f"{self.count} requests" if self.count > 1 else "1 request"
        return f"{self.step}: {times} for {self.purpose} of {self.name} {self.reference}: {self.statuses}"


@dataclass(frozen=True, slots=True)
class TrafficLane:
    """The segments of one job."""

    job: str
    segments: tuple[TrafficSegment, ...]


@dataclass(frozen=True, slots=True)
class Traffic:
    """All requests of a run in their order; `listed` are the segments of the table, `more` those it leaves out."""

    count: int
    lanes: tuple[TrafficLane, ...]
    listed: tuple[TrafficSegment, ...]
    more: int


def traffic(requests: Sequence[Mapping[str, Any]]) -> Traffic:
    """Fold the requests of a run."""
    found = tuple(_segments(requests))
    jobs = dict.fromkeys(segment.job for segment in found)
    lanes = (TrafficLane(job, tuple(item for item in found if item.job == job)) for job in jobs)
    return Traffic(len(requests), tuple(lanes), found[:_SHOWN], max(len(found) - _SHOWN, 0))


def _segments(requests: Sequence[Mapping[str, Any]]) -> Iterator[TrafficSegment]:
    start = 0
    for _, same in groupby(requests, _kind):
        alike = list(same)
        yield _segment(alike, start)
        start += len(alike)


def _kind(item: Mapping[str, Any]) -> tuple[str, ...]:
    return (item["job"], item["step"], item["purpose"], item["name"], of_request(item["status"]))


def _segment(alike: Sequence[Mapping[str, Any]], start: int) -> TrafficSegment:
    first = alike[0]
    references = dict.fromkeys(item["reference"] for item in alike if item["reference"])
    return TrafficSegment(
        job=first["job"],
        step=first["step"],
        purpose=first["purpose"],
        name=first["name"].rstrip("/"),
        reference=f"{len(references)} references" if len(references) > 1 else "".join(references),
        statuses=", ".join(dict.fromkeys(str(item["status"]) for item in alike)),
        mood=of_request(first["status"]),
        start=start,
        count=len(alike),
        bytes=sum(item["bytes"] for item in alike),
    )
