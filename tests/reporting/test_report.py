"""Reports of many tests."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from pytest_cicache.checks import Finding, Severity
from pytest_cicache.errors import UsageError
from pytest_cicache.reporting import (
    ReportedCheck,
    ReportedSession,
    ReportedTest,
    ReportEntry,
    check_report_name,
    entry,
    render_report,
)


@pytest.fixture
def found(fork_run) -> ReportedTest:
    """A failed test whose name needs care in every kind of report."""
    return ReportedTest(
        test="test_a[<b>|c]",
        outcome="failed",
        where="ci.yml:31:11",
        reason="cache-to <denied>",
        runs=(entry(fork_run), entry(fork_run)),
    )


@pytest.fixture
def broken() -> ReportedTest:
    """A test that ended before its first run."""
    return ReportedTest(test="test_b", outcome="error", reason="no such workflow")


def test_a_test_survives_the_way_between_processes(found):
    """As JSON, and back."""
    data = json.loads(json.dumps(asdict(found)))

    assert ReportedTest.from_data(data) == replace(
        found, runs=tuple(ReportEntry.from_data(json.loads(json.dumps(run.to_data()))) for run in found.runs)
    )


def test_a_report_in_json(found, broken):
    """The schema, each test with its end, and each run beside its test."""
    session = ReportedSession(commit="abc", versions={"Python": "3.13.0"})
    report = json.loads(render_report("report.json", [found, broken], session))

    assert report["schema"].endswith("/report")
    assert (report["commit"], report["versions"], report["findings"]) == ("abc", {"Python": "3.13.0"}, [])
    assert [(test["test"], test["outcome"], test["where"]) for test in report["tests"]] == [
        ("test_a[<b>|c]", "failed", "ci.yml:31:11"),
        ("test_b", "error", ""),
    ]
    assert [run["test"] for run in report["runs"]] == ["test_a[<b>|c]"] * 2
    assert report["runs"][0]["conclusion"] == "success"


def test_a_report_in_markdown(found, broken):
    """Totals, what failed, one table, in which a bar of a name is no border, and the stories of each test."""
    lines = render_report("report.md", [found, broken], ReportedSession(commit="abc")).splitlines()
    rows = [line for line in lines if line.startswith("|")]

    assert lines[:3] == [
        "# Image caches in CI of o/r",
        "",
        "2 tests, 2 failed, 2 of 4 build steps cached, commit `abc`",
    ]
    assert "* **test_a[&lt;b>|c]** (failed): `ci.yml:31:11`: cache-to &lt;denied>" in lines
    assert "* **test_b** (error): no such workflow" in lines
    assert rows[2].startswith(r"| test_a[&lt;b>\|c] | **failed** | fork_pr |")
    assert rows[3].startswith("|  |  | fork_pr |")
    assert len({row.replace(r"\|", "").count("|") for row in rows}) == 1
    assert [line for line in lines if "<details>" in line] == ["<details><summary>test_a[&lt;b>|c]</summary>"]


def test_findings_in_markdown():
    """With place and cure; a report without runs has no repository."""
    finding = Finding(
        check="min-mode", severity=Severity.WARNING, message="<m>", cure="`a && b`", path="ci.yml", line=3, column=5
    )
    lines = render_report("report.md", [], ReportedSession(findings=(finding,))).splitlines()

    assert lines[0] == "# Image caches in CI"
    assert "* **min-mode** (warning): `ci.yml:3:5`: &lt;m>; `a && b`" in lines


@pytest.fixture
def checked() -> ReportedSession:
    """Two checks of a workflow, one of which compares it with another version."""
    checks = (
        ReportedCheck(workflow="ci.yml", check="min-mode", outcome="passed"),
        ReportedCheck(workflow="ci.yml", check="base", outcome="failed", reason="worse: a\nb"),
    )
    return ReportedSession(repository="o/r", checks=checks)


def test_checks_in_markdown(checked):
    """A comparison that failed has its lines; where there is no test, nothing is said of tests."""
    assert render_report("report.md", [], checked).splitlines() == [
        "# Image caches in CI of o/r",
        "",
        "2 checks of 1 workflow, 1 failed",
        "",
        "* **cicache::ci.yml::base** (failed)",
        "  * worse: a",
        "  * b",
    ]


def test_tests_and_checks_in_markdown(found, checked):
    """Both are counted."""
    assert "1 test, 1 failed, 2 checks of 1 workflow, 1 failed, 2 of 4 build steps" in render_report(
        "report.md", [found], checked
    )


def test_checks_in_json(checked):
    """Each with how it ended; none without checks."""
    told = json.loads(render_report("report.json", [], checked))["checks"]

    assert told[0] == {"workflow": "ci.yml", "check": "min-mode", "outcome": "passed", "findings": 0, "reason": ""}
    assert told[1]["reason"] == "worse: a\nb"
    assert json.loads(render_report("report.json", []))["checks"] == []


def test_a_story_with_fences_is_one_block(found):
    """The fence around it is longer."""
    run = replace(found.runs[0], lines=("a", "````", "b"))
    lines = render_report("report.md", [replace(found, runs=(run,))]).splitlines()

    assert lines[lines.index("`````text") :][:5] == ["`````text", "a", "````", "b", "`````"]


def test_a_report_of_no_known_kind():
    """The kinds are named."""
    with pytest.raises(UsageError, match=r"the report 'report.txt' must end in one of \.html, \.json, \.md"):
        check_report_name("report.txt")


def test_a_report_of_a_known_kind():
    """Nothing is said."""
    check_report_name("report.html")
