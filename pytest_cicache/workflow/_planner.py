"""From a workflow and a delivery to a plan: triggers, conditions, matrices, calls, tokens."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import ExpressionError, WorkflowError
from pytest_cicache.events import Delivery, github_context
from pytest_cicache.expressions import UndecidedError
from pytest_cicache.expressions import decide as decide_condition
from pytest_cicache.permissions import (
    CallerPermissions,
    cache_mode,
    compute_token,
    secret_source,
    visible_variables,
)
from pytest_cicache.workflow._inputs import bind_call_inputs
from pytest_cicache.workflow._partial import Undecided
from pytest_cicache.workflow._plan import Plan, PlannedJob, Verdict
from pytest_cicache.workflow._plan_frame import Frame
from pytest_cicache.workflow._plan_legs import Leg, expanded, leg_name, node_data, settings_of
from pytest_cicache.workflow._start import start

if TYPE_CHECKING:
    from pytest_cicache.permissions import CacheAccess, Token
    from pytest_cicache.workflow._model import Job, Workflow

__all__ = ["plan"]


def plan(
    workflow: Workflow | WorkflowError,
    delivery: Delivery,
    *,
    inputs: abc.Mapping[str, Any] | None = None,
    path: str | None = None,
) -> Plan:
    """Plan a workflow under a delivery.

    For a `WorkflowError`, what reading the file raised, the plan is GitHub's startup failure; `path` then names the
    file where the first problem does not. `inputs` stand in for those of a dispatch. Jobs are assumed to succeed
    where they run; what depends on more than that is undecided.
    """
    if isinstance(workflow, WorkflowError):
        return _refused(workflow, delivery, path)
    begun = start(workflow, delivery, inputs=inputs)
    base = Plan(
        path=workflow.path,
        name=workflow.name or workflow.path,
        delivery=begun.delivery,
        triggered=begun.triggered,
        reason=begun.reason,
        notices=_notices(begun.delivery),
    )
    return _with_jobs(base, workflow, begun.inputs) if begun.triggered else base


def _notices(delivery: Delivery) -> tuple[str, ...]:
    waits = () if delivery.approval is None else (f"waits for approval: {delivery.approval}",)
    return (*waits, *delivery.notices)


def _refused(error: WorkflowError, delivery: Delivery, path: str | None) -> Plan:
    where = path or error.problems[0].path
    return Plan(
        path=where,
        name=where,
        delivery=delivery,
        triggered=True,
        reason="the workflow file is not valid, which GitHub shows as a failed run",
        error=_text(error),
    )


def _with_jobs(base: Plan, workflow: Workflow, inputs: abc.Mapping[str, Any]) -> Plan:
    delivery = base.delivery
    contexts = {
        "github": github_context(
            delivery,
            workflow_name=workflow.name,
            workflow_path=workflow.path,
            secret_source=secret_source(delivery),
        ),
        "vars": visible_variables(delivery),
        "inputs": dict(inputs),
    }
    try:
        run_name = node_data(workflow.run_name, contexts)
        concurrency = node_data(workflow.concurrency, contexts)
    except WorkflowError as error:
        return replace(base, error=_text(error))
    jobs = tuple(_Planner(delivery).jobs(Frame(workflow=workflow, contexts=contexts)))
    return replace(base, run_name=run_name, concurrency=concurrency, jobs=jobs)


@dataclass(frozen=True, slots=True)
class _Opinion:
    """What is known of a job: a verdict and the reason for it."""

    verdict: Verdict
    reason: str | None = None


class _Planner:
    """Walks the files of one run."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._tokens: dict[tuple[str, ...], Token] = {}

    def jobs(self, frame: Frame) -> abc.Iterator[PlannedJob]:
        """Plan the jobs of a file, each behind those it needs."""
        for job in frame.workflow.ordered():
            contexts = frame.job_contexts(job)
            opinion = self._opinion(frame, job, contexts)
            planned = list(self._legs_of(frame, job, contexts, opinion))
            failed = any(leg.verdict is Verdict.FAILS and leg.path == frame.path for leg in planned)
            frame.verdicts[job.id.lower()] = Verdict.FAILS if failed else opinion.verdict
            yield from planned

    def _opinion(self, frame: Frame, job: Job, contexts: abc.Mapping[str, Any]) -> _Opinion:
        functions = frame.status_functions(job)
        try:
            holds = decide_condition(job.condition.text, contexts, functions=functions)
        except UndecidedError as error:
            return _Opinion(Verdict.UNDECIDED, _depends(job, error.what))
        except ExpressionError as error:
            return _Opinion(Verdict.FAILS, f"Error when evaluating 'if' for job '{job.id}'. {error.message}")
        if not holds:
            return _Opinion(Verdict.SKIPPED, _why_skipped(frame, job))
        if frame.doubt is not None:
            return _Opinion(Verdict.UNDECIDED, _joined(frame.doubt, frame.note))
        return _Opinion(Verdict.RUNS, _joined(_why_runs(job), frame.note))

    def _legs_of(
        self, frame: Frame, job: Job, contexts: abc.Mapping[str, Any], opinion: _Opinion
    ) -> abc.Iterator[PlannedJob]:
        if opinion.verdict in (Verdict.SKIPPED, Verdict.FAILS):
            yield self._unstarted(frame, job, opinion)
            return
        try:
            for leg in expanded(job, contexts):
                yield from self._leg(frame, job, leg, opinion)
        except WorkflowError as error:
            reason = f"Error when evaluating 'strategy' for job '{job.id}'. {_text(error)}"
            yield self._unstarted(frame, job, _Opinion(Verdict.FAILS, reason))

    def _leg(self, frame: Frame, job: Job, leg: Leg, opinion: _Opinion) -> abc.Iterator[PlannedJob]:
        try:
            name = frame.prefix + leg_name(job, leg)
            if job.called is not None:
                yield from self.jobs(self._called(frame, job, job.called, leg, name, opinion))
                return
            yield self._planned(frame, job, leg, name, opinion)
        except WorkflowError as error:
            yield self._unstarted(frame, job, _Opinion(Verdict.FAILS, _text(error)))

    def _planned(self, frame: Frame, job: Job, leg: Leg, name: str, opinion: _Opinion) -> PlannedJob:
        uses = None if job.uses is None else job.uses.text
        return PlannedJob(
            id=job.id,
            name=name,
            path=frame.path,
            needs=job.needs,
            verdict=opinion.verdict,
            reason=_joined(opinion.reason, f"the workflow {uses} is not at hand" if uses else None),
            matrix=frame.matrix if leg.matrix is None else leg.matrix,
            uses=uses,
            token=None if uses else self._token(frame, job),
            cache=None if uses else self._cache(frame, job),
            settings=settings_of(job, leg.contexts),
        )

    def _unstarted(self, frame: Frame, job: Job, opinion: _Opinion) -> PlannedJob:
        literal = job.name is not None and not job.name.is_template
        return PlannedJob(
            id=job.id,
            name=frame.prefix + (job.name.text if literal and job.name is not None else job.id),
            path=frame.path,
            needs=job.needs,
            verdict=opinion.verdict,
            reason=opinion.reason,
            uses=None if job.uses is None else job.uses.text,
        )

    def _token(self, frame: Frame, job: Job) -> Token:
        """The token of a job, which all legs of its matrix and of its callers' share."""
        key = (*frame.path, job.id)
        if key not in self._tokens:
            self._tokens[key] = compute_token(
                self._delivery,
                workflow_block=frame.workflow.permissions,
                job_block=job.permissions,
                caller=frame.caller,
            )
        return self._tokens[key]

    def _cache(self, frame: Frame, job: Job) -> CacheAccess:
        return cache_mode(
            self._delivery,
            workflow_mode=frame.workflow.cache_mode,
            job_mode=job.cache_mode,
            caller_mode=frame.cache_mode,
        )

    def _called(self, frame: Frame, job: Job, called: Workflow, leg: Leg, name: str, opinion: _Opinion) -> Frame:
        caller = CallerPermissions(
            job=job.id,
            workflow_block=frame.workflow.permissions,
            job_block=job.permissions,
            caller=frame.caller,
        )
        shared = {key: leg.contexts[key] for key in ("github", "vars")}
        note = frame.note
        if isinstance(leg.matrix, Undecided):
            note = _joined(note, f"the legs of '{job.id}' depend on {leg.matrix.what}")
        return Frame(
            workflow=called,
            contexts={**shared, "inputs": bind_call_inputs(called, job.with_, leg.contexts)},
            path=(*frame.path, job.id),
            prefix=f"{name} / ",
            caller=caller,
            cache_mode=job.cache_mode or frame.workflow.cache_mode or frame.cache_mode,
            doubt=opinion.reason if opinion.verdict is Verdict.UNDECIDED else None,
            note=note,
            matrix=frame.matrix if leg.matrix is None else leg.matrix,
        )


def _text(error: WorkflowError) -> str:
    return " ".join(str(problem) for problem in error.problems)


def _joined(*reasons: str | None) -> str | None:
    return "; ".join(reason for reason in reasons if reason) or None


def _depends(job: Job, what: str) -> str:
    if job.condition.given is None:
        return f"depends on {what}"
    return f"its condition depends on {what}: {job.condition.given}"


def _why_skipped(frame: Frame, job: Job) -> str:
    ended = {Verdict.SKIPPED: "is skipped", Verdict.FAILS: "cannot start"}
    for name in frame.workflow.ancestors(job):
        verdict = frame.verdicts[name.lower()]
        if verdict in ended and "success()" in job.condition.text:
            return f"it needs '{name}', which {ended[verdict]}"
    return f"its condition is false: {job.condition.given}"


def _why_runs(job: Job) -> str | None:
    holds = f"its condition is true: {job.condition.given}" if job.condition.given is not None else None
    waits = f"once {' and '.join(job.needs)} succeeded" if job.needs else None
    return _joined(holds, waits if "success()" in job.condition.text else None)
