"""From a workflow and a delivery to a plan, and to the planner that a run asks for its jobs."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import WorkflowError
from pytest_cicache.events import Delivery, github_context
from pytest_cicache.permissions import secret_source, visible_secrets, visible_variables
from pytest_cicache.plan._frame import Frame
from pytest_cicache.plan._judge import problem_text
from pytest_cicache.plan._legs import node_data
from pytest_cicache.plan._model import Plan
from pytest_cicache.plan._planner import JobSelection, Planner
from pytest_cicache.plan._spec import TOKEN
from pytest_cicache.plan._start import start

if TYPE_CHECKING:
    from pytest_cicache.plan._assumption import Assumption
    from pytest_cicache.plan._model import PlannedJob
    from pytest_cicache.workflow import Workflow

__all__ = ["PlannedRun", "begin", "plan", "refused"]


@dataclass(slots=True)
class PlannedRun:
    """A run as it begins: the plan without its jobs, and what gives them; `None` where no job starts."""

    base: Plan
    planner: Planner | None = None

    @property
    def plan(self) -> Plan:
        """The plan with the jobs that are known by now."""
        if self.planner is None:
            return self.base
        jobs = self.planner.jobs
        return replace(self.base, jobs=jobs, assumptions=tuple(dict.fromkeys(_assumptions(jobs))))


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
        return refused(workflow, delivery, path)
    run = begin(workflow, delivery, inputs=inputs)
    if run.planner is not None:
        while due := run.planner.due():
            for job in due:
                run.planner.finish(job, job.expected())
    return run.plan


def begin(
    workflow: Workflow,
    delivery: Delivery,
    *,
    inputs: abc.Mapping[str, Any] | None = None,
    selection: JobSelection | None = None,
    stand_ins: abc.Mapping[str, abc.Mapping[str, str]] | None = None,
) -> PlannedRun:
    """Start a workflow under a delivery; `stand_ins` are the outputs of jobs, by id, that shall not run."""
    begun = start(workflow, delivery, inputs=inputs)
    base = Plan(
        path=workflow.path,
        name=workflow.name or workflow.path,
        delivery=begun.delivery,
        triggered=begun.triggered,
        reason=begun.reason,
        notices=_notices(begun.delivery),
    )
    if not begun.triggered:
        return PlannedRun(base)
    contexts = _contexts(workflow, begun.delivery, begun.inputs)
    shown = {name: contexts[name] for name in ("github", "vars", "inputs")}
    try:
        run_name = node_data(workflow.run_name, shown)
        concurrency = node_data(workflow.concurrency, shown)
    except WorkflowError as error:
        return PlannedRun(replace(base, error=problem_text(error)))
    base = replace(base, run_name=run_name, concurrency=concurrency)
    frame = Frame(workflow=workflow, contexts=contexts)
    return PlannedRun(base, Planner(begun.delivery, frame, selection=selection, stand_ins=stand_ins))


def refused(error: WorkflowError, delivery: Delivery, path: str | None = None) -> Plan:
    """The plan of a file that GitHub refuses."""
    where = path or error.problems[0].path
    return Plan(
        path=where,
        name=where,
        delivery=delivery,
        triggered=True,
        reason="the workflow file is not valid, which GitHub shows as a failed run",
        error=problem_text(error),
    )


def _assumptions(jobs: abc.Iterable[PlannedJob]) -> abc.Iterator[Assumption]:
    for job in jobs:
        yield from job.assumptions


def _notices(delivery: Delivery) -> tuple[str, ...]:
    waits = () if delivery.approval is None else (f"waits for approval: {delivery.approval}",)
    return (*waits, *delivery.notices)


def _contexts(workflow: Workflow, delivery: Delivery, inputs: abc.Mapping[str, Any]) -> dict[str, Any]:
    github = github_context(
        delivery,
        workflow_name=workflow.name,
        workflow_path=workflow.path,
        secret_source=secret_source(delivery),
    )
    return {
        "github": github,
        "vars": visible_variables(delivery),
        "inputs": dict(inputs),
        "secrets": {**visible_secrets(delivery, token=None), "GITHUB_TOKEN": TOKEN},
    }
