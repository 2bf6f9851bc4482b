"""The entries of a plan: what GitHub lists for a job, or for a leg of its matrix."""

from __future__ import annotations

from collections import abc
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import WorkflowError
from pytest_cicache.permissions import cache_mode, compute_token
from pytest_cicache.plan._assumed import absent_workflow, beside_the_steps, elsewhere, unknown_condition, unknown_legs
from pytest_cicache.plan._judge import Opinion, is_assumed, named
from pytest_cicache.plan._legs import Leg, Legs, settings_of
from pytest_cicache.plan._model import JobPlace, PlannedJob, Verdict
from pytest_cicache.plan._names import plain_name

if TYPE_CHECKING:
    from pytest_cicache.events import Delivery
    from pytest_cicache.permissions import Token
    from pytest_cicache.plan._assumption import Assumption
    from pytest_cicache.plan._frame import Frame
    from pytest_cicache.workflow import Job

__all__ = ["Listing", "unstarted"]

_FAIL_FAST = Opinion(Verdict.CANCELLED, "fail-fast: another leg of the matrix failed")
_STAND_IN = "a stand-in was given for this job"


class Listing:
    """Makes the entries of one plan; all legs of a job, and of its callers' matrices, share a token."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._tokens: dict[tuple[str, ...], Token] = {}

    def leg(
        self, frame: Frame, job: Job, leg: Leg, place: JobPlace, name: str, opinion: Opinion, legs: Legs
    ) -> PlannedJob:
        """A leg that starts; raises `WorkflowError` where one of its settings cannot be evaluated."""
        plain_entry = _entry(frame, job, leg, place, name, opinion)
        settings = settings_of(job, legs, leg.contexts)
        opaque = elsewhere(job, settings.runs_on) if job.uses is None else absent_workflow(job)
        found = (*_doubts(job, leg, opinion), opaque, *(beside_the_steps(job) if opaque is None else ()))
        plain_entry = replace(
            plain_entry,
            settings=settings,
            opaque=opaque,
            assumptions=tuple(each for each in found if each is not None),
        )
        if job.uses is not None:
            reasons = (opinion.reason, f"the workflow {job.uses.text} is not on disk")
            return replace(plain_entry, reason="; ".join(filter(None, reasons)))
        cache = cache_mode(
            self._delivery,
            workflow_mode=frame.workflow.cache_mode,
            job_mode=job.cache_mode,
            caller_mode=frame.cache_mode,
        )
        return replace(plain_entry, token=self._token(frame, job), cache=cache)

    def replaced(
        self,
        frame: Frame,
        job: Job,
        leg: Leg,
        place: JobPlace,
        name: str,
        opinion: Opinion,
        stand_in: abc.Mapping[str, str],
    ) -> PlannedJob:
        """A leg that has a stand-in."""
        return replace(_entry(frame, job, leg, place, name, opinion), reason=_STAND_IN, stand_in=stand_in)

    def left_out(self, frame: Frame, job: Job, leg: Leg, place: JobPlace) -> PlannedJob:
        """A leg that fail-fast keeps from starting."""
        try:
            name = frame.prefix + plain_name(job, leg.contexts, leg.segments)
        except WorkflowError:
            name = unstarted(frame, job, place, _FAIL_FAST).name
        token = None if job.uses is not None else self._token(frame, job)
        return replace(_entry(frame, job, leg, place, name, _FAIL_FAST), token=token)

    def _token(self, frame: Frame, job: Job) -> Token:
        key = (*frame.path, job.id)
        if key not in self._tokens:
            self._tokens[key] = compute_token(
                self._delivery,
                workflow_block=frame.workflow.permissions,
                job_block=job.permissions,
                caller=frame.caller,
            )
        return self._tokens[key]


def unstarted(frame: Frame, job: Job, place: JobPlace, opinion: Opinion) -> PlannedJob:
    """A job that does not start, before its matrix is looked at; a name with expressions is not evaluated."""
    literal = job.name is not None and not job.name.is_template
    name = frame.prefix + (job.name.text if literal and job.name is not None else job.id)
    return _entry(frame, job, Leg(None, {}), place, name, opinion)


def _entry(frame: Frame, job: Job, leg: Leg, place: JobPlace, name: str, opinion: Opinion) -> PlannedJob:
    return PlannedJob(
        id=job.id,
        name=name,
        definition=job,
        file=frame.workflow,
        place=place,
        path=frame.path,
        needs=job.needs,
        verdict=opinion.verdict,
        reason=opinion.reason,
        matrix=_as_written(frame.matrix if leg.matrix is None else leg.matrix),
        uses=None if job.uses is None else job.uses.text,
    )


def _doubts(job: Job, leg: Leg, opinion: Opinion) -> abc.Iterator[Assumption]:
    if opinion.depends_on is not None:
        yield unknown_condition(job, opinion.depends_on)
    if isinstance(leg.matrix, str) and is_assumed(leg.matrix):
        yield unknown_legs(job, named(leg.matrix))


def _as_written(value: Any) -> Any:
    """A value of a matrix as people write it: 18, not the 18.0 that expressions reckon with."""
    if isinstance(value, abc.Mapping):
        return {key: _as_written(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_written(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
