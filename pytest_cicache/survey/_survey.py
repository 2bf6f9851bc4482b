"""The workflows of one repository, each run once under the events it can meet, and what every check finds."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_cicache.checks import (
    CHECKS,
    Conduct,
    Finding,
    Ignore,
    ignores_in,
    ignores_of_settings,
    unused_ignores,
)
from pytest_cicache.errors import UsageError, WorkflowError, suggestion
from pytest_cicache.events import Repository
from pytest_cicache.reporting import FirstTest
from pytest_cicache.simulation import Engines
from pytest_cicache.survey._observe import observe
from pytest_cicache.survey._record import WorkflowRecord
from pytest_cicache.survey._store import RecordStore
from pytest_cicache.survey._workflows import (
    FOLDER,
    cache_workflows,
    is_only_called,
    refused_workflows,
    workflow_files,
    workflow_texts,
)

__all__ = ["Survey"]


_SECRET = re.compile(r"\bsecrets\.(\w+)")


class Survey:
    """A repository in a folder, and the verdicts of all checks on its workflows, made when they are asked for.

    `workflows` are the paths of those that touch an image cache, and of those that GitHub refuses, which may touch one.
    `engines` gives the engines to run on; `folder` is where processes share what they have found. Unless somebody
    `knows_permissions`, the repository's default permissions are told from what its workflows do. Raises UsageError
    for an ignore without a reason, or of a check that does not exist.
    """

    def __init__(
        self,
        root: Path,
        repository: Repository,
        engines: Callable[[], Engines],
        *,
        sources: Mapping[str, Path] | None = None,
        folder: Path | None = None,
        knows_permissions: bool = False,
    ) -> None:
        self.root = root
        self.repository = repository
        self._engines = engines
        self._sources = dict(sources or {})
        self._folder = folder
        self._knows_permissions = knows_permissions
        self._store = RecordStore(folder)
        self._texts = workflow_texts(root)
        self._refused = refused_workflows(root, self._texts)
        touching = cache_workflows(root, self._texts)
        self.workflows = tuple(path for path in workflow_files(root) if path in touching or path in self._refused)
        self._lines: dict[str, list[str]] = {}
        self.ignores = tuple(self._read_ignores())

    def named(self, names: Iterable[str]) -> tuple[str, ...]:
        """The paths of workflows by path or by name in `.github/workflows`; raises UsageError for one not there."""
        found = []
        for name in names:
            there = {*self._texts, *self._refused}
            path = next((each for each in (name.removeprefix("./"), f"{FOLDER}/{name}") if each in there), None)
            if path is None:
                known = [each.rpartition("/")[2] for each in sorted(there)]
                listed = ", ".join(known) or f"nothing in {FOLDER}"
                raise UsageError(f"no workflow '{name}' in {self.root}; {suggestion(name, known)}there is {listed}")
            found.append(path)
        return tuple(found)

    def is_refused(self, workflow: str) -> bool:
        """Whether GitHub refuses a workflow by its own file, which can be told without running anything."""
        return workflow in self._refused

    def base(self, root: Path) -> Survey:
        """The survey of the version of the same repository to compare with, which lies in another folder."""
        folder = None if self._folder is None else self._folder / "base"
        if folder is not None:
            folder.mkdir(exist_ok=True)
        return Survey(
            root,
            self.repository,
            self._engines,
            sources=self._sources,
            folder=folder,
            knows_permissions=self._knows_permissions,
        )

    def record(self, workflow: str, meanwhile: Iterable[str] = ()) -> WorkflowRecord:
        """What is known of a workflow, whose runs are made once.

        While another process makes them, those of the workflows `meanwhile` are made that nobody else is making.
        """
        return self._store.get(workflow, self._make, meanwhile)

    def conduct(self, workflow: str, meanwhile: Iterable[str] = ()) -> Conduct:
        """How a workflow behaves in each case; one that is not there behaves in no way."""
        return self.record(workflow, meanwhile).conduct if workflow in self.workflows else {}

    def first_test(self, workflow: str) -> FirstTest:
        """What tests of a workflow can begin with."""
        record, text = self.record(workflow), self._texts[workflow]
        builds = {
            posixpath.normpath(subject.split()[1])
            for told in record.conduct.values()
            for subject, came_to in told.items()
            if subject.startswith("build ") and came_to != "did not start"
        }
        files = frozenset(path for path in builds if (self.root / path).is_file())
        return FirstTest(
            workflow=workflow.removeprefix(f"{FOLDER}/"),
            seed=record.seed,
            conduct=record.conduct,
            secrets=bool(set(_SECRET.findall(text)) - {"GITHUB_TOKEN"}) or "secrets: inherit" in text,
            files=files,
            brought=tuple(sorted(builds - files)) if is_only_called(text, workflow) else (),
        )

    def findings(self, workflow: str, check: str) -> tuple[Finding, ...]:
        """What a check finds in a workflow and nothing ignores, each with what stands at its place."""
        found = self._unrefuted(workflow, check)
        left = (each for each in found if not any(ignore.fits(each) for ignore in self.ignores))
        return tuple(replace(each, excerpt=self._excerpt(each)) for each in left)

    def every_finding(self, workflows: Sequence[str] | None = None) -> Iterator[Finding]:
        """The findings of all checks, workflow by workflow, one that several workflows share once."""
        told = set()
        for workflow in self.workflows if workflows is None else workflows:
            for check in CHECKS:
                for finding in self.findings(workflow, check):
                    key = (finding.check, finding.where)
                    if key not in told:
                        told.add(key)
                        yield finding

    def unused_ignores(self) -> tuple[Finding, ...]:
        """A note for each ignore that no finding of any workflow fits."""
        if not self.ignores:
            return ()
        everything = [each for path in self.workflows for check in CHECKS for each in self._unrefuted(path, check)]
        found = unused_ignores(self.ignores, everything)
        return tuple(replace(each, excerpt=self._excerpt(each)) for each in found)

    def _unrefuted(self, workflow: str, check: str) -> Iterator[Finding]:
        for finding in self.record(workflow).findings.get(check, ()):
            if not finding.unless_written or not self._written_by_others(workflow) & set(finding.unless_written):
                yield finding

    def _written_by_others(self, workflow: str) -> set[str]:
        others = [path for path in self.workflows if path != workflow]
        return {name for record in self._store.get_all(others, self._make) for name in record.writes}

    def _make(self, workflow: str) -> WorkflowRecord:
        if workflow in self._refused:
            return WorkflowRecord.refused(workflow, self._refused[workflow])
        try:
            behaviour = observe(
                self._engines(),
                self.root,
                self.repository,
                workflow,
                self._texts,
                sources=self._sources,
                knows_permissions=self._knows_permissions,
            )
        except WorkflowError as error:
            return WorkflowRecord.refused(workflow, error)
        return WorkflowRecord.of(behaviour)

    def _read_ignores(self) -> Iterator[Ignore]:
        for path, text in self._texts.items():
            yield from ignores_in(text, path)
        for file in sorted((self.root / ".github").rglob("action.y*ml")):
            path = file.relative_to(self.root).as_posix()
            yield from ignores_in("\n".join(self._lines_of(path)), path)
        yield from ignores_of_settings(self._settings().get("ignore", []), "pyproject.toml")

    def _settings(self) -> Mapping[str, Any]:
        """The table `tool.cicache` of pyproject.toml, which has nothing but `ignore`."""
        file = self.root / "pyproject.toml"
        try:
            own = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("cicache", {})
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError) as error:
            raise UsageError(f"pyproject.toml cannot be read: {error}") from error
        if not isinstance(own, Mapping):
            raise UsageError(f"pyproject.toml: tool.cicache is no table but '{own}'")
        unknown = sorted(set(own) - {"ignore"})
        if unknown:
            raise UsageError(f"pyproject.toml: tool.cicache has '{unknown[0]}'; it takes ignore")
        return own

    def _excerpt(self, finding: Finding) -> str:
        lines = self._lines_of(finding.path)
        return lines[finding.line - 1].strip() if 0 < finding.line <= len(lines) else ""

    def _lines_of(self, path: str) -> list[str]:
        if path not in self._lines:
            try:
                self._lines[path] = (self.root / path).read_text(encoding="utf-8").splitlines()
            except (OSError, UnicodeDecodeError):
                self._lines[path] = []
        return self._lines[path]
