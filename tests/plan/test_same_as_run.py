"""What a plan shows is what runs: the same jobs, names, tokens and reasons, for every workflow and event."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_cicache import events
from pytest_cicache.engines import JobSpec, StepTurn, run_jobs
from pytest_cicache.errors import WorkflowError
from pytest_cicache.events import Commits, Delivery, Repository
from pytest_cicache.observation import Conclusion, JobResult
from pytest_cicache.plan import DueJob, PlannedJob, PlannedRun, Verdict, begin, plan, started
from pytest_cicache.workflow import Workflow, evaluate_node, read_workflow

HERE = Path(__file__).parent / "repository"
SAMPLES = sorted(path for path in (Path(__file__).parents[2] / "fixtures").iterdir() if path.is_dir())
FILES = sorted(HERE.glob(".github/workflows/*.yml"))
FILES += [path for root in SAMPLES for path in sorted(root.glob(".github/workflows/*.yml"))]
# What the steps of the samples would put out.
STEPS = {
    "s": {"outputs": {"targets": "[1, 2]", "push": "true", "tag": "late", "digest": "1", "u": "u"}},
    "filter": {"outputs": {"changes": '["api", "web"]'}},
}


async def no_remote(call: object) -> int:
    """Git finds no repository."""
    return 128


@dataclass
class DutifulRunner:
    """A runner whose every job succeeds, with the outputs that its steps would give."""

    name: str = "dutiful"

    def run(self, spec: JobSpec) -> Generator[StepTurn, bool, JobResult]:
        yield StepTurn("s")
        outputs: Any = {}
        if spec.job.outputs is not None:
            outputs = evaluate_node(spec.job.outputs, {**spec.contexts, "steps": STEPS})
        return spec.result(Conclusion.SUCCESS, outputs=outputs)


def delivered(kind: str) -> Delivery:
    repository = Repository(owner="octo", name="app", variables={"PUSH": "yes", "REGISTRY": "ghcr.io"})
    commits = Commits(base="a" * 40, head="b" * 40, merge="c" * 40, before="a" * 40)
    now = datetime(2026, 11, 24, tzinfo=UTC)
    return events.deliver(events.from_text(kind), repository, commits, now=now, run_id=1, run_number=1)


def read(path: Path) -> Workflow | WorkflowError:
    root = path.parents[2]

    def fetch(reference: str) -> str | None:
        return (root / reference).read_text() if reference.startswith("./") else None

    try:
        return read_workflow(path.read_text(), path=f".github/workflows/{path.name}", fetch=fetch)
    except WorkflowError as error:
        return error


def ran(workflow: Workflow, delivery: Delivery) -> tuple[PlannedRun, tuple[JobResult, ...]]:
    begun = begin(workflow, delivery)
    if begun.planner is None:
        return begun, ()

    @contextmanager
    def open_job(due: DueJob) -> Iterator[JobSpec]:
        start = started(due, delivery, workflow_path=workflow.path, token="token")
        world: Any = SimpleNamespace(has_doubts=False)
        yield JobSpec(
            planned=due.planned,
            start=start,
            docker=world,
            check_out=world,
            git_remote=no_remote,
            api_command=no_remote,
            announce=[].append,
            action_folder=world,
            clock=delivery.now,
            stubs=world,
            artifacts=world,
        )

    return begun, run_jobs(begun.planner, DutifulRunner(), open_job)


def place(job: PlannedJob) -> tuple[object, ...]:
    return (*job.path, job.id)


def is_open(job: PlannedJob) -> bool:
    """Whether only the run can tell more of a job: its condition, its legs, its name."""
    return isinstance(job.matrix, str) or job.verdict is Verdict.UNDECIDED or "<" in job.name


@pytest.mark.parametrize("kind", events.KINDS)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_plan_is_what_runs(path: Path, kind: str) -> None:
    """Every job that the plan decides runs so: same place, name, token, verdict and reason; the others may."""
    workflow, delivery = read(path), delivered(kind)
    planned = plan(workflow, delivery)
    if isinstance(workflow, WorkflowError):
        assert planned.error is not None
        return
    begun, results = ran(workflow, delivery)

    assert (begun.plan.triggered, begun.plan.reason, begun.plan.error) == (
        planned.triggered,
        planned.reason,
        planned.error,
    )
    assert list(dict.fromkeys(map(place, planned.jobs))) == list(dict.fromkeys(map(place, begun.plan.jobs)))
    open_places = {place(job) for job in planned.jobs if is_open(job)}
    for job in planned.jobs:
        same = [each for each in begun.plan.jobs if place(each) == place(job)]
        if place(job) in open_places:
            assert {str(each.verdict) for each in same} <= {"runs", "skipped"}
        else:
            assert [(each.name, each.verdict, each.reason, each.token, each.matrix) for each in same] == [
                (each.name, each.verdict, each.reason, each.token, each.matrix)
                for each in planned.jobs
                if place(each) == place(job)
            ]
    assert [(result.id, result.name, result.path) for result in results] == [
        (job.id, job.name, job.path) for job in begun.plan.jobs
    ]
    for job, result in zip(begun.plan.jobs, results, strict=True):
        if job.verdict is not Verdict.RUNS:
            assert (result.reason, str(result.conclusion)) == (
                job.reason,
                {"skipped": "skipped", "fails": "failure", "cancelled": "cancelled"}[job.verdict],
            )
        assert result.token == job.token


def test_the_samples_are_many_and_decided() -> None:
    """The comparison above has something to compare: most jobs are decided, and every verdict comes up."""
    jobs = [
        job
        for path in FILES
        for kind in events.KINDS
        if not isinstance(workflow := read(path), WorkflowError)
        for job in plan(workflow, delivered(kind)).jobs
    ]
    decided = [job for job in jobs if not is_open(job)]

    assert len(FILES) > 35
    assert {job.verdict for job in jobs} == set(Verdict)
    assert len(decided) > 0.8 * len(jobs)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(
            "strategy-from-json",
            ["build at 2 of 3"] * 3,
            id="strategy-as-one-expression",
        ),
        pytest.param("strategy-in-names", ["0/2 by 1 false", "1/2 by 1 false", "alone 1"], id="max-parallel"),
        pytest.param("outputs-known", ["choose", "a on feature", "b on feature"], id="outputs-that-need-no-step"),
        pytest.param("fail-fast-before-start", ["1", "a", "3"], id="leg-that-cannot-start"),
    ],
)
def test_names_of_plans(name: str, expected: list[str]) -> None:
    """The plan evaluates `strategy` whole, and outputs that no step decides."""
    workflow = read(HERE / ".github" / "workflows" / f"{name}.yml")
    assert isinstance(workflow, Workflow)

    assert [job.name for job in plan(workflow, delivered("push")).jobs] == expected
