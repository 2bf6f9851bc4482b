"""Runs that start no job: not triggered, or refused by GitHub before any job."""

from __future__ import annotations

from dataclasses import replace

from pytest_cicache.errors import WorkflowError
from pytest_cicache.events import Delivery
from pytest_cicache.observation import Conclusion, Run, Scenario
from pytest_cicache.plan import Plan, refused, start
from pytest_cicache.simulation._planning import is_startup_failure
from pytest_cicache.workflow import read_workflow

__all__ = ["refused_run", "run_without_jobs"]


def run_without_jobs(scenario: Scenario, plan: Plan) -> Run:
    """The run of a workflow that the event does not start, or that GitHub cannot start."""
    failed = plan.error is not None
    return Run(
        scenario=scenario,
        triggered=plan.triggered,
        reason=None if plan.triggered else plan.reason,
        outcome=Conclusion.STARTUP_FAILURE if failed else Conclusion.SKIPPED,
        error=f"The workflow is not valid. {plan.error}" if failed else None,
        jobs=(),
        plan=plan,
    )


def refused_run(scenario: Scenario, delivery: Delivery, text: str, path: str, error: WorkflowError) -> Run:
    """A startup failure when a call asks for more than it may; a file that cannot be read at all is an error."""
    if not is_startup_failure(error):
        raise error
    # The file alone is valid and has the triggers: GitHub looks at what it calls when it starts a run.
    began = start(read_workflow(text, path=path), delivery)
    plan = refused(error, began.delivery, path)
    if not began.triggered:
        return run_without_jobs(scenario, replace(plan, triggered=False, reason=began.reason, error=None))
    first = error.problems[0]
    run = run_without_jobs(scenario, plan)
    return replace(run, error=f"Invalid workflow file: {first.path}#L{first.line}\n{run.error}")
