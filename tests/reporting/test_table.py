"""Runs as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cicache.observation import CacheOperation, Operation, Result, Run, Vertex
from pytest_cicache.reporting import rows_table, run_table, table_row
from pytest_cicache.reporting._table import fitted, shortened


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


def rows(*tags: str) -> list[tuple[str, ...]]:
    return [("fork_pr", "packages: read", tag, "1/2", "nothing", "success") for tag in tags]


def test_a_table_that_fits_stays_as_it_is():
    """And without a width everything fits."""
    wide = rows("app-build-2026-11-toga-py3.12-debian-main", "app-build-2026-11-toga-py3.12-debian-7")

    assert fitted(wide, 0) == wide
    assert fitted(wide, 120) == wide


def test_of_long_tags_what_differs_is_shown():
    """Not what all of them begin with."""
    found = fitted(rows("app-build-2026-11-toga-debian-main", "app-build-2026-11-toga-debian-7_merge", "nothing"), 80)

    assert [row[2] for row in found] == ["…main", "…7_merge", "nothing"]


def test_the_middle_of_what_is_still_too_long_goes():
    """Down to a few characters."""
    (row,) = fitted([("fork_pr", "packages: read", "a" * 90, "1/2", "b" * 90, "success")], 80)

    assert max(map(len, rows_table([row]))) <= 80
    assert row[2].startswith("aaaaaa…")


@pytest.mark.parametrize(
    ("text", "length", "short"), [("abcdef", 6, "abcdef"), ("abcdefg", 6, "abc…fg"), ("abcdefg", 3, "a…g")]
)
def test_a_name_is_shortened_in_the_middle(text, length, short):
    """Its beginning and its end tell most."""
    assert shortened(text, length) == short
