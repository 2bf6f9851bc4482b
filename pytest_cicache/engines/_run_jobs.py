"""A run: for each job that the plan gives next, the runner runs it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from pytest_cicache.engines._job_spec import JobSpec
from pytest_cicache.engines._protocols import Runner
from pytest_cicache.errors import UnsupportedError
from pytest_cicache.observation import Conclusion, JobResult
from pytest_cicache.plan import DueJob, Outcome, PlannedJob, Planner, Verdict

__all__ = ["run_jobs"]

OpenJob = Callable[[DueJob], AbstractContextManager[JobSpec]]
_FAIL_FAST = "fail-fast: another leg of the matrix failed"
_ENDS = {
    Verdict.SKIPPED: Conclusion.SKIPPED,
    Verdict.FAILS: Conclusion.FAILURE,
    Verdict.CANCELLED: Conclusion.CANCELLED,
}


def run_jobs(planner: Planner, runner: Runner, open_job: OpenJob) -> tuple[JobResult, ...]:
    """Run every job of a plan; return their results in the plan's order.

    `open_job` gives a due job its token, its docker command and its world while it runs. Raises UnsupportedError
    for a job that cannot be simulated.
    """
    results: dict[tuple[int, ...], JobResult] = {}
    cancelled: set[DueJob] = set()
    while due := planner.due():
        for job in due:
            result = _cancelled(job) if job in cancelled else _run(job, runner, open_job)
            results[job.planned.order] = result
            outcome = Outcome(result=result.conclusion.value, outputs=result.outputs)
            cancelled.update(planner.finish(job, outcome))
    return tuple(results.get(planned.order) or unstarted(planned) for planned in planner.jobs)


def _run(job: DueJob, runner: Runner, open_job: OpenJob) -> JobResult:
    planned = job.planned
    if planned.uses is not None:
        where = planned.definition.uses.position if planned.definition.uses else planned.position
        message = f"the reusable workflow '{planned.uses}' is not at hand; name its folder with --workflow-source"
        raise UnsupportedError(f"{where.path}:{where.line}:{where.column}: {message}")
    with open_job(job) as spec:
        return runner.run(spec)


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
    )


def _cancelled(job: DueJob) -> JobResult:
    planned = job.planned
    return JobResult(
        id=planned.id,
        name=planned.name,
        path=planned.path,
        matrix=planned.leg,
        conclusion=Conclusion.CANCELLED,
        reason=_FAIL_FAST,
        token=planned.token,
    )
