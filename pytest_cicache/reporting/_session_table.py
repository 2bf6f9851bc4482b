"""The table at the end of a pytest session: the runs of each test below its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_cicache.reporting._report import ReportedTest
from pytest_cicache.reporting._table import fitted, rows_table

__all__ = ["TableLine", "session_table"]

_INDENT = "  "
_MANY = 60
_BAD = ("failed", "error")


@dataclass(frozen=True, slots=True)
class TableLine:
    """A line of the table; `is_bad` for the name of a test that failed."""

    text: str
    is_bad: bool = False


def session_table(tests: Sequence[ReportedTest], *, width: int = 0, verbose: bool = False) -> Iterator[TableLine]:
    """Yield the lines for tests with runs, of at most `width` columns where that is not 0.

    Of very many runs only those of failed tests are shown, unless `verbose`, which adds the steps of each.
    """
    told = [test for test in tests if test.runs]
    left_out: list[ReportedTest] = []
    if not verbose and sum(len(test.runs) for test in told) > _MANY:
        left_out = [test for test in told if test.outcome not in _BAD]
        told = [test for test in told if test.outcome in _BAD]
    rows = fitted([run.row for test in told for run in test.runs], max(width - len(_INDENT), 0))
    # A row takes as many lines as its longest cell has.
    heights = [max(cell.count("\n") + 1 for cell in row) for row in rows]
    lines = rows_table(rows)
    if told:
        yield TableLine(_INDENT + next(lines))
        yield TableLine(_INDENT + next(lines))
    height = iter(heights)
    for test in told:
        yield TableLine(test.test + ("" if test.outcome == "passed" else f" ({test.outcome})"), test.outcome in _BAD)
        for run in test.runs:
            yield from (TableLine(_INDENT + next(lines)) for _ in range(next(height)))
            yield from (TableLine(_INDENT * 3 + text) for text in _steps(run.data)) if verbose else ()
    if left_out:
        count = sum(len(test.runs) for test in left_out)
        yield TableLine(f"{count} runs of {len(left_out)} tests that did not fail; -v shows them")


def _steps(run: Mapping[str, Any]) -> Iterator[str]:
    """The steps of a run, and of those with builds how many of their steps were cached."""
    for job in run["jobs"]:
        for step in job["steps"]:
            builds = [build for build in job["builds"] if build["step"] == step["id"]]
            hits, total = sum(build["hits"] for build in builds), sum(len(build["vertices"]) for build in builds)
            cached = f", {hits} of {total} build steps cached" if builds else ""
            name = step["name"].partition("\n")[0]
            yield f"{job['name']} / {name}: {step['conclusion']} ({step['mode']}{cached})"
