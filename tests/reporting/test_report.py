"""Reports of many runs."""

from __future__ import annotations

import json

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.reporting import ReportEntry, check_report_name, entry, render_report


@pytest.fixture
def found(fork_run):
    """A run of a test whose name needs care in every kind of report."""
    return entry("test_a[<b>|c]", fork_run)


def test_an_entry_survives_the_way_between_processes(found):
    """As JSON, and back."""
    assert ReportEntry.from_data(json.loads(json.dumps(found.to_data()))) == found


def test_a_report_in_json(found):
    """The schema, and each run beside its test."""
    report = json.loads(render_report("report.json", [found]))

    assert report["schema"].endswith("/report")
    assert [run["test"] for run in report["runs"]] == ["test_a[<b>|c]"]
    assert report["runs"][0]["conclusion"] == "success"


def test_a_report_in_markdown(found):
    """One table, in which a bar of a name is no border, and one story a test."""
    lines = render_report("report.md", [found]).splitlines()
    rows = [line for line in lines if line.startswith("|")]

    assert rows[2].startswith(r"| test_a[<b>\|c] |")
    assert len({row.replace(r"\|", "").count("|") for row in rows}) == 1
    assert "## test_a[<b>|c]" in lines


def test_a_report_in_html(found):
    """Names are text, not markup."""
    report = render_report("out/report.html", [found])

    assert "<td>test_a[&lt;b&gt;|c]</td>" in report
    assert "<b>" not in report
    assert "class=good" in report


def test_a_report_of_no_known_kind():
    """The kinds are named."""
    with pytest.raises(UsageError, match=r"the report 'report.txt' must end in one of \.html, \.json, \.md"):
        check_report_name("report.txt")


def test_a_report_of_a_known_kind():
    """Nothing is said."""
    check_report_name("report.html")
