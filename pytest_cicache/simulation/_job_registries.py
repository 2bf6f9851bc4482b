"""The registries as one job sees them: its logins, and an identity for each of its builds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from pytest_cicache.engines import BuildIdentity
from pytest_cicache.gateway import GHCR, Attribution, Gateway, Recorder, RegistryState
from pytest_cicache.observation import ActionsCacheRecord, Purpose, RegistryRecord
from pytest_cicache.oci import GatewayAddress

__all__ = ["JobRegistries"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _JobBuild:
    gateway: GatewayAddress
    unrecorded: GatewayAddress
    number: int
    state: RegistryState
    recorder: Recorder

    def requests(self) -> Sequence[RegistryRecord]:
        """What the build has asked the registries so far, in order."""
        return self.recorder.of_build(self.number)

    def cache_requests(self) -> Sequence[ActionsCacheRecord]:
        """What it has asked the Actions cache."""
        return tuple(record for record in self.state.actions_cache.records if record.build == self.number)


class JobRegistries:
    """What the docker command of one job asks; `place` is the step the job is at."""

    def __init__(
        self, gateway: Gateway, simulation: str, state: RegistryState, recorder: Recorder, place: Attribution
    ) -> None:
        self.place = place
        self._gateway = gateway
        self._simulation = simulation
        self._state = state
        self._recorder = recorder

    def announce(self, step: str) -> None:
        """Let what the job does from now on be a step's."""
        self.place = replace(self.place, step=step)
        self._recorder.begin_step(self.place)

    def login(self, host: str, username: str, password: str) -> str | None:
        """Try a login; return docker's error line for the refusal."""
        reply = self._state.login(host, username, password)
        place = self.place
        self._recorder.append(
            RegistryRecord(
                run=place.run,
                job=place.job,
                step=place.step,
                purpose=Purpose.LOGIN,
                method="GET",
                host=host,
                image_name="",
                status=reply.status,
                message=reply.message,
            )
        )
        return reply.message

    def credential(self, logins: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
        """Return the one credential that stands for these logins."""
        return self._state.job_credential(self.place.job, logins) if logins else None

    def holds(self, host: str, image_name: str) -> bool:
        """Tell whether a package exists, or a name was pushed to."""
        if host == GHCR and self._state.package(image_name) is not None:
            return True
        return any(
            record.method == "PUT" and record.status < 300 and (record.host, record.image_name) == (host, image_name)
            for record in self._recorder.records
        )

    @asynccontextmanager
    async def begin_build(self, uses: Iterable[tuple[str, Purpose]]) -> AsyncIterator[BuildIdentity]:
        """Give a build its number, and a port of its own while it runs."""
        build = self._recorder.begin_build(self.place, uses)
        unrecorded = await self._gateway.unrecorded_port()
        async with self._gateway.build_port(self._simulation, build) as port:
            yield _JobBuild(
                gateway=GatewayAddress(port=port, simulation=self._simulation),
                unrecorded=GatewayAddress(port=unrecorded, simulation=self._simulation),
                number=build.build,
                state=self._state,
                recorder=self._recorder,
            )
