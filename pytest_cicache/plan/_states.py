"""How far the jobs of a plan have come: their legs waiting, under way and over."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_cicache.plan._expected import expected_outcome
from pytest_cicache.plan._model import JobPlace

if TYPE_CHECKING:
    from pytest_cicache.plan._frame import Frame
    from pytest_cicache.plan._judge import Opinion
    from pytest_cicache.plan._legs import Leg, Legs
    from pytest_cicache.plan._model import PlannedJob
    from pytest_cicache.plan._outcome import JobOutcome
    from pytest_cicache.workflow import Job

__all__ = ["DueJob", "Group", "LegState"]


@dataclass(frozen=True, slots=True, eq=False)
class DueJob:
    """A job that can start now: as it is planned, and with the contexts of its file and its leg."""

    planned: PlannedJob
    contexts: abc.Mapping[str, Any]

    def expected(self) -> JobOutcome:
        """What a job comes to that is taken to succeed, with the outputs that are known without running it."""
        return expected_outcome(self.planned, self.contexts)


@dataclass(slots=True, eq=False)
class LegState:
    """A leg of a job: planned once it has started, and over once it has an outcome; `inner` is what it calls."""

    group: Group
    leg: Leg
    number: int
    planned: PlannedJob | None = None
    inner: Frame | None = None
    outcome: JobOutcome | None = None
    due: DueJob | None = None

    @property
    def place(self) -> JobPlace:
        """Where the leg stands; legs that run one at a time come after each other."""
        own = self.group.frame.place_of(self.group.job)
        one_by_one = self.group.spread.side_by_side == 1
        earlier = tuple((*own.order, number) for number in range(self.number) if one_by_one)
        return JobPlace((*own.order, self.number), (*own.after, *earlier))


@dataclass(slots=True, eq=False)
class Group:
    """A job with its legs."""

    frame: Frame
    job: Job
    opinion: Opinion
    spread: Legs
    legs: list[LegState] = field(default_factory=list)
    stopped: bool = False

    @property
    def waiting(self) -> list[LegState]:
        """The legs that have not started."""
        return [leg for leg in self.legs if leg.planned is None and leg.inner is None and leg.outcome is None]

    @property
    def running(self) -> list[LegState]:
        """The legs under way."""
        return [leg for leg in self.legs if leg.outcome is None and (leg.planned or leg.inner)]
