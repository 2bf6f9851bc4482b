"""What the items of checks found, as their reports bring it to the process that a person sees."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from pytest_cicache.checks import Finding, Severity
from pytest_cicache.plugin._results import FINDING
from pytest_cicache.reporting import finding_lines

__all__ = ["findings_in", "kept", "tell_findings"]


def kept(findings: Iterable[Finding]) -> list[tuple[str, object]]:
    """The findings as properties of an item."""
    return [(FINDING, json.dumps(each.to_data())) for each in findings]


def findings_in(checked: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """The findings of a session's checks, the worst first; one that several workflows share once."""
    found: dict[tuple[str, str], Finding] = {}
    for finding in (Finding.from_data(each) for result in checked for each in result["findings"]):
        found.setdefault((finding.check, finding.where), finding)
    order = list(Severity)
    return sorted(found.values(), key=lambda finding: order.index(finding.severity))


def tell_findings(terminalreporter: pytest.TerminalReporter, checked: Iterable[Mapping[str, Any]]) -> None:
    """End with the findings that fail nothing; those that do are told as failures."""
    told = [each for each in findings_in(checked) if each.severity is not Severity.ERROR]
    if told:
        terminalreporter.section("cicache findings")
    for line in (line for finding in told for line in finding_lines(finding)):
        terminalreporter.write_line(line)
