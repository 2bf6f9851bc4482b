"""A report in Markdown, as a step summary shows it: failures first, then a table, then each run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_cicache.reporting._report import ReportedSession, ReportedTest
from pytest_cicache.reporting._table import HEAD

__all__ = ["markdown_lines"]

_BAD = ("failed", "error")


def markdown_lines(tests: Sequence[ReportedTest], session: ReportedSession) -> Iterator[str]:
    """Yield the lines of a report."""
    yield from ("# Image caches in CI", "")
    for test in tests:
        if test.outcome in _BAD:
            place = f"`{test.where}`: " if test.where else ""
            yield f"* **{_text(test.test)}** ({test.outcome}): {place}{_text(test.reason or '')}"
    yield from ("", f"| {' | '.join(('test', 'outcome', *HEAD))} |", "| --- " * (len(HEAD) + 2) + "|")
    for test in tests:
        for row in [run.row for run in test.runs] or [("",) * len(HEAD)]:
            cells = (test.test, test.outcome, *row)
            yield "| " + " | ".join(_text(cell).replace("\n", "<br>") for cell in cells) + " |"
    for test in tests:
        for run in test.runs:
            title = f"{_text(test.test)}: {_text(run.row[0])}"
            yield from ("", f"<details><summary>{title}</summary>", "", "```text", *run.lines, "```", "", "</details>")


def _text(text: str) -> str:
    """A text that is no markup."""
    for sign, instead in (("&", "&amp;"), ("<", "&lt;"), ("|", r"\|")):
        text = text.replace(sign, instead)
    return text
