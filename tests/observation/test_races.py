"""What jobs side by side leave to chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pytest_cicache import events
from pytest_cicache.events import Commits, Repository
from pytest_cicache.observation import (
    BuildRecord,
    CacheOperation,
    Conclusion,
    JobResult,
    Operation,
    Purpose,
    RegistryRecord,
    Result,
    Run,
    Scenario,
    StepMode,
    StepResult,
    TagChange,
    Vertex,
    with_races,
)
from pytest_cicache.plan import Plan, plan
from pytest_cicache.workflow import read_workflow

MAIN = "ghcr.io/o/p:main"
RUN = "[2/2] RUN make"


def planned(jobs: str) -> Plan:
    workflow = read_workflow(f"on: push\njobs:\n{jobs}", path="w.yml")
    commits = Commits(base="a" * 40, head="b" * 40, merge="b" * 40, before="a" * 40)
    now = datetime(2026, 11, 24, tzinfo=UTC)
    return plan(
        workflow, events.deliver(events.push(), Repository.parse("o/r"), commits, now=now, run_id=1, run_number=1)
    )


def operation(kind: str, result: str, reference: str | None = MAIN, **fields: Any) -> CacheOperation:
    return CacheOperation(operation=Operation(kind), reference=reference, result=Result(result), **fields)


def step(*operations: CacheOperation, cached: bool | None = None) -> StepResult:
    hit = any(item.result is Result.HIT for item in operations)
    vertex = Vertex(name=RUN, cached=hit if cached is None else cached, source=MAIN if hit else None)
    build = BuildRecord(dockerfile="Dockerfile", target=None, vertices=(vertex,), operations=operations, exit_code=0)
    return StepResult(
        id="s",
        name="s",
        kind="run",
        mode=StepMode.EXECUTED,
        outcome=Conclusion.SUCCESS,
        conclusion=Conclusion.SUCCESS,
        builds=(build,),
        operations=operations,
    )


def raced(
    jobs: str,
    steps: Mapping[str, StepResult],
    *,
    digests: tuple[str, ...] = ("1",),
    added: bool = True,
    conclusions: Mapping[str, Conclusion] | None = None,
) -> Run:
    """The run of these jobs, where a job of that name took that step."""
    made = planned(jobs)
    results = tuple(
        JobResult(
            id=job.id,
            name=job.name,
            conclusion=(conclusions or {}).get(job.name, Conclusion.SUCCESS),
            steps=(steps[job.name],) if job.name in steps else (),
        )
        for job in made.jobs
    )
    requests = tuple(
        RegistryRecord(
            run=1,
            job="j",
            step="s",
            purpose=Purpose.EXPORT,
            method="PUT",
            host="ghcr.io",
            image_name="o/p",
            reference="main",
            digest=digest,
            status=201,
        )
        for digest in digests
    )
    change = TagChange(before=() if added else ("main",), after=("main",))
    scenario = Scenario(
        workflow="w.yml", event="push", after=(), repository="o/r", runner="r", builder="b", registry="g"
    )
    return with_races(
        Run(
            scenario=scenario,
            triggered=True,
            reason=None,
            outcome=Conclusion.SUCCESS,
            error=None,
            jobs=results,
            packages={"o/p": change},
            requests=requests,
            plan=made,
        )
    )


BESIDE = "  a: {runs-on: x, steps: [{run: e}]}\n  b: {runs-on: x, steps: [{run: e}]}\n"
BEHIND = BESIDE.replace("b: {", "b: {needs: a, ")
LEGS = "  a: {strategy: {matrix: {n: [1, 2]}}, runs-on: x, steps: [{run: e}]}\n"
ONE_BY_ONE = LEGS.replace("strategy: {", "strategy: {max-parallel: 1, ")
EXPORT = step(operation("export", "written"))


@pytest.mark.parametrize("result", ["hit", "miss", "not-found"])
def test_import_beside_its_export_is_unknown(result: str) -> None:
    """Whether the other job had exported by then is a race: the import and the step it decides are unknown."""
    run = raced(BESIDE, {"a": EXPORT, "b": step(operation("import", result))})
    (found,) = run.jobs[1].steps

    assert found.operations[0].result is Result.UNKNOWN
    assert found.builds[0].operations[0].result is Result.UNKNOWN
    assert (found.builds[0].vertices[0].cached, found.builds[0].vertices[0].source) == (None, None)
    assert [str(race) for race in run.races] == [f"'a' writes {MAIN}, 'b' reads it, and nothing says which comes first"]
    assert run.packages["o/p"].uncertain == ()


@pytest.mark.parametrize(
    ("jobs", "names"),
    [
        pytest.param(BEHIND, ("a", "b"), id="needs"),
        pytest.param(
            BESIDE.replace("b: {", "c: {needs: a, runs-on: x, steps: [{run: e}]}\n  b: {needs: c, "),
            ("a", "b"),
            id="needs-in-two-steps",
        ),
        pytest.param(ONE_BY_ONE, ("a (1)", "a (2)"), id="legs-one-by-one"),
    ],
)
def test_what_is_ordered_is_known(jobs: str, names: tuple[str, str]) -> None:
    """A job that begins when the other has ended reads what it wrote."""
    run = raced(jobs, {names[0]: EXPORT, names[1]: step(operation("import", "hit"))})

    assert run.races == ()
    assert run.cache.hits[0].source == MAIN


def test_jobs_of_one_name_are_told_apart() -> None:
    """The reader alone is unsure, and the second of the name has a number."""
    jobs = BESIDE.replace("{runs-on", "{name: Build, runs-on")
    made = planned(jobs)
    results = tuple(
        JobResult(id=job.id, name=job.name, conclusion=Conclusion.SUCCESS, steps=(taken,))
        for job, taken in zip(made.jobs, (EXPORT, step(operation("import", "hit"))), strict=True)
    )
    run = with_races(replace(raced(BESIDE, {}), jobs=results, plan=made, races=()))

    assert [(race.writer, race.other) for race in run.races] == [("Build", "Build #2")]
    assert run.jobs[0] == results[0]
    assert run.cache.imports[0].result is Result.UNKNOWN


def test_own_import_is_known() -> None:
    """The steps of one job come one after the other."""
    assert raced(BESIDE, {"a": step(operation("import", "not-found"), operation("export", "written"))}).races == ()


def test_denied_export_races_with_nobody() -> None:
    """What was refused was not written."""
    run = raced(BESIDE, {"a": step(operation("export", "denied")), "b": step(operation("import", "not-found"))})

    assert run.races == ()


def test_export_of_what_was_there_races_with_nobody() -> None:
    """A tag that named the same manifest before and after every write gives the same import at any time."""
    run = raced(BESIDE, {"a": EXPORT, "b": step(operation("import", "hit"))}, added=False)

    assert run.races == ()


def test_miss_of_what_the_other_does_not_build_is_known() -> None:
    """A step that the exporting job does not have cannot come from its export."""
    other = step(operation("import", "not-found"))
    vertex = Vertex(name="[1/1] COPY x x", cached=False)
    build = BuildRecord(
        dockerfile="d", target=None, vertices=(vertex,), operations=other.builds[0].operations, exit_code=0
    )
    reader = StepResult(
        id="s",
        name="s",
        kind="run",
        mode=StepMode.EXECUTED,
        outcome=Conclusion.SUCCESS,
        conclusion=Conclusion.SUCCESS,
        builds=(build,),
        operations=build.operations,
    )
    run = raced(BESIDE, {"a": EXPORT, "b": reader})

    assert run.cache.misses[-1] == vertex
    assert run.jobs[1].steps[0].builds[0].vertices == (vertex,)
    assert len(run.races) == 1


def test_two_legs_that_write_one_tag_leave_it_uncertain() -> None:
    """The last one wins, and nobody knows which that is; with the same content nothing is lost."""
    both = {"a (1)": EXPORT, "a (2)": EXPORT}
    run = raced(LEGS, both, digests=("1", "2"))

    assert run.packages["o/p"].uncertain == ("main",)
    assert run.tags.added.uncertain == {"main"}
    assert [str(race) for race in run.races] == [
        f"'a (1)' writes {MAIN}, 'a (2)' writes it too, and nothing says which comes first"
    ]
    assert raced(ONE_BY_ONE, both, digests=("1", "2")).races == ()
    assert raced(LEGS, both, digests=("1", "1")).races == ()


BEHIND_LEGS = LEGS + "  b: {needs: a, runs-on: x, steps: [{run: e}]}\n"
BEFORE_LEGS = "  b: {runs-on: x, steps: [{run: e}]}\n" + LEGS.replace("a: {", "a: {needs: b, ")


@pytest.mark.parametrize("result", ["hit", "not-found"])
def test_import_behind_legs_that_race_is_unknown(result: str) -> None:
    """What a job reads that needs both legs is what the last of them wrote, and nobody knows which that is."""
    steps = {"a (1)": EXPORT, "a (2)": EXPORT, "b": step(operation("import", result))}
    run = raced(BEHIND_LEGS, steps, digests=("1", "2"))

    assert run.cache.imports[0].result is Result.UNKNOWN
    assert run.jobs[2].steps[0].builds[0].vertices[0].cached is None
    assert str(run.races[1]).startswith(f"'a (1), or a (2)' writes {MAIN}, 'b' reads it")


def test_import_before_legs_that_race_is_known() -> None:
    """A job that both legs need has read before they wrote."""
    steps = {"a (1)": EXPORT, "a (2)": EXPORT, "b": step(operation("import", "hit"))}
    run = raced(BEFORE_LEGS, steps, digests=("1", "2"))

    assert run.cache.imports[0].result is Result.HIT
    assert len(run.races) == 1


def test_tag_of_a_cancelled_job_is_uncertain() -> None:
    """Fail-fast ends a leg at a moment that is not known."""
    run = raced(LEGS, {"a (2)": EXPORT}, conclusions={"a (2)": Conclusion.CANCELLED})

    assert run.packages["o/p"].uncertain == ("main",)
    assert str(run.races[0]) == f"'a (2)' was cancelled, before or after it wrote {MAIN}"


def test_caches_without_reference_race_by_scope() -> None:
    """The Actions cache is one thing by its scope."""
    fields = {"reference": None, "type": "gha", "cache_scope": "buildkit"}
    run = raced(
        BESIDE,
        {"a": step(operation("export", "written", **fields)), "b": step(operation("import", "not-found", **fields))},
    )

    assert [race.what for race in run.races] == ["type=gha,scope=buildkit"]
    assert run.cache.imports[0].result is Result.UNKNOWN


def test_names_of_jobs_in_calls_are_ordered_by_their_callers() -> None:
    """A job of a called workflow is behind all that its caller needs."""
    from pytest_cicache.plan import JobPlace

    assert JobPlace((1, 0, 0, 0), ((0,),)).is_after(JobPlace((0, 2)))
    assert not JobPlace((0, 2)).is_after(JobPlace((1, 0, 0, 0), ((0,),)))
    assert not JobPlace((1, 0), ()).is_after(JobPlace((0, 0)))
