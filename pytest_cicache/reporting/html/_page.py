"""The page as a whole: facts and totals, what is wrong, workflows and events, filters, then each test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_cicache.checks import Finding
from pytest_cicache.reporting._report import ReportedCheck, ReportedSession, ReportedTest
from pytest_cicache.reporting.html import _mood
from pytest_cicache.reporting.html._checked import CheckedWorkflow, checked_workflows, of_severity
from pytest_cicache.reporting.html._run import ShownRun, ShownWord, shown_run
from pytest_cicache.reporting.html._text import size

__all__ = ["ShownPage", "shown_page"]

_SHORT_COMMIT = 12
_FAILED = ("failure", "startup_failure")


@dataclass(frozen=True, slots=True)
class ShownFact:
    """A label and a value, and the value's colour."""

    label: str
    value: str
    mood: str = "plain"


@dataclass(frozen=True, slots=True)
class FilterOption:
    """A choice of a filter; `id` is the class of the tests that it leaves."""

    id: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class ShownFilter:
    """Choices of which one holds."""

    name: str
    options: tuple[FilterOption, ...]


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """The runs of a workflow on an event that ended alike: how, how many, and where the first of them is."""

    ended: ShownWord
    count: int
    anchor: str


@dataclass(frozen=True, slots=True)
class EventMatrix:
    """A row a workflow, in which each event has its cells."""

    events: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[str, tuple[MatrixCell, ...]], ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTest:
    """A test: the run that it is about, the others in their order, and the filter choices that leave it.

    It is about the run that its failed assertion asked, else about the last, which those before it have seeded.
    """

    anchor: str
    name: str
    outcome: ShownWord
    where: str
    reason: str
    main: ShownRun | None
    others: tuple[ShownRun, ...]
    others_are: str
    runs: tuple[ShownRun, ...]
    unused: tuple[str, ...]
    classes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPage:
    """What the template shows; `checked` is `None` where no checks were asked for."""

    repository: str
    facts: tuple[ShownFact, ...]
    totals: tuple[ShownFact, ...]
    problems: tuple[ShownTest, ...]
    unexplained: tuple[ReportedCheck, ...]
    findings: tuple[tuple[ShownWord, Finding], ...]
    checked: tuple[CheckedWorkflow, ...] | None
    matrix: EventMatrix
    filters: tuple[ShownFilter, ...]
    tests: tuple[ShownTest, ...]


def shown_page(tests: Sequence[ReportedTest], session: ReportedSession) -> ShownPage:
    """Lay out a session."""
    shown = [_test(number, test) for number, test in enumerate(tests, 1)]
    scenarios = [run.data["scenario"] for test in tests for run in test.runs]
    filters = tuple(_filters(shown))
    return ShownPage(
        repository=_joined((session.repository, *(scenario["repository"] for scenario in scenarios))),
        facts=tuple(_facts(scenarios, session)),
        totals=(*_check_totals(session), *(_totals(tests) if tests or session.checks is None else ())),
        problems=tuple(test for test in shown if test.outcome.mood == "bad"),
        unexplained=tuple(check for check in session.checks or () if check.is_unexplained),
        findings=tuple((ShownWord(each.severity, of_severity(each.severity)), each) for each in session.findings),
        checked=None if session.checks is None else checked_workflows(session.checks, session.findings),
        matrix=_matrix([run for test in shown for run in test.runs]),
        filters=filters,
        tests=tuple(sorted(shown, key=lambda test: test.outcome.mood != "bad")),
    )


def _test(number: int, test: ReportedTest) -> ShownTest:
    last = len(test.runs) - 1
    place = last if test.blamed is None else test.blamed
    runs = tuple(
        shown_run(f"run-{number}-{index + 1}", entry, _ended(entry.data, test.outcome, is_main=index == place))
        for index, entry in enumerate(test.runs)
    )
    return ShownTest(
        anchor=f"test-{number}",
        name=test.test,
        outcome=ShownWord(test.outcome, _mood.of_test(test.outcome)),
        where=test.where,
        reason=test.reason or "",
        main=runs[place] if runs else None,
        others=tuple(run for index, run in enumerate(runs) if index != place),
        others_are="seeded by" if place == last else "beside",
        runs=runs,
        unused=test.unused,
        classes=" ".join(dict.fromkeys(_classes(test.outcome, runs))),
    )


def _ended(run: Mapping[str, Any], outcome: str, *, is_main: bool) -> ShownWord:
    """How a run ended, in the colour of its test: a failure that a test expects is as good as a success.

    A failed test blames the run that it is about.
    """
    word: str = run["conclusion"] if run["triggered"] else "not triggered"
    if _mood.is_bad(outcome):
        told = word if word in _FAILED else f"{word}, but the test failed"
        return ShownWord(told, "bad") if is_main else ShownWord(word, "none")
    if outcome != "passed" or not run["triggered"] or word == "skipped":
        return ShownWord(word, "none")
    return ShownWord(f"{word}, as expected" if word in _FAILED else word, "good")


def _joined(values: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(filter(None, values)))


def _facts(scenarios: Sequence[Mapping[str, Any]], session: ReportedSession) -> Iterator[ShownFact]:
    """What all runs have in common; several values stand beside each other."""
    if session.commit:
        sha, dash, state = session.commit.partition("-")
        yield ShownFact("commit", sha[:_SHORT_COMMIT] + dash + state)
    for name in ("builder", "registry", "runner") if scenarios else ():
        yield ShownFact(name, _joined(scenario[name] for scenario in scenarios))
    yield from (ShownFact(name, version) for name, version in session.versions.items())


def _check_totals(session: ReportedSession) -> Iterator[ShownFact]:
    if session.checks is not None:
        bad = sum(check.outcome == "failed" for check in session.checks)
        workflows = {check.workflow for check in session.checks if check.workflow}
        yield ShownFact("workflows checked", str(len(workflows)))
        yield ShownFact("checks", str(len(session.checks)))
        yield ShownFact("checks failed", str(bad), "bad" if bad else "good")
        yield ShownFact("findings", str(len(session.findings)))


def _totals(tests: Sequence[ReportedTest]) -> Iterator[ShownFact]:
    runs = [run.data for test in tests for run in test.runs]
    jobs = [job for run in runs for job in run["jobs"]]
    builds = [build for job in jobs for build in job["builds"]]
    hits, steps = sum(build["hits"] for build in builds), sum(len(build["vertices"]) for build in builds)
    denied = sum(item["result"] == "denied" for job in jobs for item in job["operations"])
    bad = sum(_mood.is_bad(test.outcome) for test in tests)
    yield ShownFact("tests", str(len(tests)))
    yield ShownFact("failed", str(bad), "bad" if bad else "good")
    yield ShownFact("runs", str(len(runs)))
    yield ShownFact("build steps cached", f"{hits} of {steps}")
    yield ShownFact("operations denied", str(denied))
    yield ShownFact("sent", size(sum(run["bytes"]["uploaded"] for run in runs)))
    yield ShownFact("received", size(sum(run["bytes"]["downloaded"] for run in runs)))


def _kind(run: ShownRun) -> str:
    return run.event.partition(":")[0]


def _matrix(runs: Sequence[ShownRun]) -> EventMatrix:
    events = tuple(dict.fromkeys(map(_kind, runs)))
    workflows = dict.fromkeys(run.workflow for run in runs)
    rows = []
    for workflow in workflows:
        own = [run for run in runs if run.workflow == workflow]
        rows.append((workflow, tuple((event, _cells(own, event)) for event in events)))
    return EventMatrix(events, tuple(rows))


def _cells(runs: Iterable[ShownRun], event: str) -> tuple[MatrixCell, ...]:
    found: dict[ShownWord, list[ShownRun]] = {}
    for run in runs:
        if _kind(run) == event:
            found.setdefault(run.ended, []).append(run)
    return tuple(MatrixCell(ended, len(alike), alike[0].anchor) for ended, alike in found.items())


def _classes(outcome: str, runs: Iterable[ShownRun]) -> Iterator[str]:
    yield _class("outcome", outcome)
    for run in runs:
        yield _class("workflow", run.workflow)
        yield _class("event", _kind(run))


def _class(kind: str, value: str) -> str:
    """A value as the name of a class, which has no sign that CSS reads; others are told by their code."""
    return f"{kind}-" + "".join(sign if sign.isalnum() and sign.isascii() else f"_{ord(sign):x}" for sign in value)


def _filters(tests: Sequence[ShownTest]) -> Iterator[ShownFilter]:
    """The filters that have something to choose from."""
    values = {
        "outcome": [test.outcome.word for test in tests],
        "workflow": [name for test in tests for name in dict.fromkeys(run.workflow for run in test.runs)],
        "event": [name for test in tests for name in dict.fromkeys(map(_kind, test.runs))],
    }
    for kind, found in values.items():
        counts = Counter(found)
        if len(counts) > 1:
            yield ShownFilter(kind, tuple(FilterOption(_class(kind, value), value, counts[value]) for value in counts))
