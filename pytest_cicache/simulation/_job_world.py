"""What jobs see of a simulation: tokens, logins, the docker command; the gateway hears which step runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pytest_cicache.actions import CheckOut
from pytest_cicache.actionscache import CACHE_URL, RESULTS_URL, RUNTIME_URL, scope_access
from pytest_cicache.buildkit import BuildRequest
from pytest_cicache.engines import ArtifactStore, Docker, JobBuilder, JobSpec, Stubs
from pytest_cicache.events import Delivery
from pytest_cicache.gateway import Attribution, Faults, Identity, Visibility, World
from pytest_cicache.observation import BuildRecord, Purpose, settled_in_actions_cache
from pytest_cicache.oci import GatewayAddress
from pytest_cicache.permissions import CacheAccess, CacheMode, Token
from pytest_cicache.plan import DueJob, started
from pytest_cicache.simulation._completion import completed
from pytest_cicache.simulation._history import History
from pytest_cicache.simulation._sources import Sources
from pytest_cicache.simulation._workshop import Workshop

__all__ = ["JobWorld"]


class _JobLogins:
    """The logins of one job, decided by the gateway's world."""

    def __init__(self, world: World, job: str) -> None:
        self._world = world
        self._job = job

    def login(self, host: str, username: str, password: str) -> str | None:
        """Try a login; return docker's error line for the refusal."""
        return self._world.login(host, username, password, job=self._job).message

    def credential(self, logins: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
        """Make the stored logins the job's, and return the one credential that stands for them."""
        if not logins:
            return None
        self._world.logins[self._job] = {host: password for host, (_, password) in logins.items()}
        return self._world.job_credential(self._job)


class JobWorld:
    """Opens the jobs of one run; `workflow_path` is the file that the event triggered."""

    def __init__(
        self,
        workshop: Workshop,
        world: World,
        history: History,
        delivery: Delivery,
        *,
        address: GatewayAddress,
        sources: Sources,
        clock: datetime,
        run: int,
        opaque: bool,
        real: bool,
        stubs: Stubs,
        workflow_path: str,
        patience: float,
    ) -> None:
        self._patience = patience
        self._workshop = workshop
        self._world = world
        self._history = history
        self._delivery = delivery
        self._address = address
        self._sources = sources
        self._clock = clock
        self._run = run
        self._opaque = opaque
        self._real = real
        self._stubs = stubs
        self._workflow_path = workflow_path
        self._artifacts = ArtifactStore(workshop.directory / f"artifacts-{address.simulation}-{run}")
        self._opened = 0
        self._tokens: dict[str, str] = {}
        self._cache_tokens: dict[str, str] = {}
        self._seen = (0, 0)

    @contextmanager
    def open(self, due: DueJob) -> Iterator[JobSpec]:
        """Give a job that is due its token, its docker command and the source, while it runs."""
        planned = due.planned
        assert planned.token is not None
        self._opened += 1
        label = "/".join((*planned.path, planned.id)) + f"#{self._opened}"
        builder = self._workshop.builders.lease()
        secret, docker = self._open(label, planned.token, builder)
        runtime = self._runtime(label, planned.cache)
        try:
            yield JobSpec(
                planned=planned,
                start=started(due, self._delivery, workflow_path=self._workflow_path, token=secret),
                docker=docker,
                check_out=self._check_out,
                announce=lambda step: self._announce(label, step),
                action_folder=self._sources.action,
                clock=self._clock,
                stubs=self._stubs,
                artifacts=self._artifacts,
                changed_files=self._delivery.changed_files,
                runtime=runtime,
                patience=self._patience,
                cache_service=self._address.service_url(RESULTS_URL),
            )
        finally:
            builder.end()
            self._close(label)

    def close(self) -> None:
        """Forget what the run's jobs handed to each other."""
        self._artifacts.remove()

    def _open(self, label: str, token: Token, builder: JobBuilder) -> tuple[str, Docker]:
        """Mint a job's token and make its docker command."""
        repository = self._delivery.repository
        identity = Identity(
            repository=repository.full_name,
            packages=token.packages,
            visibility=Visibility(repository.visibility),
            job=label,
        )
        secret = self._tokens[label] = self._world.issue(identity)
        docker = Docker(
            builder=builder,
            gateway=self._address,
            logins=_JobLogins(self._world, label),
            opaque=self._opaque,
            real=self._real,
            before_build=self._before_build,
            after_build=self._after_build,
            unseen=self._unseen,
        )
        return secret, docker

    def _runtime(self, label: str, cache: CacheAccess | None) -> Mapping[str, str]:
        """Mint the token for the Actions cache; gives the variables that actions see, but no scripts.

        actions/runner, src/Runner.Worker/Handlers/NodeScriptActionHandler.cs.
        """
        mode = CacheMode.WRITE if cache is None else cache.mode
        scopes = self._delivery.cache_scopes
        access = scope_access(writable=scopes.writable, readable=scopes.readable, mode=mode)
        token = self._cache_tokens[label] = self._world.actions_cache.issue(label, access)
        return {
            "ACTIONS_CACHE_MODE": str(mode),
            "ACTIONS_CACHE_SERVICE_V2": "True",
            "ACTIONS_CACHE_URL": CACHE_URL,
            "ACTIONS_RESULTS_URL": RESULTS_URL,
            "ACTIONS_RUNTIME_TOKEN": token,
            "ACTIONS_RUNTIME_URL": RUNTIME_URL,
        }

    def _close(self, label: str) -> None:
        """End a job's token and all that was issued for it."""
        _, credential = self._world.job_credential(label)
        self._world.revoke(credential)
        self._world.revoke(self._tokens.pop(label))
        self._world.actions_cache.revoke(self._cache_tokens.pop(label))
        self._world.current = Attribution()

    def _check_out(self, wanted: CheckOut, directory: Path) -> None:
        self._history.check_out(wanted, directory, self._delivery)

    def _announce(self, label: str, step: str) -> None:
        self._world.current = Attribution(run=self._run, job=label, step=step)

    def _before_build(self, request: BuildRequest) -> None:
        """Tell the gateway what the references of a build are for."""
        self._world.forget_expectations()
        wanted = [(option.reference, Purpose.IMPORT) for option in request.cache_from]
        wanted += [(option.reference, Purpose.EXPORT) for option in request.cache_to]
        wanted += [(tag, Purpose.PUSH) for tag in (request.tags if request.pushes else ())]
        for reference, purpose in wanted:
            if reference is not None:
                self._expect(reference, purpose)
        self._seen = len(self._world.records), len(self._world.actions_cache.records)

    @contextmanager
    def _unseen(self) -> Iterator[None]:
        """Let an engine look at the registry for itself: no record, no fault."""
        world = self._world
        records, refusals, faults = len(world.records), len(world.refusals), world.faults
        asked = len(world.actions_cache.records)
        world.faults = Faults()
        try:
            yield
        finally:
            world.faults = faults
            del world.records[records:], world.refusals[refusals:], world.actions_cache.records[asked:]

    def _expect(self, reference: str, purpose: Purpose) -> None:
        from pytest_cicache import errors

        try:
            self._world.expect(reference, purpose)
        except errors.ReferenceError:
            return  # the builder says what is wrong with it

    def _after_build(self, record: BuildRecord) -> BuildRecord:
        """Complete a build's operations by what the gateway saw."""
        seen, asked = self._seen
        requests = self._world.actions_cache.records[asked:]
        record = completed(record, self._world.records[seen:])
        operations = tuple(settled_in_actions_cache(operation, requests) for operation in record.operations)
        return replace(record, operations=operations)
