"""Runs as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cicache.observation import CacheOperation, Operation, Result, Run, Vertex
from pytest_cicache.reporting import run_table, table_row


def with_operations(run: Run, *operations: CacheOperation) -> Run:
    (job,) = run.jobs
    return replace(run, jobs=(replace(job, steps=(replace(job.steps[0], operations=operations),)),))


def operation(kind: Operation, result: Result, reference: str | None, **more: object) -> CacheOperation:
    return CacheOperation(operation=kind, type="gha", reference=reference, result=result, **more)


def test_a_row(fork_run):
    """Event, token, imported from, hits, exported to, verdict."""
    assert table_row(fork_run) == ("fork_pr", "packages: read", "main", "1/2", "denied (403)", "success")


def test_rows_without_jobs(refused_run, quiet_run):
    """A run that did not start says why in its verdict, on one line."""
    assert table_row(refused_run) == (
        "fork_pr",
        "none",
        "nothing",
        "-",
        "nothing",
        "startup_failure: Invalid workflow file: ci.yml#L3",
    )
    assert table_row(quiet_run)[-1] == "not triggered: no branch filter fits"


def test_entries_of_a_cell_take_lines_of_their_own(fork_run):
    """What was written and what was denied are one below the other."""
    run = with_operations(
        fork_run,
        operation(Operation.EXPORT, Result.WRITTEN, "ghcr.io/o/p:a"),
        operation(Operation.EXPORT, Result.DENIED, "ghcr.io/o/p:b", status=403),
        operation(Operation.IMPORT, Result.DENIED, "ghcr.io/o/p:a"),
    )

    assert list(run_table([run])) == [
        "event    token           imported from       hits  exported to   verdict",
        "-------  --------------  ------------------  ----  ------------  -------",
        "fork_pr  packages: read  nothing (1 denied)  1/2   a             success",
        "                                                   denied (403)",
    ]


def test_many_references_are_one_entry(fork_run):
    """The first stands for all; a cache without a reference is named by its type, and repeats count once."""
    run = with_operations(
        fork_run,
        operation(Operation.EXPORT, Result.WRITTEN, "ghcr.io/o/p:a"),
        operation(Operation.EXPORT, Result.WRITTEN, None),
        operation(Operation.EXPORT, Result.WRITTEN, "ghcr.io/o/p:a"),
    )

    assert table_row(run)[4] == "a (+1 more)"


@pytest.mark.parametrize(("result", "shown"), [(Result.FAILED, "failed"), (Result.UNKNOWN, "unknown")])
def test_an_export_that_did_not_write_says_so(fork_run, result, shown):
    """A failed one is not nothing, and neither is one that nobody knows of."""
    run = with_operations(
        fork_run,
        operation(Operation.EXPORT, result, "ghcr.io/o/P:a"),
        operation(Operation.IMPORT, Result.FAILED, "ghcr.io/o/P:a"),
    )

    assert (table_row(run)[2], table_row(run)[4]) == ("nothing (1 failed)", shown)


def test_no_runs():
    """The head stands alone."""
    assert list(run_table([])) == [
        "event  token  imported from  hits  exported to  verdict",
        "-----  -----  -------------  ----  -----------  -------",
    ]


@pytest.mark.parametrize(
    ("vertices", "shown"),
    [((None, None), "unknown"), ((True, None), "1/2 (1 unknown)"), ((False, True, True), "2/3")],
)
def test_steps_that_nobody_knows_are_no_misses(fork_run, vertices, shown):
    """All of them, and some of them."""
    (job,) = fork_run.jobs
    (step,) = job.steps
    build = replace(step.builds[0], vertices=tuple(Vertex(name=f"{n}", cached=c) for n, c in enumerate(vertices)))
    run = replace(fork_run, jobs=(replace(job, steps=(replace(step, builds=(build,)),)),))

    assert table_row(run)[3] == shown


def test_an_import_that_nobody_knows_is_not_nothing(fork_run):
    """Beside it, what is known to be refused."""
    unknown = operation(Operation.IMPORT, Result.UNKNOWN, "ghcr.io/o/p:a")
    denied = operation(Operation.IMPORT, Result.DENIED, "ghcr.io/o/p:b")

    assert table_row(with_operations(fork_run, unknown))[2] == "unknown"
    assert table_row(with_operations(fork_run, unknown, denied))[2] == "unknown (1 denied)"
