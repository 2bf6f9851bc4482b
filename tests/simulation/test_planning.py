"""Plans of a folder's workflows."""

from __future__ import annotations

from datetime import UTC, datetime

from pytest_cicache import events
from pytest_cicache.simulation import plan_workflows, repository_of

CALLER = "name: CI\non: push\njobs:\n  call:\n    uses: ./.github/workflows/called.yml\n"
CALLED = """
on: workflow_call
jobs:
  image:
    runs-on: ubuntu-latest
    permissions: {packages: write}
    steps: [{run: make}]
"""


def test_a_call_that_asks_for_more_fails_only_the_events_that_start_it(tmp_path):
    """The file's own triggers decide first; the plan's path is the file asked for."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(CALLER)
    (folder / "called.yml").write_text(CALLED)

    (push, release), unreadable = plan_workflows(
        tmp_path,
        repository_of(tmp_path, "octo/app"),
        ["ci.yml"],
        [events.push(), events.release()],
        sources={},
        now=datetime(2026, 11, 24, tzinfo=UTC),
    )

    assert unreadable == []
    assert push.error is not None
    assert "is requesting 'packages: write', but is only allowed 'packages: read'" in push.error
    assert (release.triggered, release.error) == (False, None)
    assert (push.path, release.path) == (".github/workflows/ci.yml",) * 2


SHARED = """
on: {workflow_call: {inputs: {tag: {type: string, required: true}}}}
permissions: {packages: write}
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: other/unknown@v1
      - uses: ./local
      - uses: docker://alpine
      - uses: octo/tools/setup@v1
"""
LOCAL = "name: L\ndescription: l\nruns: {using: composite, steps: [{uses: other/inner@v2}]}\n"
NODE = "name: N\ndescription: n\nruns: {using: node20, main: index.js}\n"
CALL = "uses: octo/app/.github/workflows/shared.yml@v1, with: {tag: x}"
OTHER = f"on: push\njobs:\n  one: {{permissions: PERMISSIONS, {CALL}}}\n"


def planned(root, names=("shared.yml",), sources=None, kinds=("push",)):
    """Plan workflows of a folder."""
    return plan_workflows(
        root,
        repository_of(root, "octo/app"),
        list(names),
        [events.from_text(kind) for kind in kinds],
        sources=sources or {},
        now=datetime(2026, 11, 24, tzinfo=UTC),
    )


def shared_folder(root):
    """A repository whose one workflow is only called."""
    (root / ".github" / "workflows").mkdir(parents=True)
    (root / ".github" / "workflows" / "shared.yml").write_text(SHARED)
    (root / "local").mkdir()
    (root / "local" / "action.yml").write_text(LOCAL)
    tools = root / "tools-source" / "setup"
    tools.mkdir(parents=True)
    (tools / "action.yaml").write_text(NODE)
    return root


def test_a_workflow_that_is_only_called_is_planned_with_a_caller(tmp_path):
    """Every event starts its caller; the plan has its own name and says what stands in."""
    plans, unreadable = planned(shared_folder(tmp_path), kinds=("push", "fork_pr"))

    assert unreadable == []
    assert [(plan.path, plan.triggered, plan.jobs[0].name) for plan in plans] == [
        (".github/workflows/shared.yml", True, "call / image")
    ] * 2
    assert [plan.jobs[0].token.packages for plan in plans] == ["write", "read"]
    assert "a stand-in calls it with tag: tag, all secrets, and packages: write" in plans[0].caller


def test_everything_that_would_be_assumed_is_told_at_once(tmp_path):
    """Actions that are neither emulated nor at hand, in composite actions too, with their places and stand-ins."""
    root = shared_folder(tmp_path)
    (plan,), _ = planned(root, sources={"octo/tools": root / "tools-source"})

    assert [(item.what.partition(",")[0], item.stub) for item in plan.assumptions] == [
        ("the action 'other/unknown@v1' is not simulated", "action:other/unknown:output=value"),
        ("the action 'other/inner@v2' is not simulated", "action:other/inner:output=value"),
        ("the container action 'docker://alpine' is not run", "action:docker://alpine:output=value"),
        ("the node20 action 'octo/tools/setup@v1' is not run", "action:octo/tools/setup:output=value"),
    ]
    assert plan.assumptions[0].where == ".github/workflows/shared.yml:9:15"


def test_callers_in_other_repositories_are_planned_too(tmp_path):
    """A workflow of a source that calls one of these is planned as its repository's; others are not."""
    root = shared_folder(tmp_path / "app")
    folder = tmp_path / "site" / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "good.yml").write_text(OTHER.replace("PERMISSIONS", "{packages: write}"))
    (folder / "bad.yml").write_text(OTHER.replace("PERMISSIONS", "{packages: read}"))
    (folder / "else.yml").write_text("on: push\njobs: {a: {runs-on: x, steps: [{run: e}]}}\n")
    (shared, bad, good), unreadable = planned(root, sources={"acme/site": tmp_path / "site"})

    assert unreadable == []
    assert (shared.path, shared.delivery.repository.full_name) == (".github/workflows/shared.yml", "octo/app")
    assert (good.path, good.delivery.repository.full_name) == (".github/workflows/good.yml", "acme/site")
    assert [job.name for job in good.jobs] == ["one / image"]
    assert "is requesting 'packages: write', but is only allowed 'packages: read'" in bad.error
