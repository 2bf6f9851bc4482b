"""Reports of many tests and their runs: Markdown, HTML or JSON text, chosen by a file's ending."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pytest_cicache.checks import Finding
from pytest_cicache.errors import UsageError
from pytest_cicache.observation import RegistryRecord, Run
from pytest_cicache.plan import PlannedJob
from pytest_cicache.reporting._json import SCHEMA, run_json
from pytest_cicache.reporting._story import run_lines
from pytest_cicache.reporting._table import table_row

__all__ = [
    "ReportEntry",
    "ReportedCheck",
    "ReportedSession",
    "ReportedTest",
    "brief_entry",
    "check_report_name",
    "entry",
    "render_report",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEntry:
    """One run of a test, as plain data that can be sent between processes.

    `row` are the cells of the table, `lines` the story, `data` the JSON of the run; `waits` are the names of the jobs
    that have to end before each job, by its name; `requests` are the registry's records, `sha` is the commit.
    """

    row: tuple[str, ...]
    lines: tuple[str, ...]
    data: Mapping[str, Any]
    waits: Mapping[str, Sequence[str]]
    requests: Sequence[Mapping[str, Any]]
    sha: str = ""

    def to_data(self) -> dict[str, Any]:
        """The entry as JSON-ready data."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> ReportEntry:
        """Undo `to_data`."""
        return cls(**{**data, "row": tuple(data["row"]), "lines": tuple(data["lines"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedTest:
    """A test, how it ended (`passed`, `failed`, `error`, `skipped`, `xfailed`), why and where, and its runs in order.

    `blamed` is the place, from 0, of the run that the failed assertion asked, where one is known; `unused` are lines
    about stand-ins that nothing used.
    """

    test: str
    outcome: str
    where: str = ""
    reason: str | None = None
    blamed: int | None = None
    runs: tuple[ReportEntry, ...] = ()
    unused: tuple[str, ...] = ()

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> ReportedTest:
        """Read it from the plain data of a session."""
        runs = tuple(map(ReportEntry.from_data, data["runs"]))
        return cls(**{**data, "runs": runs, "unused": tuple(data["unused"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedCheck:
    """A check of a workflow and how it ended: `passed`, `failed` or `skipped`.

    `findings` is their number; `reason` is why it failed or was skipped where there are none: a comparison with another
    version of the workflow, in lines, or a workflow that GitHub refuses. Of what is about all workflows `workflow` is
    empty.
    """

    workflow: str
    check: str
    outcome: str
    findings: int = 0
    reason: str = ""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> ReportedCheck:
        """Read it from the plain data of a session, which has the findings themselves."""
        return cls(**{**data, "findings": len(data["findings"])})

    @property
    def name(self) -> str:
        """The workflow and the check, as the name of a test."""
        return "::".join(part for part in ("cicache", self.workflow, self.check) if part)

    @property
    def is_unexplained(self) -> bool:
        """Whether it failed, and no finding says why."""
        return self.outcome == "failed" and not self.findings


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedSession:
    """What holds for all tests: the repository under test and its commit, the programs' versions, what checks found.

    `checks` is `None` where none were asked for; `repository` is `owner/name`, empty where only runs tell it.
    """

    repository: str = ""
    commit: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    checks: tuple[ReportedCheck, ...] | None = None


def brief_entry(run: Run) -> ReportEntry:
    """Describe a run for the table alone, where nobody reads more: many thousands are kept till a session's end."""
    return ReportEntry(row=table_row(run), lines=(), data={}, waits={}, requests=[])


def entry(run: Run) -> ReportEntry:
    """Describe a run."""
    return ReportEntry(
        row=table_row(run),
        lines=tuple(run_lines(run)),
        data=run_json(run),
        waits=_waits(() if run.plan is None else run.plan.jobs),
        requests=[_request(item) for item in run.requests],
        sha="" if run.delivery is None else run.delivery.sha,
    )


def _waits(jobs: Sequence[PlannedJob]) -> dict[str, list[str]]:
    """For each job those that end last before it."""
    before = {job.name: [other for other in jobs if job.place.is_after(other.place)] for job in jobs}
    return {
        name: [other.name for other in found if not any(each.place.is_after(other.place) for each in found)]
        for name, found in before.items()
    }


def _request(item: RegistryRecord) -> dict[str, Any]:
    return {
        "job": item.job,
        "step": item.step,
        "purpose": item.purpose.value,
        "method": item.method,
        "name": f"{item.host}/{item.image_name}",
        "reference": item.reference or item.digest,
        "status": item.status,
        "bytes": item.sent + item.received,
    }


def check_report_name(name: str) -> None:
    """Raise UsageError for a file whose ending names no kind of report."""
    if _ending(name) not in _KINDS:
        raise UsageError(f"the report '{name}' must end in one of {', '.join(sorted(_KINDS))}")


def render_report(name: str, tests: Sequence[ReportedTest], session: ReportedSession | None = None) -> str:
    """Return the report's text, of the kind that the file name's ending says."""
    return _KINDS[_ending(name)](tests, session or ReportedSession())


def _ending(name: str) -> str:
    return "." + name.rpartition(".")[2]


def _as_json(tests: Sequence[ReportedTest], session: ReportedSession) -> str:
    runs = [{"test": test.test, **run.data} for test in tests for run in test.runs]
    told = [{"test": test.test, "outcome": test.outcome, "where": test.where, "reason": test.reason} for test in tests]
    data = {
        "schema": f"{SCHEMA}/report",
        "commit": session.commit or None,
        "versions": dict(session.versions),
        "findings": [finding.to_data() for finding in session.findings],
        "checks": [asdict(check) for check in session.checks or ()],
        "tests": told,
        "runs": runs,
    }
    return json.dumps(data, indent=2) + "\n"


def _as_markdown(tests: Sequence[ReportedTest], session: ReportedSession) -> str:
    from pytest_cicache.reporting._markdown import markdown_lines

    return "\n".join(markdown_lines(tests, session)) + "\n"


def _as_html(tests: Sequence[ReportedTest], session: ReportedSession) -> str:
    # Few sessions write a page, and jinja2 takes time to load.
    from pytest_cicache.reporting.html import page

    return page(tests, session)


_KINDS: Mapping[str, Callable[[Sequence[ReportedTest], ReportedSession], str]] = {
    ".html": _as_html,
    ".json": _as_json,
    ".md": _as_markdown,
}
