"""The page of a session, read as a browser would."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from pytest_cicache.checks import Finding, Severity
from pytest_cicache.observation import Conclusion, Purpose, RegistryRecord
from pytest_cicache.reporting import ReportedCheck, ReportedSession, ReportedTest, entry, render_report

VOID = {"meta", "wbr", "br", "input"}
BLOCKS = {"li", "p", "div", "td", "th", "h1", "h2", "h3", "h4", "h5"}
MOODS = ("good", "bad", "odd", "none")
# https://www.w3.org/TR/WCAG22/#contrast-minimum
LEAST_CONTRAST = 4.5


class Page(HTMLParser):
    """Reads a page: its text, its elements, and whether every one is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source = text
        self.words: list[str] = []
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def all(self, attribute: str) -> list[str]:
        return [str(given[attribute]) for _, given in self.elements if attribute in given]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.words += [" "] if tag in BLOCKS else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def page(*tests: ReportedTest, session: ReportedSession | None = None) -> Page:
    return Page(render_report("report.html", tests, session))


@pytest.fixture
def failed(fork_run) -> ReportedTest:
    """A failed test of two runs, whose name needs care."""
    requests = tuple(
        RegistryRecord(
            run=1,
            job="j",
            step="build",
            purpose=Purpose.EXPORT,
            method="PUT",
            host="ghcr.io",
            image_name="o/p",
            status=status,
            sent=1000,
        )
        for status in (201, 201, 403)
    )
    return ReportedTest(
        test="test_a[<b>|c]",
        outcome="failed",
        where="ci.yml:31:11",
        reason="cache-to <denied>",
        runs=(entry(fork_run), entry(replace(fork_run, requests=requests))),
    )


@pytest.fixture
def broken() -> ReportedTest:
    """A test that ended before its first run."""
    return ReportedTest(test="test_b", outcome="error", reason="no such workflow")


@pytest.fixture
def expected(fork_run) -> ReportedTest:
    """A test that passes because its run fails."""
    return ReportedTest(test="test_c", outcome="passed", runs=(entry(replace(fork_run, outcome=Conclusion.FAILURE)),))


def test_a_page_needs_nothing_beside_it(failed, broken, expected):
    """Names are text, every element is closed, every link leads somewhere, nothing is fetched, no script."""
    shown = page(failed, broken, expected)
    ids, links = shown.all("id"), shown.all("href")

    assert shown.open == []
    assert "<b>|c" not in shown.source
    assert "script" not in {tag for tag, _ in shown.elements}
    assert shown.all("src") == []
    assert re.findall(r"url\(|@import|https?://", shown.source) == []
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert len(ids) == len(set(ids))


def test_every_test_and_every_run_is_there(failed, broken, expected):
    """Those that failed first; the last run of a test, and its seeds folded below it."""
    shown = page(expected, failed, broken)

    articles = [given["id"] for tag, given in shown.elements if tag == "article"]
    assert articles == ["test-2", "test-3", "test-1"]
    assert {name for name in shown.all("id") if name.startswith("run-") and "job" not in name} == {
        "run-1-1",
        "run-2-1",
        "run-2-2",
    }
    places = {name: place for place, (_, given) in enumerate(shown.elements) if (name := given.get("id"))}
    seeds = next(place for place, (_, given) in enumerate(shown.elements) if given.get("class") == "seeds")
    assert places["run-2-2"] < seeds < places["run-2-1"]


def test_a_page_says_what_failed_first(failed, broken):
    """With the line."""
    text = page(broken, failed).text

    assert (
        text.index("What failed")
        < text.index("test_b error no such workflow")
        < text.index("test_a[<b>|c] failed ci.yml:31:11 cache-to <denied>")
        < text.index("Workflows and events")
    )


def test_the_outcome_of_a_test_is_not_the_conclusion_of_its_run(failed, expected):
    """A failure that a test expects is green, a success that fails a test is red, what seeded it is neither."""
    shown = page(failed, expected)
    cells = [(given["class"], given["href"]) for tag, given in shown.elements if tag == "a" and "badge" in str(given)]

    assert cells == [("badge none", "#run-1-1"), ("badge bad", "#run-1-2"), ("badge good", "#run-2-1")]
    assert "success success, but the test failed failure, as expected" in shown.text


def test_a_failed_test_is_about_the_run_that_it_asked(failed):
    """Which need not be the last."""
    shown = page(replace(failed, blamed=0))
    cells = [(given["class"], given["href"]) for tag, given in shown.elements if tag == "a" and "badge" in str(given)]

    assert cells == [("badge bad", "#run-1-1"), ("badge none", "#run-1-2")]
    assert "beside ci.yml on fork_pr" in shown.text


def test_a_failed_test_of_a_failed_run_needs_no_more_words(expected):
    """Red says that it was not expected."""
    shown = page(replace(expected, outcome="failed"))

    assert "ci.yml on fork_pr failure 0 B sent" in shown.text
    assert '<span class="badge bad">failure</span>' in shown.source


def test_a_run_tells_what_it_did(failed):
    """Token with reasons, steps, builds with what missed and why, operations with their places, tags, bytes."""
    text = page(failed).text

    for words in (
        "ci.yml on fork_pr success, but the test failed",
        "Job caller / j success packages: read, 1 of 2 build steps cached",
        "packages: read job permissions from a fork",
        "Build executed: stubbed: npm",
        "export ghcr.io/o/p:7 denied 403 ci.yml:31:11",
        "[1/2] RUN a cached ghcr.io/o/p:main",
        "[2/2] RUN b ran b differs",
        "o/p main main moved x added 7 uncertain",
        "3.0 kB sent",
    ):
        assert words in text


def test_requests_alike_are_one_segment_of_the_timeline(failed):
    """In the colour of their answer, at their place in the order; the table has a row for each purpose of a step."""
    shown = page(failed)
    segments = [given for tag, given in shown.elements if tag == "rect" and "class" in given]

    assert [(given["class"], given["x"], given["width"]) for given in segments] == [
        ("good", "0", "2"),
        ("odd", "2", "1"),
    ]
    assert "j build export ghcr.io/o/p 201 × 2, 403 3 3.0 kB" in shown.text


def test_a_page_of_runs_that_did_not_start(refused_run, quiet_run):
    """GitHub's words, or the filter."""
    tests = (
        ReportedTest(test=name, outcome="passed", runs=(entry(run),))
        for name, run in (("a", refused_run), ("b", quiet_run))
    )
    text = page(*tests).text

    assert "Invalid workflow file: ci.yml#L3" in text
    assert "not triggered" in text
    assert "no branch filter fits" in text
    assert "What failed" not in text


def test_what_holds_for_all_tests_is_on_top(expected):
    """Repository, commit, engines, versions and totals."""
    session = ReportedSession(commit="0123456789abcdef-dirty", versions={"pytest-cicache": "0.1.0"})
    text = page(expected, session=session).text

    assert "of o/r commit 0123456789ab-dirty builder simulated registry embedded runner inprocess" in text
    assert "pytest-cicache 0.1.0 1 tests 0 failed 1 runs 1 of 2 build steps cached 1 operations denied" in text


def test_what_checks_found_comes_before_the_tests(expected):
    """With place, line and cure."""
    finding = Finding(
        check="fork-pr-export",
        severity=Severity.ERROR,
        message="a fork's pull request fails",
        cure="do not export there",
        path=".github/workflows/ci.yml",
        line=31,
        column=11,
        excerpt="cache-to: <ref>",
    )
    text = page(expected, session=ReportedSession(findings=(finding,))).text

    assert (
        "What the checks found error fork-pr-export .github/workflows/ci.yml:31:11 a fork's pull request fails "
        "cache-to: <ref> Cure: do not export there Workflows and events" in text
    )


def test_each_checked_workflow_is_a_row():
    """How many checks passed, and which told something; a comparison that failed tells its lines."""
    checks = (
        ReportedCheck(workflow="ci.yml", check="min-mode", outcome="passed"),
        ReportedCheck(workflow="ci.yml", check="unknown-input", outcome="passed", findings=1),
        ReportedCheck(workflow="ci.yml", check="base", outcome="failed", reason="worse: a\nworse: b"),
        ReportedCheck(workflow="", check="unused-ignore", outcome="passed"),
    )
    finding = Finding(
        check="unknown-input", severity=Severity.WARNING, message="m", cure="write `cache-to:`", assumes=("a", "b")
    )
    text = page(session=ReportedSession(repository="o/r", checks=checks, findings=(finding,))).text

    assert "of o/r 1 workflows checked 4 checks 1 checks failed 1 findings" in text
    assert "What failed cicache::ci.yml::base failed worse: a worse: b What the checks found" in text
    assert "Cure: write cache-to: Rests on: a, b Workflows checked" in text
    assert "ci.yml 1 failed 2 passed unknown-input base" in text
    assert "Tests" not in text


def test_a_repository_without_image_caches_is_told():
    """When checks were asked for; that no test was there is not."""
    text = page(session=ReportedSession(checks=())).text

    assert text.endswith("No workflow of the repository touches an image cache.")


def test_filters_leave_the_tests_of_one_choice(failed, broken, expected):
    """By CSS alone; each choice is the class of the tests that it leaves."""
    shown = page(failed, broken, expected)
    choices = {name.removeprefix("choose-") for name in shown.all("id") if name.startswith("choose-")}
    classes = {name for text in shown.all("class") for name in text.split()}

    assert choices == {"outcome-failed", "outcome-error", "outcome-passed"}
    assert choices <= classes
    for name in choices:
        assert f"body:has(#choose-{name}:checked) .test:not(.{name}) {{ display: none }}" in shown.source


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *(
            (name, ground)
            for name in ("text", "soft", "link", "good", "bad", "odd", "none")
            for ground in ("back", "card")
        ),
        *((name, f"{name}-back") for name in ("good", "bad", "odd", "none")),
    ],
)
def test_words_stand_out_from_their_ground(text: str, ground: str, scheme: int) -> None:
    """In both schemes, as the guidelines for accessibility ask."""
    found = re.findall(r":root \{(.*?)\}", page().source, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", found[scheme]))
    darker, lighter = sorted(_luminance(colours[name]) for name in (text, ground))

    assert (lighter + 0.05) / (darker + 0.05) >= LEAST_CONTRAST
