"""What tests and checks came to, gathered from the reports of their phases, which xdist brings to the controller."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_cicache.reporting import Headline

__all__ = ["CHECKED", "FINDING", "RESULTS", "Gatherer", "noted", "result_of"]

# The attribute of a test report that holds the result of a test, as plain data.
_ATTRIBUTE = "cicache"
_Result = dict[str, Any]
_RESULT: pytest.StashKey[_Result] = pytest.StashKey()
RESULTS: pytest.StashKey[list[_Result]] = pytest.StashKey()
CHECKED: pytest.StashKey[list[_Result]] = pytest.StashKey()
"""Of each check of a workflow its outcome, its findings, and the reason of one that ended without any."""
FINDING = "cicache-finding"
"""The name of the property of an item that holds a finding as JSON."""
_CHECKS = "cicache::"


class Gatherer:
    """Takes the results of tests from their reports, in the process that a person sees."""

    def __init__(self, config: pytest.Config, *, has_report: bool) -> None:
        self._results = config.stash.setdefault(RESULTS, [])
        self._checked = config.stash.setdefault(CHECKED, [])
        self._has_report = has_report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result of a test that used a simulation, and of a check."""
        result = getattr(report, _ATTRIBUTE, None)
        if result is not None:
            self._results.append(result)
        elif report.nodeid.startswith(_CHECKS) and report.when == "call":
            self._checked.append(_checked(report))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep, for a report, that a file could not be collected; each worker of xdist says so."""
        known = {result["test"] for result in self._results}
        if self._has_report and report.failed and report.nodeid not in known:
            lines = str(report.longrepr).splitlines()
            self._results.append({**_begun(report.nodeid), "outcome": "error", "reason": lines[-1] if lines else ""})


def _checked(report: pytest.TestReport) -> _Result:
    workflow, _, check = report.nodeid.removeprefix(_CHECKS).rpartition("::")
    findings = [json.loads(str(value)) for name, value in report.user_properties if name == FINDING]
    reason = "" if findings or report.passed else _why_skipped(report) if report.skipped else str(report.longrepr)
    return {
        "workflow": workflow,
        "check": check,
        "outcome": report.outcome,
        "reason": reason,
        "findings": findings,
    }


def _begun(nodeid: str) -> _Result:
    return {
        "test": nodeid,
        "outcome": "passed",
        "where": "",
        "reason": None,
        "blamed": None,
        "runs": [],
        "unused": [],
    }


def result_of(item: pytest.Item) -> _Result:
    """The result of a test so far."""
    return item.stash.setdefault(_RESULT, _begun(item.nodeid))


def noted(item: pytest.Item, report: pytest.TestReport, why: Headline | None) -> None:
    """Add a phase to a test's result, and hand the result over with the last one."""
    result = result_of(item)
    if report.when == "call" or report.outcome != "passed":
        is_error = report.failed and report.when != "call"
        result["outcome"] = "error" if is_error else _outcome(report)
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        words = str(getattr(crash, "message", None) or report.longrepr or "")
        result["where"] = "" if why is None else why.where
        result["reason"] = why.what if why is not None else (words.splitlines() or [""])[0]
    elif report.skipped:
        result["reason"] = _why_skipped(report)
    if report.when == "teardown":
        setattr(report, _ATTRIBUTE, result)


def _outcome(report: pytest.TestReport) -> str:
    if not hasattr(report, "wasxfail"):
        return report.outcome
    return "xpassed" if report.passed else "xfailed"


def _why_skipped(report: pytest.TestReport) -> str:
    """The reason of a skip or of an expected failure."""
    if hasattr(report, "wasxfail"):
        return str(report.wasxfail)
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
