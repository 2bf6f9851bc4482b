"""Plans as lines and as data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from textwrap import dedent

import pytest

from pytest_cicache import events
from pytest_cicache.events import Commits, Repository
from pytest_cicache.plan import Plan, plan
from pytest_cicache.reporting import PLAN_SCHEMA, plan_json, plan_lines
from pytest_cicache.workflow import WorkflowError, read_workflow

SOURCE = """
name: CI
on:
  push: {branches: [main]}
  pull_request:
permissions: {contents: read}
jobs:
  build:
    permissions: {packages: write}
    strategy: {matrix: {os: [a, b, c, d]}}
    runs-on: x
    outputs: {m: "${{ steps.s.outputs.m }}", where: "${{ steps.s.outputs.where }}"}
    steps: [{id: s, run: echo}]
  few:
    needs: build
    permissions: write-all
    strategy: {matrix: {os: [a, b]}}
    runs-on: x
    steps: [{run: echo}]
  later:
    needs: build
    permissions: {}
    strategy: {matrix: "${{ fromJSON(needs.build.outputs.m) }}"}
    environment: ${{ needs.build.outputs.where }}
    runs-on: [self-hosted, "${{ github.ref_name }}"]
    steps: [{run: echo}]
  deploy:
    if: github.event_name == 'push'
    runs-on: x
    steps: [{run: echo}]
"""


@pytest.fixture
def planned() -> Callable[..., Plan]:
    """Plan a file under an event."""

    def planned(event: str, source: str = SOURCE, path: str = "w.yml") -> Plan:
        commits = Commits(base="a" * 40, head="b" * 40, merge="c" * 40, before="a" * 40)
        delivery = events.deliver(
            events.from_text(event),
            Repository.parse("o/r"),
            commits,
            now=datetime(2026, 11, 24, tzinfo=UTC),
            run_id=1,
            run_number=1,
        )
        try:
            return plan(read_workflow(dedent(source), path=path), delivery)
        except WorkflowError as error:
            return plan(error, delivery)

    return planned


def test_lines_show_events_jobs_tokens_and_reasons(planned: Callable[..., Plan]) -> None:
    """One block a workflow, one line an event, one line a job; many legs that say the same are one line."""
    lines = list(plan_lines([planned("push"), planned("fork_pr")]))

    fork = "pull request from a fork: write becomes read"
    many = "packages: read, contents: read and 15 more"

    assert lines[0] == "w.yml (CI)"
    assert [re.split(" {2,}", line.strip()) for line in lines[1:]] == [
        ["push", "not triggered: `branches: [main]` does not match the pushed branch 'feature'"],
        ["fork_pr", "pull_request opened into main starts it"],
        ["build (a) … build (d) (4 jobs)", "runs", "packages: read", fork],
        ["few (a)", "runs", many, f"once build succeeded; {fork}"],
        ["few (b)", "runs", many, f"once build succeeded; {fork}"],
        ["later", "runs", "nothing", "once build succeeded; its legs depend on needs.build.outputs.m"],
        ["deploy", "skipped", "-", "its condition is false: github.event_name == 'push'"],
        [
            "note: waits for approval: contributor is a first-time contributor, "
            "and their fork pull requests need approval"
        ],
    ]
    assert len({line.index("runs") for line in lines[3:7]}) == 1
    assert {
        line.index(text) for line, text in zip(lines[3:8], ("pull", "once", "once", "once", "its"), strict=True)
    } == {lines[3].index("pull")}


def test_workflows_are_blocks(planned: Callable[..., Plan]) -> None:
    """Each workflow starts a block; a file that GitHub refuses shows GitHub's words."""
    lines = list(plan_lines([planned("push"), planned("push", "on: push\nfoo: 1\njobs: {}", "x.yml")]))

    assert lines[2:4] == ["", "x.yml"]
    assert lines[4].startswith("  push: startup failure: x.yml (Line: 2, Col: 1): Unexpected value 'foo'")


def test_events_of_others_share_a_line(planned: Callable[..., Plan]) -> None:
    """What a workflow does not run on is told in one line, behind what it runs on."""
    lines = list(plan_lines([planned(kind) for kind in ("schedule", "push", "release", "issue_comment")]))

    assert lines[1].startswith("  push  not triggered: `branches: [main]`")
    assert lines[2:] == ["  schedule, release, issue_comment: not triggered, the workflow runs on push, pull_request"]


def test_workflow_that_is_only_called(planned: Callable[..., Plan]) -> None:
    """A workflow that no event starts is two lines."""
    source = "on: workflow_call\njobs: {a: {runs-on: x, steps: [{run: echo}]}}"

    assert list(plan_lines([planned(kind, source) for kind in ("push", "fork_pr")])) == [
        "w.yml",
        "  none of these events starts it: the workflow runs on workflow_call",
    ]


def test_nothing_to_show() -> None:
    """No plans, no lines."""
    assert list(plan_lines([])) == []


def test_data_holds_all_that_is_known(planned: Callable[..., Plan]) -> None:
    """The JSON object has every job with token, reasons and settings; what is undecided says so."""
    data = json.loads(json.dumps(plan_json([planned("fork_pr")])))
    (only,) = data["plans"]
    build, later, deploy = only["jobs"][0], only["jobs"][6], only["jobs"][7]

    assert data["schema"] == PLAN_SCHEMA
    assert only["event"] == {"kind": "fork_pr", "name": "pull_request", "activity": "opened"}
    assert (only["workflow"], only["name"], only["triggered"], only["error"]) == ("w.yml", "CI", True, None)
    assert (build["name"], build["matrix"], build["verdict"]) == ("build (a)", {"os": "a"}, "runs")
    assert build["token"]["permissions"]["packages"] == "read"
    assert build["token"]["because"]["packages"][-1] == "pull request from a fork: write becomes read"
    assert build["cache"] == {"mode": "write", "reason": "the run's caches belong to refs/pull/7/merge"}
    assert later["matrix"] == {"undecided": "needs.build.outputs.m"}
    assert later["environment"] == {"undecided": "needs.build.outputs.where"}
    assert later["runs_on"] == ["self-hosted", "7/merge"]
    assert (deploy["verdict"], deploy["token"], deploy["cache"]) == ("skipped", None, None)
    assert build["timeout_minutes"] == 360


def test_undecided_legs_are_named_once(planned: Callable[..., Plan]) -> None:
    """Where the reason names what the legs depend on already, it is not said again."""
    source = """
    on: push
    jobs:
      a: {runs-on: x, outputs: {m: '${{ steps.s.outputs.m }}'}, steps: [{id: s, run: echo}]}
      b:
        needs: a
        if: needs.a.outputs.m
        strategy: {matrix: {x: "${{ fromJSON(needs.a.outputs.m) }}"}}
        runs-on: x
        steps: [{run: echo}]
    """
    line = list(plan_lines([planned("push", source)]))[-1]

    assert line.endswith("its condition depends on needs.a.outputs.m: needs.a.outputs.m")
