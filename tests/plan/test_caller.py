"""The caller that stands in for those of a workflow that runs only when called."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pytest_cicache import events
from pytest_cicache.events import Commits, Delivery, Repository
from pytest_cicache.plan import needs_caller, plan, stand_in_caller
from pytest_cicache.workflow import Workflow, read_workflow

PATH = ".github/workflows/image.yml"
CALLED = """
name: Image
on:
  workflow_call:
    inputs:
      image_name: {type: string, required: true}
      push: {type: boolean, required: true}
      count: {type: number, required: true}
      tag: {type: string, default: latest, required: true}
      note: {type: string}
    secrets: {key: {required: true}}
JOBS
"""
ONE_JOB = "jobs: {build: {runs-on: x, steps: [{run: e}]}}"


def workflow(jobs: str = ONE_JOB, files: dict[str, str] | None = None) -> Workflow:
    fetch = (files or {}).get
    return read_workflow(CALLED.replace("JOBS", jobs), path=PATH, fetch=fetch)


def delivered(kind: str = "push") -> Delivery:
    commits = Commits(base="a" * 40, head="b" * 40, merge="c" * 40, before="a" * 40)
    now = datetime(2026, 11, 24, tzinfo=UTC)
    repository = Repository.parse("o/r")
    return events.deliver(events.from_text(kind), repository, commits, now=now, run_id=1, run_number=1)


def caller_of(called: Workflow, *kinds: str, **inputs: Any) -> dict[str, Any]:
    made = stand_in_caller(called, [delivered(kind) for kind in kinds or ("push",)], inputs)
    found: dict[str, Any] = json.loads(made.text)
    return found


@pytest.mark.parametrize(
    ("on", "needs"),
    [
        pytest.param("workflow_call", True, id="call-only"),
        pytest.param("[workflow_call, push]", False, id="also-push"),
        pytest.param("push", False, id="no-call"),
    ],
)
def test_only_a_workflow_that_is_only_called_needs_a_caller(on: str, needs: bool) -> None:
    """One that other events start runs on those."""
    assert needs_caller(read_workflow(f"on: {on}\n{ONE_JOB}", path=PATH)) is needs


def test_placeholders_are_by_type_and_default() -> None:
    """A required input gets its default or a value of its type, which GitHub wants passed; others are left out."""
    call = caller_of(workflow())["jobs"]["call"]

    assert call["with"] == {"image_name": "image-name", "push": True, "count": 1, "tag": "latest"}
    assert (call["uses"], call["secrets"]) == (f"./{PATH}", "inherit")


def test_given_inputs_are_passed_with_their_types() -> None:
    """Texts, as the command line has them, become what the workflow declares."""
    call = caller_of(workflow(), image_name="web", push="false", COUNT="3", tag="v1", other="x")["jobs"]["call"]

    assert call["with"] == {"image_name": "web", "push": False, "count": 3.0, "tag": "v1", "other": "x"}


PERMISSIONS = [
    pytest.param(ONE_JOB, None, id="none-said"),
    pytest.param(f"permissions: {{}}\n{ONE_JOB}", {}, id="nothing"),
    pytest.param(
        "permissions: {contents: read}\n"
        "jobs:\n  a: {permissions: {packages: write}, runs-on: x, steps: [{run: e}]}\n"
        "  b: {permissions: {packages: read, contents: write}, runs-on: x, steps: [{run: e}]}",
        {"contents": "write", "packages": "write"},
        id="highest-of-file-and-jobs",
    ),
    pytest.param(
        "jobs: {a: {permissions: {id-token: write}, uses: ./.github/workflows/inner.yml}}",
        {"id-token": "write"},
        id="of-calls",
    ),
]


@pytest.mark.parametrize(("jobs", "permissions"), PERMISSIONS)
def test_caller_grants_what_is_asked_for(jobs: str, permissions: dict[str, str] | None) -> None:
    """The caller has what the workflow, its jobs and what they call declare, so that nothing is refused."""
    inner = "on: workflow_call\npermissions: {id-token: write}\n" + ONE_JOB
    made = caller_of(workflow(jobs, {"./.github/workflows/inner.yml": inner}))

    assert made.get("permissions") == permissions


@pytest.mark.parametrize("kind", events.KINDS)
def test_every_event_starts_the_caller(kind: str) -> None:
    """The caller lets the events in that it is made for, and its workflow's jobs are those of the one called."""
    called = workflow()
    delivery = delivered(kind)
    made = stand_in_caller(called, [delivered(each) for each in events.KINDS], {})
    text = CALLED.replace("JOBS", ONE_JOB)
    read = read_workflow(made.text, path=made.path, fetch={f"./{PATH}": text}.get)
    planned = plan(read, delivery)

    assert (planned.triggered, [job.name for job in planned.jobs]) == (True, ["call / build"])


def test_the_caller_is_told_in_a_sentence(read: Callable[..., Workflow]) -> None:
    """What it passes and grants is said, since results rest on it."""
    made = stand_in_caller(workflow(f"permissions: {{packages: write}}\n{ONE_JOB}"), [delivered()], {"count": 2})

    assert made.told == (
        "it runs only when called: a stand-in calls it with image_name: image-name, push: true, count: 2, tag: latest, "
        "all secrets, and packages: write"
    )
