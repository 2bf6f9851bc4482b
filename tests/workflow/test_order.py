"""The order of a file's jobs, and where its nodes stand."""

from __future__ import annotations

import pytest

from pytest_cicache.workflow import read_workflow

WORKFLOW = read_workflow(
    """\
on: push
jobs:
  last: {needs: [middle, first], runs-on: x, steps: [{run: a}]}
  middle: {needs: First, runs-on: x, steps: [{run: a}]}
  first: {runs-on: x, steps: [{run: a}]}
""",
    path="ci.yml",
)


def test_jobs_come_behind_those_they_need() -> None:
    """Ids ignore case."""
    assert [job.id for job in WORKFLOW.ordered()] == ["first", "middle", "last"]


@pytest.mark.parametrize(("job", "above"), [("last", ["middle", "first"]), ("MIDDLE", ["first"]), ("first", [])])
def test_everything_a_job_waits_for(job: str, above: list[str]) -> None:
    """Directly or not, each once."""
    found = WORKFLOW.job(job)
    assert found is not None
    assert WORKFLOW.ancestors(found) == above


def test_a_place_names_the_file() -> None:
    """Line and column count from 1."""
    found = WORKFLOW.job("middle")
    assert found is not None
    assert found.position.place == "ci.yml:4:3"
