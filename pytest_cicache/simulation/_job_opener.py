"""What jobs see of a simulation: tokens, logins, the docker command."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from pytest_cicache.actionscache import CACHE_URL, RESULTS_URL, RUNTIME_URL, scope_access
from pytest_cicache.engines import ArtifactStore, Docker, JobSpec, Stubs
from pytest_cicache.events import Delivery
from pytest_cicache.gateway import Attribution, Identity, Recorder, RegistryState, Visibility
from pytest_cicache.githubapi import API_URL, GitHubApi
from pytest_cicache.oci import GatewayAddress
from pytest_cicache.permissions import CacheAccess, CacheMode, Token
from pytest_cicache.plan import DueJob, started
from pytest_cicache.simulation._actions_door import ActionsDoor
from pytest_cicache.simulation._api_command import ApiCommand
from pytest_cicache.simulation._engines import Engines
from pytest_cicache.simulation._git_remote import GitRemote
from pytest_cicache.simulation._history import History
from pytest_cicache.simulation._job_registries import JobRegistries
from pytest_cicache.simulation._sources import SourceFolders

__all__ = ["JobOpener"]


class JobOpener:
    """Opens the jobs of one run; `workflow_path` is the file that the event triggered.

    `placeholders` are the texts that stand for inputs which nobody gave, by their names.
    """

    def __init__(
        self,
        engines: Engines,
        state: RegistryState,
        recorder: Recorder,
        history: History,
        delivery: Delivery,
        *,
        api: GitHubApi,
        name: str,
        sources: SourceFolders,
        clock: datetime,
        run: int,
        opaque: bool,
        real: bool,
        stubs: Stubs,
        bases: Mapping[str, str],
        workflow_path: str,
        placeholders: Mapping[str, str],
        patience: float,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._patience = patience
        self._tell = tell
        self._api = api
        self._bases = bases
        self._engines = engines
        self._state = state
        self._recorder = recorder
        self._name = name
        self._history = history
        self._delivery = delivery
        self._sources = sources
        self._clock = clock
        self._run = run
        self._opaque = opaque
        self._real = real
        self._stubs = stubs
        self._workflow_path = workflow_path
        self._placeholders = placeholders
        self._artifacts = ArtifactStore(engines.directory / f"artifacts-{name}-{run}")
        self._opened = 0

    def _announce(self, job: str, registries: JobRegistries, step: str) -> None:
        registries.announce(step)
        self._tell(f"job {job}, step {step}")

    @contextmanager
    def open(self, due: DueJob) -> Iterator[JobSpec]:
        """Give a job that is due its token, its docker command and the source, while it runs."""
        planned = due.planned
        assert planned.token is not None
        self._opened += 1
        label = "/".join((*planned.path, planned.id)) + f"#{self._opened}"
        builder = self._engines.builders.lease()
        registries = JobRegistries(
            self._engines.gateway, self._name, self._state, self._recorder, Attribution(run=self._run, job=label)
        )
        secret = self._state.issue(self._identity(label, planned.token))
        runtime = self._runtime(label, planned.cache)
        address = GatewayAddress(port=self._engines.gateway.port, simulation=self._name)
        start = started(due, self._delivery, workflow_path=self._workflow_path, token=secret)
        served = self._engines.directory / f"remote-{self._name}"
        remote = GitRemote(
            self._history,
            self._delivery,
            served,
            token=secret,
            contents=planned.token.contents,
            secrets=start.secrets,
        )
        api_url = address.service_url(API_URL).rstrip("/")
        docker = Docker(
            builder=builder,
            registries=registries,
            check_out=remote.check_out,
            opaque=self._opaque,
            real=self._real,
            bases=self._bases,
        )
        try:
            yield JobSpec(
                planned=planned,
                start=start,
                docker=docker,
                check_out=remote.check_out,
                git_remote=remote,
                api_command=ApiCommand(self._api, api_url),
                api_url=api_url,
                api_door=lambda given: ActionsDoor(self._api, self._state.versions, given),
                announce=partial(self._announce, planned.name, registries),
                action_folder=self._sources.action,
                clock=self._clock,
                stubs=self._stubs,
                artifacts=self._artifacts,
                changed_files=self._delivery.changed_files,
                runtime=runtime,
                patience=self._patience,
                placeholders=self._placeholders,
                cache_service=address.service_url(RESULTS_URL),
                git_folders=(served, self._history.objects),
            )
        finally:
            builder.end()
            self._state.end_job(label)
            self._state.revoke(secret)
            self._state.actions_cache.revoke(runtime["ACTIONS_RUNTIME_TOKEN"])

    def close(self) -> None:
        """Forget what the run's jobs handed to each other."""
        self._artifacts.remove()

    def _identity(self, label: str, token: Token) -> Identity:
        """What a job's token stands for."""
        repository = self._delivery.repository
        return Identity(
            repository=repository.full_name,
            packages=token.packages,
            levels=token.permissions,
            visibility=Visibility(repository.visibility),
            job=label,
        )

    def _runtime(self, label: str, cache: CacheAccess | None) -> Mapping[str, str]:
        """Mint the token for the Actions cache; gives the variables that actions see, but no scripts.

        actions/runner, src/Runner.Worker/Handlers/NodeScriptActionHandler.cs.
        """
        mode = CacheMode.WRITE if cache is None else cache.mode
        scopes = self._delivery.cache_scopes
        access = scope_access(writable=scopes.writable, readable=scopes.readable, mode=mode)
        token = self._state.actions_cache.issue(label, access)
        return {
            "ACTIONS_CACHE_MODE": str(mode),
            "ACTIONS_CACHE_SERVICE_V2": "True",
            "ACTIONS_CACHE_URL": CACHE_URL,
            "ACTIONS_RESULTS_URL": RESULTS_URL,
            "ACTIONS_RUNTIME_TOKEN": token,
            "ACTIONS_RUNTIME_URL": RUNTIME_URL,
        }
