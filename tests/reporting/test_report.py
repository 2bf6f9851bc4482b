"""Reports of many tests."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from html.parser import HTMLParser

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.observation import Conclusion
from pytest_cicache.reporting import ReportedTest, ReportEntry, check_report_name, entry, render_report

VOID = {"meta", "wbr", "br", "rect", "circle", "line"}


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


class Page(HTMLParser):
    """Reads a page: its text, its attributes, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = ""
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        self.addresses += [value for name, value in attrs if name in ("src", "href") and not value.startswith("#")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_a_test_survives_the_way_between_processes(found):
    """As JSON, and back."""
    data = json.loads(json.dumps(asdict(found)))

    assert ReportedTest.from_data(data) == replace(
        found, runs=tuple(ReportEntry.from_data(json.loads(json.dumps(run.to_data()))) for run in found.runs)
    )


def test_a_report_in_json(found, broken):
    """The schema, each test with its end, and each run beside its test."""
    report = json.loads(render_report("report.json", [found, broken]))

    assert report["schema"].endswith("/report")
    assert [(test["test"], test["outcome"], test["where"]) for test in report["tests"]] == [
        ("test_a[<b>|c]", "failed", "ci.yml:31:11"),
        ("test_b", "error", ""),
    ]
    assert [run["test"] for run in report["runs"]] == ["test_a[<b>|c]"] * 2
    assert report["runs"][0]["conclusion"] == "success"


def test_a_report_in_markdown(found, broken):
    """What failed, one table, in which a bar of a name is no border, and one story a run."""
    lines = render_report("report.md", [found, broken]).splitlines()
    rows = [line for line in lines if line.startswith("|")]

    assert r"* **test_a[&lt;b>\|c]** (failed): `ci.yml:31:11`: cache-to &lt;denied>" in lines
    assert "* **test_b** (error): no such workflow" in lines
    assert rows[2].startswith(r"| test_a[&lt;b>\|c] | failed |")
    assert len({row.replace(r"\|", "").count("|") for row in rows}) == 1
    assert sum(line.startswith("<details>") for line in lines) == 2


def test_a_report_in_html(found, broken):
    """Names are text, every link leads somewhere, nothing is fetched, and no script is needed."""
    report = render_report("out/report.html", [found, broken])
    page = Page(report)

    assert page.open == []
    assert "<b>|c" not in report
    assert "<script" not in report
    assert page.addresses == []
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_a_page_says_what_failed_first(found, broken):
    """With the line; the outcome of a test is not the conclusion of its run, and seeds are folded."""
    text = " ".join(Page(render_report("report.html", [broken, found])).text.split())

    failed, tests = text.index("What failed"), text.index(" Tests ")
    blamed = text.index("test_a[<b>|c] failed ci.yml:31:11 cache-to <denied>")
    assert failed < text.index("test_b error") < blamed < tests
    assert "1 run before it" in text
    assert "ci.yml on fork_pr success" in text
    assert "[2/2] RUN b ran b differs" in text
    assert "x added" in text


def test_a_page_of_runs_that_did_not_start(refused_run, quiet_run):
    """GitHub's words, or the filter."""
    tests = [
        ReportedTest(test=name, outcome="passed", runs=(entry(run),))
        for name, run in (("a", refused_run), ("b", quiet_run))
    ]
    text = " ".join(Page(render_report("report.html", tests)).text.split())

    assert "Invalid workflow file: ci.yml#L3" in text
    assert "not triggered" in text
    assert "no branch filter fits" in text
    assert "What failed" not in text


def test_a_report_of_no_known_kind():
    """The kinds are named."""
    with pytest.raises(UsageError, match=r"the report 'report.txt' must end in one of \.html, \.json, \.md"):
        check_report_name("report.txt")


def test_a_report_of_a_known_kind():
    """Nothing is said."""
    check_report_name("report.html")


def test_an_expected_failure_is_good(fork_run, found):
    """The run failed, the test did not."""
    failed = replace(fork_run, outcome=Conclusion.FAILURE)
    test = ReportedTest(test="a", outcome="passed", runs=(entry(failed),))
    blamed = replace(found, runs=(entry(failed),))

    assert '<span class="badge good">failure, as expected</span>' in render_report("report.html", [test])
    assert '<span class="badge bad">failure</span>' in render_report("report.html", [blamed])
