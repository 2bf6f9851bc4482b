"""A run: each job that the plan gives next is run by the runner, side by side with the others that are due.

Jobs and legs that do not wait for each other are under way at the same time, as on GitHub. Their steps take turns:
the next step is that of the job whose clock is earliest, of several the first in the plan's order, so that every run
has the same order of events whatever the machine does.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace

from pytest_cicache.engines._assumed_job import assumed_job
from pytest_cicache.engines._job_spec import JobSpec, StepTurn
from pytest_cicache.engines._protocols import Runner
from pytest_cicache.observation import Conclusion, JobResult
from pytest_cicache.plan import DueJob, JobOutcome, PlannedJob, Planner, Verdict

__all__ = ["run_jobs"]

OpenJob = Callable[[DueJob], AbstractContextManager[JobSpec]]
_FAIL_FAST = "fail-fast: another leg of the matrix failed"
_LAST_STEP_SECONDS = 1.0
_ENDS = {
    Verdict.SKIPPED: Conclusion.SKIPPED,
    Verdict.FAILS: Conclusion.FAILURE,
    Verdict.CANCELLED: Conclusion.CANCELLED,
}


def run_jobs(planner: Planner, runner: Runner, open_job: OpenJob, *, most: int = 256) -> tuple[JobResult, ...]:
    """Run every job of a plan, at `most` so many at a time; return their results in the plan's order.

    `open_job` gives a due job its token, its docker command and its world while it runs. Where a runner raises, the
    other jobs under way end without a result.
    """
    run = _Lanes(planner, runner, open_job, most)
    try:
        run.to_the_end()
    finally:
        run.close()
    return tuple(run.results.get(planned.place.order) or unstarted(planned) for planned in planner.jobs)


@dataclass(slots=True, eq=False)
class _Lane:
    """A job under way, or due and not yet begun: then it has no `work`. `clock` counts seconds of the run."""

    job: DueJob
    clock: float
    began: float = 0.0
    spec: JobSpec | None = None
    work: Generator[StepTurn, bool, JobResult] | None = None
    turn: StepTurn | None = None
    is_cancelled: bool = False
    stack: ExitStack = field(default_factory=ExitStack)

    @property
    def place(self) -> tuple[float, tuple[int, ...]]:
        """What decides whose turn it is."""
        return self.clock, self.job.planned.place.order


@dataclass(slots=True)
class _Lanes:
    """The lanes of one run, and the results so far by their order in the plan.

    `has_doubts` is set once a job was assumed: what it would have handed to others is missing.
    """

    planner: Planner
    runner: Runner
    open_job: OpenJob
    most: int
    lanes: list[_Lane] = field(default_factory=list)
    results: dict[tuple[int, ...], JobResult] = field(default_factory=dict)
    has_doubts: bool = False

    def to_the_end(self) -> None:
        """Let the lanes take turns until every job has ended."""
        self._take_in(0.0)
        while self.lanes:
            begun = [lane for lane in self.lanes if lane.work is not None]
            waiting = [lane for lane in self.lanes if lane.work is None]
            able = begun + sorted(waiting, key=lambda lane: lane.place)[: max(0, self.most - len(begun))]
            self._move(min(able, key=lambda lane: lane.place))

    def close(self) -> None:
        """End the jobs that are still under way, without a result."""
        for lane in self.lanes:
            if lane.work is not None:
                lane.work.close()
            lane.stack.close()

    def _take_in(self, now: float) -> None:
        self.lanes += [_Lane(job, now, began=now) for job in self.planner.due()]

    def _move(self, lane: _Lane) -> None:
        """Let a job begin, or take its next step."""
        if lane.work is None and lane.is_cancelled:
            self._end(lane, _cancelled(lane.job))
            return
        if lane.job.planned.opaque is not None:
            lane.clock += _LAST_STEP_SECONDS
            self.has_doubts = True
            self._end(lane, assumed_job(lane.job.planned, lane.job.planned.opaque))
            return
        try:
            if lane.work is None:
                lane.spec = lane.stack.enter_context(self.open_job(lane.job))
                lane.spec.artifacts.has_doubts = lane.spec.artifacts.has_doubts or self.has_doubts
                lane.work = self.runner.run(lane.spec)
                lane.turn = next(lane.work)
                return
            assert lane.spec is not None
            assert lane.turn is not None
            lane.spec.announce(lane.turn.step)
            lane.turn = lane.work.send(lane.is_cancelled)
            lane.clock = lane.began + lane.turn.elapsed
        except StopIteration as stop:
            result: JobResult = stop.value
            lane.clock += _LAST_STEP_SECONDS
            if lane.is_cancelled and result.conclusion is Conclusion.CANCELLED:
                result = replace(result, reason=_FAIL_FAST)
            self._end(lane, result)

    def _end(self, lane: _Lane, result: JobResult) -> None:
        self.lanes.remove(lane)
        lane.stack.close()
        self.results[lane.job.planned.place.order] = result
        ended = set(self.planner.finish(lane.job, _outcome(lane.job.planned, result)))
        for other in self.lanes:
            other.is_cancelled = other.is_cancelled or other.job in ended
        self._take_in(lane.clock)


def _outcome(planned: PlannedJob, result: JobResult) -> JobOutcome:
    """What the jobs that need a job see of its result; of a call that is not on disk not even the outputs' names."""
    if planned.opaque is not None and planned.uses is not None and result.conclusion is Conclusion.SUCCESS:
        return JobOutcome(result=result.conclusion.value, outputs=None, assumes=(planned.opaque.id,))
    return JobOutcome(result=result.conclusion.value, outputs=result.outputs)


def unstarted(planned: PlannedJob) -> JobResult:
    """The result of a job that no runner ran: skipped, refused, kept from starting, or replaced by a stand-in."""
    return JobResult(
        id=planned.id,
        name=planned.name,
        path=planned.path,
        matrix=planned.leg,
        conclusion=_ENDS.get(planned.verdict, Conclusion.SUCCESS),
        reason=planned.reason,
        token=planned.token,
        outputs=dict(planned.stand_in or {}),
        where=planned.position.place,
    )


def _cancelled(job: DueJob) -> JobResult:
    return replace(unstarted(job.planned), conclusion=Conclusion.CANCELLED, reason=_FAIL_FAST)
