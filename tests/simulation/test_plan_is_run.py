"""What runs on the real steps is what the plan of the same folder shows; a run keeps its plan."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pytest_cicache import events
from pytest_cicache.errors import UsageError
from pytest_cicache.plan import Verdict
from pytest_cicache.simulation import Engines, Simulation, plan_workflows, repository_of

ROOT = Path(__file__).parents[1] / "plan" / "repository"
CLOCK = datetime(2026, 11, 24, 9, tzinfo=UTC)
# Every construct once: the whole folder under every event is compared in tests/plan, without steps.
NAMES = ("needs-diamond", "strategy-from-json", "outputs-of-steps", "call-nested", "call-matrix", "status-functions")


@pytest.mark.parametrize("kind", ["push", "fork_pr"])
@pytest.mark.parametrize("name", NAMES)
def test_simulation_runs_the_plan(engines: Engines, name: str, kind: str) -> None:
    """Jobs, names, tokens and reasons of skipping are those of `cicache plan`."""
    event = events.from_text(kind)
    repository = repository_of(ROOT, "octo/app")
    (planned,), _ = plan_workflows(ROOT, repository, [f"{name}.yml"], [event], sources={}, now=CLOCK)
    with Simulation(engines, ROOT, repository, clock=CLOCK) as simulation:
        run = simulation.run(f"{name}.yml", event)

    decided = {job.name: job for job in planned.jobs if job.verdict in (Verdict.RUNS, Verdict.SKIPPED)}
    for result in run.jobs:
        if result.name not in decided:
            continue
        job = decided.pop(result.name)
        assert (result.token, result.path) == (job.token, job.path)
        assert result.conclusion == ("success" if job.verdict is Verdict.RUNS else "skipped")
        assert job.verdict is Verdict.RUNS or result.reason == job.reason
    assert [job.name for job in decided.values() if job.matrix is None] == []
    assert run.conclusion == "success"


def test_run_keeps_its_plan(engines: Engines) -> None:
    """A check over a run sees the event's trust, and where and how each job is declared."""
    with Simulation(engines, ROOT, repository_of(ROOT, "octo/app"), clock=CLOCK) as simulation:
        run = simulation.run("permissions-of-file.yml", events.fork_pr(actor="stranger"))

    assert run.delivery is not None
    assert (run.delivery.is_fork, run.delivery.actor, run.delivery.head_repository) == (
        True,
        "stranger",
        "stranger/app",
    )
    assert run.plan is not None
    a, b, _ = run.plan.jobs
    assert a.declared_permissions == {"contents": "read", "packages": "write"}
    assert b.declared_permissions == {}
    assert (a.position.path, a.position.column) == (".github/workflows/permissions-of-file.yml", 3)


def test_untriggered_run_keeps_its_plan(engines: Engines) -> None:
    """Also a run that never started says what it was asked for."""
    with Simulation(engines, ROOT, repository_of(ROOT, "octo/app"), clock=CLOCK) as simulation:
        run = simulation.run("filters.yml", events.push())

    assert (run.triggered, run.conclusion) == (False, "skipped")
    assert run.plan is not None
    assert run.reason == run.plan.reason


def test_run_name_that_cannot_be_evaluated_is_a_startup_failure(engines: Engines, root: Path) -> None:
    """The title is evaluated before any job, in the plan and in the run."""
    (root / ".github" / "workflows" / "ci.yml").write_text(
        "run-name: ${{ fromJSON('x') }}\non: push\njobs: {a: {runs-on: x, steps: [{run: 'true'}]}}\n"
    )
    with Simulation(engines, root, repository_of(root, "octo/app"), clock=CLOCK) as simulation:
        run = simulation.run("ci.yml", events.push())

    assert (run.conclusion, run.jobs) == ("startup_failure", ())
    assert "ci.yml (Line: 1, Col: 11)" in str(run.error)


def test_a_leg_of_a_call_can_be_asked_for(engines: Engines) -> None:
    """The jobs of a called workflow have the leg that calls it; a key that none has is refused."""
    with Simulation(engines, ROOT, repository_of(ROOT, "octo/app"), clock=CLOCK) as simulation:
        run = simulation.run("call-matrix.yml", events.push(), job="image", matrix={"tag": "b"})
        with pytest.raises(UsageError, match="no matrix has 'tags'; the matrices have tag"):
            simulation.run("call-matrix.yml", events.push(), matrix={"tags": "b"})

    assert [job.name for job in run.jobs] == ["image (b) / Image b", "image (b) / publish"]
