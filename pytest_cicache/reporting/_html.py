"""A report as one HTML page that needs nothing beside it: what a template shows, and the page itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from pytest_cicache.reporting._job_graph import JobGraph, job_graph
from pytest_cicache.reporting._page import PAGE
from pytest_cicache.reporting._report import ReportedTest, ReportEntry
from pytest_cicache.reporting._table import shortened

__all__ = ["page"]

_NAME = 40
_BAD = ("failed", "error")
_SHOWN_REQUESTS = 400
_KILO = 1000
_GOOD_RESULTS = ("ok", "hit", "written", "pushed")
_ODD_RESULTS = ("not-found", "miss", "cancelled", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShownRun:
    """A run as the page shows it: `word` is how it ended, `mood` its colour, by which an expected failure is good."""

    anchor: str
    entry: ReportEntry
    word: str
    mood: str
    graph: JobGraph | None
    requests: Sequence[Mapping[str, Any]]
    more_requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShownTest:
    """A test as the page shows it: the last of its runs, those before it folded."""

    anchor: str
    test: ReportedTest
    is_bad: bool
    last: _ShownRun | None
    seeds: tuple[_ShownRun, ...]


def page(tests: Sequence[ReportedTest]) -> str:
    """Return the page of a session's tests."""
    shown = [_shown_test(number, test) for number, test in enumerate(tests, 1)]
    template = _environment().from_string(PAGE)
    return template.render(tests=shown, facts=_facts(tests), totals=_totals(tests), matrix=_matrix(shown)).lstrip()


def _environment() -> Environment:
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["middle"] = lambda text, length=_NAME: shortened(str(text), length)
    made.filters["size"] = _size
    made.filters["breakable"] = _breakable
    made.filters["mood"] = _mood
    return made


def _shown_test(number: int, test: ReportedTest) -> _ShownTest:
    is_bad = test.outcome in _BAD
    runs = [
        _shown_run(f"run-{number}-{index}", entry, is_blamed=is_bad and index == len(test.runs))
        for index, entry in enumerate(test.runs, 1)
    ]
    return _ShownTest(
        anchor=f"test-{number}",
        test=test,
        is_bad=is_bad,
        last=runs[-1] if runs else None,
        seeds=tuple(runs[:-1]),
    )


def _shown_run(anchor: str, entry: ReportEntry, *, is_blamed: bool) -> _ShownRun:
    word, mood = entry.data["conclusion"], _mood(entry.data["conclusion"])
    if not entry.data["triggered"]:
        word, mood = "not triggered", "none"
    elif mood == "bad" and not is_blamed:
        word, mood = f"{word}, as expected", "good"
    return _ShownRun(
        anchor=anchor,
        entry=entry,
        word=word,
        mood=mood,
        graph=job_graph(entry.data["jobs"], entry.waits),
        requests=entry.requests[:_SHOWN_REQUESTS],
        more_requests=max(len(entry.requests) - _SHOWN_REQUESTS, 0),
    )


def _mood(word: object) -> str:
    """`good`, `bad`, `odd` or `none`, by a conclusion, a result, an outcome of a test or an HTTP status."""
    if isinstance(word, int):
        return "good" if word < 400 else "odd" if word in (401, 404) else "bad"
    text = str(word)
    if text in ("success", "passed", "xfailed", *_GOOD_RESULTS):
        return "good"
    if text in ("failure", "startup_failure", "failed", "error", "denied"):
        return "bad"
    return "odd" if text in _ODD_RESULTS else "none"


def _facts(tests: Iterable[ReportedTest]) -> dict[str, str]:
    """What all runs have in common; several values stand beside each other."""
    runs = [run for test in tests for run in test.runs]
    found = {
        "repository": _joined(run.data["scenario"]["repository"] for run in runs),
        "builder": _joined(run.data["scenario"]["builder"] for run in runs),
        "registry": _joined(run.data["scenario"]["registry"] for run in runs),
        "runner": _joined(run.data["scenario"]["runner"] for run in runs),
    }
    return {name: value for name, value in found.items() if value}


def _joined(values: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(values))


def _totals(tests: Sequence[ReportedTest]) -> list[tuple[str, str, str]]:
    """What, how many, and the mood of it."""
    runs = [run.data for test in tests for run in test.runs]
    jobs = [job for run in runs for job in run["jobs"]]
    builds = [build for job in jobs for build in job["builds"]]
    hits, steps = sum(build["hits"] for build in builds), sum(len(build["vertices"]) for build in builds)
    denied = sum(item["result"] == "denied" for job in jobs for item in job["operations"])
    bad = sum(test.outcome in _BAD for test in tests)
    return [
        ("tests", str(len(tests)), "none"),
        ("failed", str(bad), "bad" if bad else "good"),
        ("runs", str(len(runs)), "none"),
        ("build steps cached", f"{hits} of {steps}", "none"),
        ("requests denied", str(denied), "odd" if denied else "none"),
        ("sent", _size(sum(run["bytes"]["uploaded"] for run in runs)), "none"),
        ("received", _size(sum(run["bytes"]["downloaded"] for run in runs)), "none"),
    ]


def _matrix(tests: Sequence[_ShownTest]) -> dict[str, Any]:
    """Workflows and events, and in each cell the conclusions with how many runs had them."""
    runs = list(_all_runs(tests))
    events = list(dict.fromkeys(run.entry.data["scenario"]["event"].partition(":")[0] for run in runs))
    rows: dict[str, dict[str, dict[str, list[_ShownRun]]]] = {}
    for run in runs:
        scenario = run.entry.data["scenario"]
        cell = rows.setdefault(scenario["workflow"], {}).setdefault(scenario["event"].partition(":")[0], {})
        cell.setdefault(run.word, []).append(run)
    return {"events": events, "rows": rows}


def _all_runs(tests: Iterable[_ShownTest]) -> Iterator[_ShownRun]:
    for test in tests:
        yield from test.seeds
        if test.last is not None:
            yield test.last


def _breakable(text: object) -> Markup:
    """A path or the id of a test, which may go on in the next line behind its signs."""
    parts = re.split(r"(?<=[/_:-])", str(text))
    return Markup("<wbr>").join(parts)


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < _KILO:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= _KILO
    return f"{count:.1f} GB"
