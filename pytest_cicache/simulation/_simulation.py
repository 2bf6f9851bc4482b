"""One isolated world: a repository, its registry, its clock, and the runs so far."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from pytest_cicache import events
from pytest_cicache.actionscache import CacheEntry, CacheLimits
from pytest_cicache.engines import PATIENCE, hides_processes, run_jobs
from pytest_cicache.errors import UnsupportedError, UsageError, WorkflowError, suggestion
from pytest_cicache.events import Delivery, Event, Repository
from pytest_cicache.expressions import secret_placeholder, to_text
from pytest_cicache.gateway import (
    ApiSettings,
    Faults,
    Identity,
    Owner,
    OwnerKind,
    Recorder,
    RegistryState,
)
from pytest_cicache.githubapi import API_URL, GitHubApi
from pytest_cicache.observation import Conclusion, Run, Scenario, unsure_after, why_failed, with_races, with_reasons
from pytest_cicache.oci import GatewayAddress
from pytest_cicache.permissions import AccessLevel
from pytest_cicache.plan import PlannedRun
from pytest_cicache.reporting import told_assumption
from pytest_cicache.simulation._api_access import ApiAccess
from pytest_cicache.simulation._api_facts import ApiFacts
from pytest_cicache.simulation._arguments import (
    check_inputs,
    check_matrix,
    read_changes,
    read_clock,
    read_event,
    read_inputs,
)
from pytest_cicache.simulation._edited import EditedSource
from pytest_cicache.simulation._engines import Engines
from pytest_cicache.simulation._histories import HistoryBook
from pytest_cicache.simulation._history import Changes, History
from pytest_cicache.simulation._job_opener import JobOpener
from pytest_cicache.simulation._layer_ages import layer_ages
from pytest_cicache.simulation._over_time import OverTime
from pytest_cicache.simulation._planning import WORKFLOWS
from pytest_cicache.simulation._reading import RepositoryReader, WorkflowToRun
from pytest_cicache.simulation._repository import repository_of
from pytest_cicache.simulation._settings import SettingsPages
from pytest_cicache.simulation._sources import Source, SourceFolders
from pytest_cicache.simulation._stand_ins import GivenStubs, unused
from pytest_cicache.simulation._startup import refused_run, run_without_jobs
from pytest_cicache.simulation._tag_ledger import TagLedger

__all__ = ["Simulation"]

_FIRST_RUN_ID = 17_000_000_001


class Simulation(SettingsPages, GivenStubs, OverTime):
    """A repository under simulated events, against a registry of its own.

    `repository` is what GitHub knows about it (replace it before the first run to change settings); `clock`
    is the time steps see, an aware datetime; `runs` are the results so far; `faults` makes registry
    requests fail; `api` is GitHub's REST API on its state; `doing` is the run that is under way, with its job and step,
    empty for none. Use it as a context manager, or call `close`.
    """

    def __init__(
        self,
        engines: Engines,
        root: Path,
        repository: Repository,
        *,
        clock: datetime | None = None,
        sources: Mapping[str, Path | Source] | None = None,
        opaque_builds: bool = False,
        real_builds: bool = False,
        strict: bool = False,
        patience: float = PATIENCE,
    ) -> None:
        engines.start()
        self._name = engines.new_name()
        SettingsPages.__init__(self, repository, RegistryState(seed=self._name, now=lambda: self.clock))
        GivenStubs.__init__(self, image=engines.names.act_image)
        self._clock = datetime.now(UTC) if clock is None else read_clock(clock)
        self.doing = ""
        self.runs: list[Run] = []
        self.callers: dict[str, Simulation] = {}
        self._root = root
        self._engines = engines
        self._sources = dict(sources or {})
        self._opaque = opaque_builds
        self._real = real_builds
        self._strict = strict
        if not patience > 0:
            raise UsageError(f"patience takes a number of seconds above 0, not {patience:g}")
        self._patience = patience
        self._recorder = Recorder()
        self._state.add_owner(Owner(name=repository.owner, kind=OwnerKind(repository.owner_type)))
        self._ledger = TagLedger()
        self._unsure: dict[str, str] = {}
        store = engines.store(root)
        self._history = History(store, default_branch=repository.default_branch, at=self.clock)
        self._facts = ApiFacts(self._history, store, lambda: self.repository)
        self.api = GitHubApi(
            settings=ApiSettings(self._state),
            facts=self._facts,
            versions=self._state.versions,
            cache=self._state.actions_cache,
            now=lambda: self.clock,
        )
        OverTime.__init__(self, HistoryBook(self))
        engines.gateway.open(self._name, self._state, self._recorder, self.api)

    def __enter__(self) -> Simulation:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
        if self._strict and self.unused_stubs and error[:1] in ((), (None,)):
            raise UsageError(self.unused_stubs[0])

    @property
    def clock(self) -> datetime:
        """The time steps see."""
        return self._clock

    @clock.setter
    def clock(self, clock: datetime) -> None:
        self._clock = read_clock(clock)

    def close(self) -> None:
        """Forget this world and what it left in the registry, and those of the callers."""
        for caller in self.callers.values():
            caller.close()
        self._engines.forget(self._name)

    def caller(self, name: str, **settings: str) -> Simulation:
        """Simulate a repository among the sources, `owner/name`: its workflows call this one's as they are here.

        `settings` are its `default_branch`, `visibility` and `default_permissions`. It begins with the stand-ins and
        the time of this simulation; its registry is its own. Raises UsageError for one that is not among the sources.
        """
        key = name.lower()
        if key not in self.callers:
            roots = {source.partition("@")[0].lower(): root for source, root in self._sources.items()}
            root = roots.get(key)
            if not isinstance(root, Path):
                known = ", ".join(sorted(self._sources)) or "none"
                raise UsageError(f"no folder is known for the repository '{name}'; the sources are {known}")
            own = EditedSource(self._history, self._engines.directory)
            self.callers[key] = Simulation(
                self._engines,
                root,
                repository_of(root, name, **settings),
                clock=self.clock,
                sources={**self._sources, self.repository.full_name: own},
                opaque_builds=self._opaque,
                real_builds=self._real,
                strict=self._strict,
                patience=self._patience,
            )
            self.callers[key]._stubs, self.callers[key]._placeholders = self._stubs, self._placeholders
        return self.callers[key]

    @property
    def every_run(self) -> list[Run]:
        """The results so far, those of the callers behind the own."""
        return [*self.runs, *(run for caller in self.callers.values() for run in caller.runs)]

    @property
    def unused_stubs(self) -> tuple[str, ...]:
        """A line for each stand-in that nothing has used, with the names there are; none before a job ran."""
        return unused(self._stubs, self.every_run)

    @property
    def faults(self) -> Faults:
        """The faults to inject into registry requests."""
        return self._state.faults

    def run(
        self,
        workflow: str,
        event: Event | str,
        *,
        changes: Changes | None = None,
        inputs: Mapping[str, Any] | None = None,
        job: str | None = None,
        matrix: Mapping[str, Any] | None = None,
    ) -> Run:
        """Run a workflow, a path or a name in `.github/workflows`, for an event or the text of one.

        `changes` are files (path to text, `None` deletes) that the event's commit changes: a push to a branch
        keeps them there, a pull request keeps them to itself. `inputs` are those of a dispatch; `job` and
        `matrix` run only that job, with what it needs, and only those legs. Raises UsageError when there is no
        such workflow, WorkflowError when GitHub could not read it; where the simulation is strict, UnsupportedError
        for the first thing that is assumed.
        """
        event, inputs = read_event(event), read_inputs(inputs)
        if inputs:
            event = event.replace(inputs={**event.inputs, **inputs})
        delivery = self._deliver(event, read_changes(changes))
        path = self._workflow_path(workflow, delivery.workflow_sha)
        before, asked = len(self._recorder.records), len(self._state.actions_cache.records)
        legs = {key: to_text(value) for key, value in (matrix or {}).items()}
        self.doing = f"{delivery.event.kind} on {workflow}"
        try:
            run = self._run(path, workflow, delivery, job=job, matrix=legs, inputs=inputs)
        finally:
            self.doing = ""
        records = tuple(self._recorder.records[before:])
        ages = layer_ages(run, self._state.versions, self.clock)
        run = replace(run, cache_requests=tuple(self._state.actions_cache.records[asked:]), layer_ages=ages)
        packages = self._ledger.take(records, run.operations)
        run = with_races(replace(run, requests=records, packages=packages), unsure=self._unsure)
        self._unsure = unsure_after(run, self._unsure)
        run = with_reasons(run, self.runs)
        if self._strict and run.assumptions:
            raise UnsupportedError(told_assumption(run.assumptions[0]))
        self.runs.append(run)
        return run

    def twin(self) -> Simulation:
        """A simulation of the same files, settings, stand-ins and time, with a registry of its own; close it."""
        made = Simulation(
            self._engines,
            self._root,
            self.repository,
            clock=self.clock,
            sources=self._sources,
            opaque_builds=self._opaque,
            real_builds=self._real,
            strict=self._strict,
            patience=self._patience,
        )
        made._stubs, made._placeholders, made._bases = self._stubs, self._placeholders, dict(self._bases)
        for package in self._state.packages.values():
            made._state.add_package(package)
        for path in self._history.differing(made._history):
            made.write(path, self.read(path) if path in self._history.paths(self._history.tip) else None)
        return made

    def api_access(self) -> ApiAccess:
        """GitHub's REST API on this simulation, for code that is no workflow."""
        address = GatewayAddress(port=self._engines.gateway.port, simulation=self._name)
        return ApiAccess(self, self._state, address.service_url(API_URL).rstrip("/"))

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that stands in a file of the default branch, in the simulation only."""
        self.write(path, self.read(path, containing=old).replace(old, new))

    def write(self, path: str, text: str | None) -> None:
        """Write a file of the default branch, in the simulation only; `None` deletes it."""
        self._history.edit({path: text}, at=self.clock)

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of the default branch's files, sorted."""
        return tuple(sorted(self._history.paths(self._history.tip)))

    def read(self, path: str, *, containing: str = "") -> str:
        """Return a file of the default branch; raises UsageError when it is missing or lacks a text."""
        text = self._history.read(self._history.tip, path)
        if text is None:
            raise UsageError(f"the repository has no file '{path}'")
        if containing not in text:
            raise UsageError(f"'{path}' does not contain the text {containing!r}")
        return text

    def travel(self, **units: float) -> None:
        """Move the clock on, by `days=31`, `hours=2` and the like."""
        try:
            self.clock += timedelta(**units)
        except TypeError as error:
            raise UsageError(f"a journey is days=, hours=, minutes= or seconds=: {error}") from error

    def tags(self, package: str) -> tuple[str, ...]:
        """Return the tags a package (`owner/name`) has now, sorted."""
        return self._ledger.tags(package)

    @property
    def cache_entries(self) -> tuple[CacheEntry, ...]:
        """The entries of the Actions cache now, oldest first: `key`, `scope` (a git ref), `size`, `created`, `used`."""
        return self._state.actions_cache.entries

    def limit_cache(self, *, size: int | None = None, days: float | None = None) -> None:
        """Let the Actions cache keep `size` bytes, and entries that were used in the last `days`; 10 GB and seven."""
        known = self._state.actions_cache.limits
        unused = known.unused if days is None else timedelta(days=days)
        self._state.actions_cache.limits = CacheLimits(size=known.size if size is None else size, unused=unused)

    def _deliver(self, event: Event, changes: Changes) -> Delivery:
        commits = self._history.receive(event, changes, at=self.clock)
        number = len(self.runs) + 1
        delivery = events.deliver(
            event,
            self.repository,
            commits,
            now=self.clock,
            run_id=_FIRST_RUN_ID + number,
            run_number=number,
        )
        self._facts.note(delivery)
        return delivery

    def _run(
        self,
        path: str,
        name: str,
        delivery: Delivery,
        *,
        job: str | None,
        matrix: Mapping[str, str],
        inputs: Mapping[str, Any],
    ) -> Run:
        sources = self._sources_at(delivery.workflow_sha)
        text = self._history.read(delivery.workflow_sha, path)
        if text is None:
            raise UsageError(f"{path} is not in the commit that GitHub reads the workflow from")
        scenario = self._scenario(name, delivery)
        reader = RepositoryReader(self.repository, sources, delivery.workflow_sha)
        try:
            found = reader.read(text, path, [delivery], delivery.event.inputs)
        except WorkflowError as error:
            return refused_run(scenario, delivery, text, path, error)
        if job is not None and found.asked.job(job) is None:
            known = ", ".join(sorted(item.id for item in found.asked.jobs))
            near = suggestion(job, (item.id for item in found.asked.jobs))
            raise UsageError(f"{path} has no job '{job}'; {near}its jobs are {known}")
        check_inputs(inputs, found, delivery.event)
        if self._placeholders:
            delivery = _with_placeholders(delivery, "\n".join((text, *sources.called)))
        begun = found.begin(delivery, job=job, matrix=matrix, stand_ins=self._stubs.jobs)
        if begun.planner is None:
            return run_without_jobs(scenario, begun.plan)
        run = self._run_jobs(scenario, begun, found, sources)
        check_matrix(matrix, begun.planner.jobs)
        self._stubs.used.update(f"job:{each.id}" for each in begun.planner.jobs if each.stand_in is not None)
        return run

    def _tell(self, run: str, what: str) -> None:
        self.doing = f"{run}: {what}"

    def _run_jobs(self, scenario: Scenario, begun: PlannedRun, found: WorkflowToRun, sources: SourceFolders) -> Run:
        assert begun.planner is not None
        delivery = begun.base.delivery
        self._trust_secrets(delivery.repository)
        opener = JobOpener(
            self._engines,
            self._state,
            self._recorder,
            self._history,
            delivery,
            api=self.api,
            name=self._name,
            sources=sources,
            clock=self.clock,
            run=len(self.runs) + 1,
            opaque=self._opaque,
            real=self._real,
            stubs=self._stubs,
            bases=self._bases,
            workflow_path=found.workflow.path,
            placeholders=found.placeholders,
            patience=self._patience,
            tell=partial(self._tell, self.doing),
        )
        try:
            jobs = run_jobs(begun.planner, self._engines.runner, opener.open, most=self._engines.builders.most)
        finally:
            opener.close()
        return Run(
            scenario=scenario,
            triggered=True,
            reason=None,
            outcome=Conclusion(begun.planner.result),
            error=why_failed(jobs) if begun.planner.result == Conclusion.FAILURE else None,
            jobs=jobs,
            plan=begun.plan,
        )

    def _trust_secrets(self, repository: Repository) -> None:
        """Let each secret log in to ghcr.io as the owner would with a personal access token.

        What a secret is worth is not the simulation's to judge, and other registries take every login too.
        """
        account = Identity(user=repository.owner, packages=AccessLevel.WRITE)
        environments = repository.environments.values()
        for secrets in (repository.secrets, repository.dependabot_secrets, *(each.secrets for each in environments)):
            for secret in filter(None, secrets.values()):
                self._state.accept(secret, account)

    def _scenario(self, workflow: str, delivery: Delivery) -> Scenario:
        image = self._engines.names.act_image or None
        return Scenario(
            workflow=workflow,
            event=delivery.event.kind,
            after=tuple(run.scenario.event for run in self.runs),
            repository=self.repository.full_name,
            runner=self._engines.runner.name,
            builder=self._engines.builders.name,
            registry=self._engines.registry.name,
            hides_processes=bool(image) or hides_processes(),
            act_image=image,
        )

    def _sources_at(self, sha: str) -> SourceFolders:
        return SourceFolders(
            self._sources,
            repository=self.repository.full_name,
            own=lambda path: self._history.read(sha, path),
        )

    def _workflow_path(self, workflow: str, sha: str) -> str:
        """The path of a workflow at a commit or on the default branch; raises UsageError that lists what there is."""
        present = self._history.paths(sha) | self._history.paths(self._history.tip)
        given = Path(workflow)
        inside = given.is_absolute() and given.is_relative_to(self._root.resolve())
        named = given.relative_to(self._root.resolve()).as_posix() if inside else workflow
        for path in (named.removeprefix("./"), f"{WORKFLOWS}/{workflow}"):
            if path in present:
                return path
        known = sorted(path.removeprefix(f"{WORKFLOWS}/") for path in present if path.startswith(f"{WORKFLOWS}/"))
        listed = ", ".join(known) if known else f"nothing in {WORKFLOWS}"
        near = suggestion(workflow, known)
        raise UsageError(f"no workflow '{workflow}' in {self._root}; {near}there is {listed}")


def _with_placeholders(delivery: Delivery, text: str) -> Delivery:
    """The same delivery in a repository that has every secret the workflow names."""
    named = sorted(set(re.findall(r"\bsecrets(?:\.|\[')([A-Za-z_][A-Za-z0-9_]*)", text)))
    placeholders = {name: secret_placeholder(name) for name in named if name.upper() != "GITHUB_TOKEN"}
    repository = replace(delivery.repository, secrets={**placeholders, **delivery.repository.secrets})
    return replace(delivery, repository=repository)
