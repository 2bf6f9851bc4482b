"""Runs one workflow under the events it can meet, in one simulation."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pytest_cicache.checks import LATER, REPEAT, TRUSTED, Behaviour, is_refused_by_default, takes_updates
from pytest_cicache.errors import CicacheError, WorkflowError
from pytest_cicache.events import Event, Repository
from pytest_cicache.observation import Conclusion, Run
from pytest_cicache.simulation import Engines, Simulation
from pytest_cicache.survey._cases import cases_of, seeds_of
from pytest_cicache.workflow import read_workflow

__all__ = ["observe"]

# A day that is nothing special, the same in every survey, so that tags with a date in them are too.
_CLOCK = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
_PATIENCE = 20.0
_DOCKERFILE = re.compile(r"(^|/)((Docker|Container)file(\.[^/]*)?|[^/]*\.(Docker|docker|Container)file)$")
_STAGE = re.compile(r"(?im)^(?=FROM\s)")
_WEEKS = 5
_STAND_IN = "FROM scratch\n"


def observe(
    engines: Engines,
    root: Path,
    repository: Repository,
    path: str,
    texts: Mapping[str, str],
    *,
    sources: Mapping[str, Path],
    knows_permissions: bool = True,
) -> Behaviour:
    """Run a workflow under the events it names: what fills the caches first, the same again, then the others.

    `texts` are those of all workflow files. Unless somebody `knows_permissions` that the repository gives its tokens by
    default, they are those with which trusted runs may write what they write: nobody keeps a workflow that never
    worked. A workflow that is only called builds what its callers have: where that is not here, each build is one step.
    Raises WorkflowError for a file that GitHub refuses.
    """

    def behaviour(given: Repository, brought: frozenset[str], *, gives_up: bool = False) -> Behaviour:
        with Simulation(
            engines, root, given, clock=_CLOCK, sources=sources, patience=_PATIENCE, opaque_builds=bool(brought)
        ) as simulation:
            simulation.secret("*", "")
            for name in brought:
                simulation.write(name, _STAND_IN)
            return _Observer(simulation, path, texts, gives_up=gives_up).behaviour()

    def with_permissions(brought: frozenset[str]) -> Behaviour:
        if knows_permissions or repository.default_permissions == "write":
            return behaviour(repository, brought)
        try:
            return behaviour(repository, brought, gives_up=True)
        except _RefusedByDefaultError:
            permissive = behaviour(replace(repository, default_permissions="write"), brought)
        starts = all(run.outcome is not Conclusion.STARTUP_FAILURE for run in permissive.runs.values())
        return permissive if starts else behaviour(repository, brought)

    alone = with_permissions(frozenset())
    brought = _brought(alone)
    return with_permissions(brought) if brought else alone


def _brought(behaviour: Behaviour) -> frozenset[str]:
    """The Dockerfiles that the callers of a workflow would bring."""
    if not behaviour.is_only_called:
        return frozenset()
    builds = (build for case in behaviour.runs for _, _, build in behaviour.builds(case))
    names = (posixpath.normpath(build.dockerfile) for build in builds if build.lacks_files and not build.vertices)
    return frozenset(name for name in names if name[0] not in "/.<")


class _RefusedByDefaultError(Exception):
    """A trusted run may not do what it does, perhaps for the repository's default permissions alone."""


class _Observer:
    """The runs of one workflow so far; one that `gives_up` does so where default permissions refuse a trusted run."""

    def __init__(self, simulation: Simulation, path: str, texts: Mapping[str, str], *, gives_up: bool) -> None:
        self._simulation = simulation
        self._path = path
        self._texts = texts
        self._gives_up = gives_up
        self._runs: dict[str, Run] = {}
        self._untold: dict[str, str] = {}

    def behaviour(self) -> Behaviour:
        workflow = read_workflow(self._texts[self._path], path=self._path)
        files = self._simulation.files
        default_branch = self._simulation.repository.default_branch
        seed = next((pair for pair in seeds_of(workflow, files, default_branch) if self._run(*pair)), None)
        if seed is not None:
            self._run(REPEAT, seed[1])
        for case, event in cases_of(workflow, files, default_branch):
            if case not in self._runs and case not in self._untold:
                self._run(case, event)
        if seed is not None and takes_updates(self._runs[seed[0]]):
            self._simulation.travel(weeks=_WEEKS)
            self._run(LATER, seed[1])
        return Behaviour(
            path=self._path,
            runs=self._runs,
            seed=None if seed is None else seed[0],
            untold=self._untold,
            siblings=self._texts,
        )

    def _changed(self, kind: str) -> Iterator[tuple[str, str]]:
        """What a pull request or a push to another branch changes: each stage gets a last step of its own.

        BuildKit writes nothing, and so is refused nothing, where a registry holds all that it would export.
        """
        for path in self._simulation.files:
            if _DOCKERFILE.search(path):
                head, *stages = _STAGE.split(self._simulation.read(path))
                yield path, head + "".join(f"{stage.rstrip()}\nRUN : {kind}\n" for stage in stages)

    def _run(self, case: str, event: Event) -> bool:
        """Run a case; whether the event starts the workflow."""
        has_changes = event.kind in ("merge_group", "push") or (event.is_pull_request and not event.is_merged)
        try:
            run = self._simulation.run(
                self._path, event, changes=dict(self._changed(event.kind)) if has_changes else None
            )
        except WorkflowError:
            raise
        except CicacheError as error:
            self._untold[case] = str(error)
            return False
        may_work = case in TRUSTED or run.outcome is Conclusion.STARTUP_FAILURE
        if self._gives_up and may_work and is_refused_by_default(run):
            raise _RefusedByDefaultError
        if run.triggered:
            self._runs[case] = run
        return run.triggered
