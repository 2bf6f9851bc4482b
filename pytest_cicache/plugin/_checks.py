"""`pytest --cicache`: each check of each workflow as a test item, with what it found for the end of the session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pytest_cicache.checks import CHECKS, NOT_SIMULATED, UNUSED_IGNORE, Conduct, Severity, changes
from pytest_cicache.engines import resolve_builder, resolve_registry
from pytest_cicache.errors import UsageError
from pytest_cicache.plugin._config import SURVEY, option, repository, root
from pytest_cicache.plugin._engines import engines
from pytest_cicache.plugin._findings import kept
from pytest_cicache.plugin._report import unwritable
from pytest_cicache.plugin._sharing import shared_folder
from pytest_cicache.reporting import change_lines, finding_lines
from pytest_cicache.simulation import EngineNames, source_folders
from pytest_cicache.survey import Survey, checked_out, read_baseline, write_baseline

__all__ = ["add_items", "update_baseline"]

_BASE, _BASELINE = "base", "baseline"
_ASKED: pytest.StashKey[tuple[str, ...]] = pytest.StashKey()


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
        record = self._survey.record(self._workflow, self._asked())
        if record.error is not None and self._check != NOT_SIMULATED:
            pytest.skip("GitHub refuses the workflow")
        findings = self._survey.findings(self._workflow, self._check)
        self.user_properties += kept(findings)
        errors = [each for each in findings if each.severity is Severity.ERROR]
        if errors:
            raise FindingError("\n\n".join("\n".join(finding_lines(each)) for each in errors))

    def _asked(self) -> tuple[str, ...]:
        """The workflows that the items of the session are about, in their order."""
        stash = self.session.stash
        if _ASKED not in stash:
            items = (item for item in self.session.items if isinstance(item, CheckItem))
            stash[_ASKED] = tuple(dict.fromkeys(item._workflow for item in items if item._workflow))
        return stash[_ASKED]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was found, without our own frames."""
        if isinstance(excinfo.value, (FindingError, UsageError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The workflow, and the head of a failure."""
        return self.path, None, f"{self.name} in {self._workflow}" if self._workflow else self.name


class UnusedIgnoresItem(CheckItem):
    """The ignores that match nothing; it never fails."""

    def runtest(self) -> None:
        """Tell them at the end of the session."""
        self.user_properties += kept(self._survey.unused_ignores())


class ConductItem(CheckItem):
    """A workflow's behaviour compared with another: at a base commit, or in a baseline."""

    def __init__(self, *, before: Callable[[str, Iterable[str]], Conduct | None], **arguments: Any) -> None:
        super().__init__(**arguments)
        self._before = before

    def runtest(self) -> None:
        """Fail where it is worse than at the base, or other than in the baseline."""
        before = self._before(self._workflow, self._asked())
        if before is None:
            raise FindingError(f"the baseline knows no {self._workflow}; --cicache-update-baseline adds it")
        after = self._survey.record(self._workflow, self._asked())
        if after.error is not None:
            pytest.skip("GitHub refuses the workflow")
        found = list(changes(self._workflow, before, after.conduct))
        if any(change.is_worse for change in found) or (found and self._check == _BASELINE):
            advice = ["--cicache-update-baseline takes it as it is now"] if self._check == _BASELINE else []
            raise FindingError("\n".join((*change_lines(found), *advice)))


class CheckCollector(pytest.Collector):
    """The place of the items among the nodes of a session."""

    def collect(self) -> Iterable[pytest.Item]:
        """Nothing: the items are made where the session's items are known."""
        return ()


def add_items(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add an item for each check of each workflow that touches an image cache; raises pytest.UsageError."""
    try:
        survey = _survey(session.config)
        found = list(_items(session, survey))
    except UsageError as error:
        raise pytest.UsageError(f"cicache: {error}") from None
    items += found
    # Whoever counts what is collected hears of it by this.
    report = pytest.CollectReport(nodeid="cicache", outcome="passed", longrepr=None, result=[*found])
    session.config.hook.pytest_collectreport(report=report)


def _survey(config: pytest.Config) -> Survey:
    if SURVEY not in config.stash:
        sources = source_folders(config.getini("cicache_workflow_sources"), root=config.rootpath)
        names = EngineNames(
            builder=resolve_builder(_quick(config, "builder", "simulated")),
            registry=resolve_registry(_quick(config, "registry", "embedded")),
        )
        config.stash[SURVEY] = Survey(
            root(config),
            repository(config),
            lambda: engines(config, names),
            sources=sources,
            folder=shared_folder(config),
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
        if survey.is_refused(workflow):
            yield CheckItem.from_parent(name=NOT_SIMULATED, check=NOT_SIMULATED, **given)
            continue
        for check in CHECKS:
            yield CheckItem.from_parent(name=check, check=check, **given)
        if base is not None:
            yield ConductItem.from_parent(name=_BASE, check=_BASE, before=base.conduct, **given)
        if baseline is not None:
            recorded = partial(_recorded, baseline)
            yield ConductItem.from_parent(name=_BASELINE, check=_BASELINE, before=recorded, **given)
    if survey.ignores:
        yield UnusedIgnoresItem.from_parent(top, name=UNUSED_IGNORE, survey=survey, workflow="", check=UNUSED_IGNORE)


def _recorded(baseline: Mapping[str, Conduct], workflow: str, meanwhile: Iterable[str]) -> Conduct | None:
    return baseline.get(workflow)


def _baseline(config: pytest.Config) -> Mapping[str, Conduct] | None:
    """The recorded behaviour to compare with; `None` where there is none, or it is written anew."""
    name, is_updated = option(config, "baseline"), config.getoption("cicache_update_baseline")
    if is_updated and not name:
        raise UsageError("--cicache-update-baseline needs --cicache-baseline=FILE")
    if not name:
        return None
    file = config.invocation_params.dir / name
    if not is_updated:
        return read_baseline(file)
    problem = unwritable(file)
    if problem:
        raise UsageError(f"the baseline '{name}' cannot be written: {problem}")
    return None


def _base(config: pytest.Config, survey: Survey) -> Survey | None:
    """The workflows at the base commit, whose files stay till the end of the session."""
    commit = option(config, "base")
    if not commit:
        return None
    files = ExitStack()
    config.add_cleanup(files.close)
    return survey.base(files.enter_context(checked_out(survey.root, commit)))


def update_baseline(config: pytest.Config) -> None:
    """Write the baseline."""
    survey = _survey(config)
    conducts = {path: survey.conduct(path) for path in survey.workflows if survey.record(path).error is None}
    write_baseline(config.invocation_params.dir / option(config, "baseline"), conducts)
