"""The end of a session: the table, the stand-ins that nothing used, the report, and what GitHub Actions is told."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from pytest_cicache.plugin._config import option, root
from pytest_cicache.plugin._github import tell_github
from pytest_cicache.plugin._report import session_facts, write_report
from pytest_cicache.plugin._results import CHECKED, RESULTS
from pytest_cicache.reporting import ReportedTest, session_table

__all__ = ["summarise"]


def summarise(reporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write all that; with `-q` there is no table."""
    tests = [ReportedTest.from_data(result) for result in config.stash[RESULTS]]
    if reporter.verbosity >= 0:
        _show_table(reporter, tests)
    checked = config.stash.get(CHECKED, [])
    is_on_github = os.environ.get("GITHUB_ACTIONS") == "true" and (tests or checked)
    if not (option(config, "report") or is_on_github):
        return
    session = session_facts(config, checked)
    if option(config, "report"):
        write_report(config, tests, session)
        reporter.write_line(f"report: {option(config, 'report')}")
    if is_on_github:
        for line in tell_github(tests, session, root(config)):
            reporter.write_line(line)


def _show_table(reporter: pytest.TerminalReporter, tests: Sequence[ReportedTest]) -> None:
    lines = list(session_table(tests, width=_width(reporter), verbose=reporter.verbosity > 0))
    unused = [f"{test.test}: {line}" for test in tests for line in test.unused]
    if not (lines or unused):
        return
    reporter.section("cicache")
    for line in lines:
        reporter.write_line(line.text, red=line.is_bad)
    for text in unused:
        reporter.write_line(text)


def _width(reporter: pytest.TerminalReporter) -> int:
    """The columns of a person's window; a file and the log of a CI have room."""
    return int(reporter._tw.fullwidth) if reporter.isatty or os.environ.get("COLUMNS") else 0
