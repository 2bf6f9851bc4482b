"""What GitHub Actions shows by itself: annotations on the lines that failed tests blame, and the step's summary.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_cicache.reporting import ReportedSession, ReportedTest, render_report

__all__ = ["tell_github"]

_BAD = ("failed", "error")
# A step's summary may have 1 MiB.
_MOST = 1_000_000
_DATA = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_PROPERTY = (*_DATA, (":", "%3A"), (",", "%2C"))


def tell_github(tests: Sequence[ReportedTest], session: ReportedSession, root: Path) -> Iterator[str]:
    """Add to the step's summary, and yield the commands that annotate lines of the repository in `root`."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        text = render_report("summary.md", tests, session)
        if len(text.encode()) > _MOST:
            text = render_report("summary.md", [test for test in tests if test.outcome in _BAD], session)
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(text.encode()[:_MOST].decode(errors="ignore"))
    yield from (_annotation(test, root) for test in tests if test.outcome in _BAD and test.where.count(":") > 1)


def _annotation(test: ReportedTest, root: Path) -> str:
    path, line, column = test.where.rsplit(":", 2)
    workspace = os.environ.get("GITHUB_WORKSPACE", "")
    if workspace and root.is_relative_to(workspace):
        path = (root.relative_to(workspace) / path).as_posix()
    title = _escaped(test.test, _PROPERTY)
    return f"::error file={_escaped(path, _PROPERTY)},line={line},col={column},title={title}::" + _escaped(
        test.reason or "", _DATA
    )


def _escaped(text: str, table: tuple[tuple[str, str], ...]) -> str:
    for sign, instead in table:
        text = text.replace(sign, instead)
    return text
