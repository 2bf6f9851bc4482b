"""`pytest --cicache`: each check of each workflow as a test item, with what it found for the end of the session."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_cicache.checks import CHECKS, UNUSED_IGNORE, Conduct, Finding, Severity, changes
from pytest_cicache.errors import UsageError
from pytest_cicache.plugin._config import SURVEY, option, root
from pytest_cicache.plugin._engines import engines
from pytest_cicache.reporting import change_lines, finding_lines
from pytest_cicache.simulation import EngineNames, repository_of, source_folders
from pytest_cicache.survey import Survey, checked_out, read_baseline, write_baseline

__all__ = ["add_items", "close_survey", "findings_in", "share_folder", "tell_findings"]

_FOLDER = "cicache_folder"
_PROPERTY = "cicache-finding"
_BASE, _BASELINE = "base", "baseline"
_SHARED: pytest.StashKey[str] = pytest.StashKey()


class FindingError(Exception):
    """A check has found an error; the text is what a person reads."""


class CheckItem(pytest.Item):
    """One check of one workflow."""

    def __init__(self, *, survey: Survey, workflow: str, check: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._survey = survey
        self._workflow = workflow
        self._check = check

    def runtest(self) -> None:
        """Fail for findings of severity error; others are told at the end of the session."""
        record = self._survey.record(self._workflow)
        if record.error is not None:
            if self._check == next(iter(CHECKS)):
                raise FindingError(record.error)
            pytest.skip("GitHub refuses the workflow file")
        findings = self._survey.findings(self._workflow, self._check)
        self.user_properties += [(_PROPERTY, json.dumps(each.to_data())) for each in findings]
        errors = [each for each in findings if each.severity is Severity.ERROR]
        if errors:
            raise FindingError("\n\n".join("\n".join(finding_lines(each)) for each in errors))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was found, without our own frames."""
        if isinstance(excinfo.value, (FindingError, UsageError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The workflow, and the item's name as the head of its failure."""
        return self.path, None, self.nodeid


class UnusedIgnoresItem(CheckItem):
    """The ignores that match nothing; it never fails."""

    def runtest(self) -> None:
        """Tell them at the end of the session."""
        self.user_properties += [(_PROPERTY, json.dumps(each.to_data())) for each in self._survey.unused_ignores()]


class ConductItem(CheckItem):
    """A workflow's behaviour compared with another: at a base commit, or in a baseline."""

    def __init__(self, *, before: Conduct | None, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._before = before

    def runtest(self) -> None:
        """Fail where it is worse than at the base, or other than in the baseline."""
        if self._before is None:
            raise FindingError(f"the baseline knows no {self._workflow}; --cicache-update-baseline adds it")
        after = self._survey.record(self._workflow).conduct
        found = list(changes(self._workflow, self._before, after))
        if any(change.is_worse for change in found) or (found and self._check == _BASELINE):
            raise FindingError("\n".join((self._workflow, *change_lines(found))))


class CheckCollector(pytest.Collector):
    """The place of the items among the nodes of a session."""

    def collect(self) -> Iterable[pytest.Item]:
        """Nothing: the items are made where the session's items are known."""
        return ()


def add_items(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add an item for each check of each workflow that touches an image cache; raises pytest.UsageError."""
    try:
        survey = _survey(session.config)
        items += list(_items(session, survey))
    except UsageError as error:
        raise pytest.UsageError(f"cicache: {error}") from None


def _survey(config: pytest.Config) -> Survey:
    if SURVEY not in config.stash:
        place = root(config)
        repository = repository_of(place, option(config, "repository"))
        sources = source_folders(config.getini("cicache_workflow_sources"), root=config.rootpath)
        folder = getattr(config, "workerinput", {}).get(_FOLDER) or config.stash.get(_SHARED, None)
        names = EngineNames(
            builder=_quick(config, "builder", "simulated"), registry=_quick(config, "registry", "embedded")
        )
        config.stash[SURVEY] = Survey(
            place,
            repository,
            lambda: engines(config, names),
            sources=sources,
            folder=None if folder is None else Path(folder),
        )
    return config.stash[SURVEY]


def _quick(config: pytest.Config, kind: str, embedded: str) -> str:
    """The engine that is asked for; `auto` is the embedded one, which says the same in less time."""
    name = option(config, kind)
    return embedded if name == "auto" else name


def _items(session: pytest.Session, survey: Survey) -> Iterator[pytest.Item]:
    top = CheckCollector.from_parent(session, name="cicache", nodeid="cicache")
    baseline = _baseline(session.config)
    base = _base(session.config, survey)
    for workflow in survey.workflows:
        name = workflow.rpartition("/")[2]
        path = survey.root / workflow
        place = CheckCollector.from_parent(top, name=name, nodeid=f"cicache::{name}", path=path)
        given: dict[str, Any] = {"parent": place, "survey": survey, "workflow": workflow}
        for check in CHECKS:
            yield CheckItem.from_parent(name=check, check=check, **given)
        if base is not None:
            yield ConductItem.from_parent(name=_BASE, check=_BASE, before=base.get(workflow, {}), **given)
        if baseline is not None:
            yield ConductItem.from_parent(name=_BASELINE, check=_BASELINE, before=baseline.get(workflow), **given)
    if survey.ignores:
        yield UnusedIgnoresItem.from_parent(top, name=UNUSED_IGNORE, survey=survey, workflow="", check=UNUSED_IGNORE)


def _baseline(config: pytest.Config) -> Any:
    """The recorded behaviour to compare with; `None` where there is none, or it is written anew."""
    file = option(config, "baseline")
    if config.getoption("cicache_update_baseline") and not file:
        raise UsageError("--cicache-update-baseline needs --cicache-baseline=FILE")
    if not file or config.getoption("cicache_update_baseline"):
        return None
    return read_baseline(config.invocation_params.dir / file)


def _base(config: pytest.Config, survey: Survey) -> dict[str, Conduct] | None:
    """The behaviour at the base commit."""
    commit = option(config, "base")
    if not commit:
        return None
    with checked_out(survey.root, commit) as folder:
        before = survey.at(folder)
        return {path: before.record(path).conduct for path in before.workflows}


def tell_findings(terminalreporter: pytest.TerminalReporter) -> None:
    """End with the findings that fail nothing; those that do are told as failures."""
    reports = (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed"))
    told = [each for each in findings_in(reports) if each.severity is not Severity.ERROR]
    if told and terminalreporter.verbosity >= 0:
        terminalreporter.section("cicache findings")
    for finding in told:
        for line in finding_lines(finding) if terminalreporter.verbosity >= 0 else ():
            terminalreporter.write_line(line)


def findings_in(reports: Iterable[pytest.TestReport]) -> list[Finding]:
    """The findings of a session's items, in the order of the reports; one that several workflows share once."""
    found: dict[tuple[str, str], Finding] = {}
    for report in reports:
        for name, value in report.user_properties if report.when == "call" else ():
            if name == _PROPERTY:
                finding = Finding.from_data(json.loads(str(value)))
                found.setdefault((finding.check, finding.where), finding)
    return list(found.values())


def share_folder(config: pytest.Config, workerinput: dict[str, Any]) -> None:
    """Give a worker of xdist the folder in which all keep what they have found out."""
    if _SHARED not in config.stash:
        config.stash[_SHARED] = tempfile.mkdtemp(prefix="cicache-checks-")
    workerinput[_FOLDER] = config.stash[_SHARED]


def close_survey(config: pytest.Config) -> None:
    """Write the baseline where that was asked for, and remove the shared folder."""
    if hasattr(config, "workerinput"):
        return
    try:
        if config.getoption("cicache_update_baseline") and option(config, "baseline"):
            survey = _survey(config)
            conducts = {path: survey.record(path).conduct for path in survey.workflows}
            write_baseline(config.invocation_params.dir / option(config, "baseline"), conducts)
    finally:
        if _SHARED in config.stash:
            shutil.rmtree(config.stash[_SHARED], ignore_errors=True)
