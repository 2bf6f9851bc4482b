"""A report in Markdown, as a step summary or a comment shows it: totals, what is wrong, a table, then each test."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import zip_longest

from pytest_cicache.reporting._report import ReportedSession, ReportedTest, ReportEntry
from pytest_cicache.reporting._table import HEAD, shortened

__all__ = ["markdown_lines"]

_BAD = ("failed", "error")
_NAME = 60
_CODE = re.compile(r"(`[^`\n]+`)")


def markdown_lines(tests: Sequence[ReportedTest], session: ReportedSession) -> Iterator[str]:
    """Yield the lines of a report."""
    runs = [run for test in tests for run in test.runs]
    named = (session.repository, *(run.data["scenario"]["repository"] for run in runs))
    repositories = ", ".join(dict.fromkeys(name for name in named if name))
    yield from (f"# Image caches in CI{f' of {_text(repositories)}' if repositories else ''}", "")
    yield _totals(tests, session)
    wrong = [
        *map(_failure, (test for test in tests if test.outcome in _BAD)),
        *_differences(session),
        *_findings(session),
    ]
    if wrong:
        yield from ("", *wrong)
    if tests:
        yield from ("", f"| {' | '.join(('test', 'outcome', *HEAD))} |", "| --- " * (len(HEAD) + 2) + "|")
    for test in tests:
        yield from _rows(test)
    for test in tests:
        if test.runs:
            yield from ("", f"<details><summary>{_text(test.test)}</summary>", "", *_stories(test.runs), "</details>")


def _totals(tests: Sequence[ReportedTest], session: ReportedSession) -> str:
    builds = [build for test in tests for run in test.runs for job in run.data["jobs"] for build in job["builds"]]
    hits, steps = sum(build["hits"] for build in builds), sum(len(build["vertices"]) for build in builds)
    failed = sum(test.outcome in _BAD for test in tests)
    parts = [f"{_count(tests, 'test')}, {failed} failed"] if tests or session.checks is None else []
    if session.checks is not None:
        workflows = {check.workflow for check in session.checks if check.workflow}
        failed = sum(check.outcome == "failed" for check in session.checks)
        parts += [f"{_count(session.checks, 'check')} of {_count(workflows, 'workflow')}, {failed} failed"]
    parts += [f"{hits} of {steps} build steps cached"] if steps else []
    parts += [f"commit `{session.commit}`"] if session.commit else []
    return ", ".join(parts)


def _count(things: Collection[object], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def _failure(test: ReportedTest) -> str:
    place = f"`{test.where}`: " if test.where else ""
    return f"* **{_text(test.test)}** ({test.outcome}): {place}{_text(test.reason or '')}"


def _differences(session: ReportedSession) -> Iterator[str]:
    """What failed without a finding: comparisons with another version of a workflow."""
    for check in session.checks or ():
        if check.is_unexplained:
            yield f"* **{_text(check.name)}** ({check.outcome})"
            yield from (f"  * {_text(line)}" for line in check.reason.splitlines())


def _findings(session: ReportedSession) -> Iterator[str]:
    for finding in session.findings:
        yield (
            f"* **{finding.check}** ({finding.severity}): `{finding.where}`: {_text(finding.message)}; "
            f"{_text(finding.cure)}"
        )


def _rows(test: ReportedTest) -> Iterator[str]:
    """The runs of a test, whose name and outcome the first row has."""
    named = [(shortened(test.test, _NAME), f"**{test.outcome}**" if test.outcome in _BAD else test.outcome)]
    for head, row in zip_longest(named, (run.row for run in test.runs)):
        cells = (*(head or ("", "")), *(row or [""] * len(HEAD)))
        yield "| " + " | ".join(_text(cell).replace("\n", "<br>").replace("|", r"\|") for cell in cells) + " |"


def _stories(runs: Iterable[ReportEntry]) -> Iterator[str]:
    """The runs, the last first, between fences longer than any in them."""
    for run in reversed(tuple(runs)):
        longest = max((len(found) for found in re.findall("`{3,}", "\n".join(run.lines))), default=2)
        fence = "`" * (longest + 1)
        yield from (f"{fence}text", *run.lines, fence, "")


def _text(text: str) -> str:
    """A text that is no markup but for what stands between back-ticks, in which every sign is itself."""
    parts = _CODE.split(text)
    return "".join(
        part if number % 2 else part.replace("&", "&amp;").replace("<", "&lt;") for number, part in enumerate(parts)
    )
