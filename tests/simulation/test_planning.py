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
