"""What GitHub Actions shows by itself: annotations on the lines that tests and findings blame, and a step summary."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_cicache.reporting import ReportedSession, ReportedTest, annotation, finding_annotation, render_report

__all__ = ["tell_github"]

_BAD = ("failed", "error")
# A step's summary may have 1 MiB.
_MOST = 1_000_000


def tell_github(tests: Sequence[ReportedTest], session: ReportedSession, root: Path) -> Iterator[str]:
    """Add to the step's summary, and yield the commands that annotate lines of the repository in `root`."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        text = render_report("summary.md", tests, session)
        if len(text.encode()) > _MOST:
            text = render_report("summary.md", [test for test in tests if test.outcome in _BAD], session)
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(text.encode()[:_MOST].decode(errors="ignore"))
    folder = _folder(root)
    yield from (finding_annotation(each, folder=folder) for each in session.findings)
    for check in session.checks or ():
        if check.is_unexplained:
            where = f".github/workflows/{check.workflow}"
            yield annotation(check.name, check.reason, where=where, folder=folder)
    for test in tests:
        if test.outcome in _BAD and test.where.count(":") > 1:
            yield annotation(test.test, test.reason or "", where=test.where, folder=folder)


def _folder(root: Path) -> str:
    """Where the repository lies in the checkout; empty for the top, and where nobody can tell."""
    workspace = os.environ.get("GITHUB_WORKSPACE", "")
    is_inside = workspace and root.is_relative_to(workspace) and root != Path(workspace)
    return root.relative_to(workspace).as_posix() if is_inside else ""
