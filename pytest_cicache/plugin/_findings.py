"""What the items of checks found, as their reports bring it to the process that a person sees."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from pytest_cicache.checks import Finding, Severity
from pytest_cicache.reporting import finding_lines

__all__ = ["findings_in", "kept", "tell_findings"]

_PROPERTY = "cicache-finding"


def kept(findings: Iterable[Finding]) -> list[tuple[str, object]]:
    """The findings as properties of an item."""
    return [(_PROPERTY, json.dumps(each.to_data())) for each in findings]


def findings_in(reports: Iterable[pytest.TestReport]) -> list[Finding]:
    """The findings of a session's items, in the order of the reports; one that several workflows share once."""
    found: dict[tuple[str, str], Finding] = {}
    for report in reports:
        for name, value in report.user_properties if report.when == "call" else ():
            if name == _PROPERTY:
                finding = Finding.from_data(json.loads(str(value)))
                found.setdefault((finding.check, finding.where), finding)
    return list(found.values())


def tell_findings(terminalreporter: pytest.TerminalReporter) -> None:
    """End with the findings that fail nothing; those that do are told as failures."""
    reports = (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed"))
    told = [each for each in findings_in(reports) if each.severity is not Severity.ERROR]
    if told and terminalreporter.verbosity >= 0:
        terminalreporter.section("cicache findings")
    for finding in told:
        for line in finding_lines(finding) if terminalreporter.verbosity >= 0 else ():
            terminalreporter.write_line(line)
