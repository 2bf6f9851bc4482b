"""The jobs of one run, given as they come due: the one walk of plans and of runs."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import WorkflowError
from pytest_cicache.expressions import holds_unknown, is_truthy
from pytest_cicache.plan._frame import Frame
from pytest_cicache.plan._judge import Opinion, judged, problem_text
from pytest_cicache.plan._legs import Legs, expanded, only_matching
from pytest_cicache.plan._listing import Listing, unstarted
from pytest_cicache.plan._model import JobPlace, PlannedJob, Verdict
from pytest_cicache.plan._names import plain_name
from pytest_cicache.plan._outcome import CANCELLED, FAILURE, SKIPPED, SUCCESS, JobOutcome, merged
from pytest_cicache.plan._states import DueJob, Group, LegState

if TYPE_CHECKING:
    from pytest_cicache.events import Delivery
    from pytest_cicache.workflow import Job

__all__ = ["JobSelection", "Planner"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSelection:
    """The part of a run that is asked for: a job with everything it needs, and matrix values as text.

    `path` holds the ids of the jobs that call the file in which the job stands.
    """

    job: str | None = None
    path: tuple[str, ...] = ()
    matrix: abc.Mapping[str, str] = field(default_factory=dict)


class Planner:
    """Gives the jobs of a file as they come due, by what is known of those before them.

    Every job given by `due` is ended by `finish`, in any order: with what it came to in a run, or with
    `DueJob.expected()` in a plan. `stand_ins` are the outputs of jobs, by id, that do not run.
    """

    def __init__(
        self,
        delivery: Delivery,
        frame: Frame,
        *,
        selection: JobSelection | None = None,
        stand_ins: abc.Mapping[str, abc.Mapping[str, str]] | None = None,
    ) -> None:
        self._frame = frame
        self._selection = selection or JobSelection()
        self._stand_ins = stand_ins or {}
        self._callers: dict[int, LegState] = {}
        self._under_way: dict[DueJob, LegState] = {}
        self._due: list[DueJob] = []
        self._planned: list[PlannedJob] = []
        self._groups: dict[int, list[Group]] = {}
        self._listing = Listing(delivery)
        self._cancelled: list[DueJob] = []
        self._advance(frame)

    @property
    def jobs(self) -> tuple[PlannedJob, ...]:
        """Every job planned so far, in the order of the files and their matrices."""
        return tuple(sorted(self._planned, key=lambda job: job.place.order))

    @property
    def is_over(self) -> bool:
        """Whether every job has ended."""
        return self._frame.is_over

    @property
    def result(self) -> str:
        """What the run came to: success, failure or skipped; jobs that are not over count as they stand."""
        return self._frame.outcome().result or SUCCESS

    def due(self) -> tuple[DueJob, ...]:
        """The jobs that can start now, in order; each is given once."""
        due = sorted(self._due, key=lambda job: job.planned.place.order)
        self._due = []
        return tuple(due)

    def finish(self, job: DueJob, outcome: JobOutcome) -> tuple[DueJob, ...]:
        """End a job that was due; give those under way that its end cancels."""
        state = self._under_way.pop(job)
        forgiven = outcome.result == FAILURE and _is_true(job.planned.settings.continue_on_error)
        self._cancelled = []
        self._end(state, replace(outcome, result=SUCCESS) if forgiven else outcome)
        return tuple(self._cancelled)

    def _advance(self, frame: Frame) -> None:
        """Begin every job of a file whose needs are over, until none is left to begin."""
        groups = self._groups.setdefault(id(frame), [])
        wanted = self._wanted(frame)
        for job in frame.workflow.ordered():
            begun = any(group.job is job for group in groups) or job.id.lower() in frame.outcomes
            if begun or not all(need.lower() in frame.outcomes for need in job.needs):
                continue
            if job.id in wanted:
                self._begin(frame, job)
            else:
                frame.outcomes[job.id.lower()] = JobOutcome(result=SKIPPED)
        if frame.is_over and id(frame) in self._callers:
            self._end_call(self._callers.pop(id(frame)), frame)

    def _wanted(self, frame: Frame) -> set[str]:
        """The jobs to run: all, or the one asked for with everything it needs."""
        here = self._selection.job is not None and frame.path == self._selection.path
        job = frame.workflow.job(self._selection.job or "") if here else None
        if job is None:
            return {each.id for each in frame.workflow.jobs}
        return {job.id, *frame.workflow.ancestors(job)}

    def _begin(self, frame: Frame, job: Job) -> None:
        contexts = frame.job_contexts(job)
        opinion = judged(frame, job, contexts)
        spread = Legs(())
        if opinion.verdict in (Verdict.RUNS, Verdict.UNDECIDED):
            try:
                spread = expanded(job, contexts)
            except WorkflowError as error:
                reason = f"Error when evaluating 'strategy' for job '{job.id}'. {problem_text(error)}"
                opinion = Opinion(Verdict.FAILS, reason)
        if not spread.every:
            self._planned.append(unstarted(frame, job, frame.place_of(job), opinion))
            frame.outcomes[job.id.lower()] = _ended_by(opinion)
            return
        legs = only_matching(spread.every, job.id, self._selection.matrix)
        group = Group(frame, job, opinion, spread)
        group.legs = [LegState(group, leg, number) for number, leg in enumerate(legs)]
        self._groups[id(frame)].append(group)
        self._go_on(group)

    def _go_on(self, group: Group) -> None:
        """Start the legs that may run beside those under way; end the job when all its legs are over."""
        while group.waiting and not group.stopped and len(group.running) < group.spread.side_by_side:
            self._start(group.waiting[0])
        key = group.job.id.lower()
        if key not in group.frame.outcomes and all(leg.outcome is not None for leg in group.legs):
            group.frame.outcomes[key] = merged(leg.outcome for leg in group.legs if leg.outcome is not None)
            self._advance(group.frame)

    def _start(self, state: LegState) -> None:
        group = state.group
        frame, job, opinion = group.frame, group.job, group.opinion
        place = state.place
        stand_in = self._stand_ins.get(job.id)
        try:
            name = frame.prefix + plain_name(job, state.leg.contexts, state.leg.segments)
            if stand_in is not None:
                state.planned = self._listing.replaced(frame, job, state.leg, place, name, opinion, stand_in)
            elif job.called is not None:
                self._call(state, name)
                return
            else:
                state.planned = self._listing.leg(frame, job, state.leg, place, name, opinion, group.spread)
        except WorkflowError as error:
            opinion = Opinion(Verdict.FAILS, problem_text(error))
            state.planned = unstarted(frame, job, place, opinion)
            stand_in = None
        self._planned.append(state.planned)
        if opinion.verdict is Verdict.FAILS:
            self._end(state, _ended_by(opinion))
            return
        if stand_in is not None:
            self._end(state, JobOutcome(result=SUCCESS, outputs=dict(stand_in), doubt=_doubt(opinion)))
            return
        state.due = DueJob(state.planned, state.leg.contexts)
        self._under_way[state.due] = state
        self._due.append(state.due)

    def _call(self, state: LegState, name: str) -> None:
        group = state.group
        inner = group.frame.called(group.job, state.leg, name, place=state.place, doubt=_doubt(group.opinion))
        state.inner = inner
        self._callers[id(inner)] = state
        self._advance(inner)

    def _end_call(self, state: LegState, inner: Frame) -> None:
        outcome = inner.outcome()
        try:
            outcome = replace(outcome, outputs=inner.call_outputs())
        except WorkflowError as error:
            opinion = Opinion(Verdict.FAILS, problem_text(error))
            group = state.group
            place = JobPlace((*inner.place.order, len(inner.workflow.jobs)), inner.place.after)
            self._planned.append(unstarted(group.frame, group.job, place, opinion))
            outcome = JobOutcome(result=FAILURE)
        self._end(state, outcome)

    def _end(self, state: LegState, outcome: JobOutcome) -> None:
        state.outcome = outcome
        group = state.group
        if outcome.result == FAILURE and group.spread.ends_with_first_failure:
            self._stop(group)
        self._go_on(group)

    def _stop(self, group: Group) -> None:
        """Cancel the other legs of a job: those under way are told so, those that wait never start."""
        if group.stopped:
            return
        group.stopped = True
        for leg in group.running:
            self._cancel(leg)
        for leg in group.waiting:
            self._leave_out(leg)

    def _cancel(self, state: LegState) -> None:
        if state.inner is not None:
            self._cancel_call(state.inner)
        elif state.due in self._due:
            self._due.remove(state.due)
            self._planned.remove(state.planned)  # type: ignore[arg-type]
            del self._under_way[state.due]
            self._leave_out(state)
        elif state.due is not None:
            self._cancelled.append(state.due)

    def _cancel_call(self, inner: Frame) -> None:
        """Cancel a call: its jobs whose conditions hold nevertheless go on, as GitHub asks them again."""
        inner.cancelled = True
        ended = [group for group in self._groups[id(inner)] if not _holds_still(group)]
        for group in ended:
            self._stop(group)
        for group in ended:
            self._go_on(group)

    def _leave_out(self, state: LegState) -> None:
        group = state.group
        state.planned = self._listing.left_out(group.frame, group.job, state.leg, state.place)
        self._planned.append(state.planned)
        state.outcome = JobOutcome(result=CANCELLED)


def _holds_still(group: Group) -> bool:
    """Whether the condition of a job is true after the cancellation of the file it stands in.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
    """
    again = judged(group.frame, group.job, group.frame.job_contexts(group.job))
    return again.verdict in (Verdict.RUNS, Verdict.UNDECIDED)


def _doubt(opinion: Opinion) -> str | None:
    return opinion.reason if opinion.verdict is Verdict.UNDECIDED else None


def _ended_by(opinion: Opinion) -> JobOutcome:
    """The outcome of a job that does not start."""
    if opinion.verdict is Verdict.SKIPPED:
        return JobOutcome(result=SKIPPED)
    return JobOutcome(result=FAILURE, started=False)


def _is_true(value: Any) -> bool:
    return is_truthy(value) and not holds_unknown(value)
