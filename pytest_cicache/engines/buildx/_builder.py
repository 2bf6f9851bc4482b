"""Real BuildKit, driven through `docker buildx` on a builder of our own."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_cicache.engines._docker_engine import ASK_ADDRESS
from pytest_cicache.engines._image_archive import read_archive, rename_archive
from pytest_cicache.engines._ownership import owned_name
from pytest_cicache.engines._scratch import scratch_prefix
from pytest_cicache.engines._uses import refused_exports
from pytest_cicache.engines.buildx._arguments import build_arguments
from pytest_cicache.engines.buildx._bake_file import bake_arguments, unprefixed
from pytest_cicache.engines.buildx._endings import empty_exports, endings, imported_references, lacks_files
from pytest_cicache.engines.buildx._environment import DockerFolder
from pytest_cicache.engines.buildx._leftovers import container_of, remove_container, remove_leftovers
from pytest_cicache.engines.buildx._log_printer import LogPrinter
from pytest_cicache.engines.buildx._prepare import prepare
from pytest_cicache.engines.buildx._process import Ended, run_command, run_lines
from pytest_cicache.engines.caches import look_at_traits, look_for_origins
from pytest_cicache.errors import DockerfileError, EngineError, EngineUnavailableError, MissingFileError
from pytest_cicache.observation import BuildRecord, Operation, Vertex, settled

if TYPE_CHECKING:
    from pytest_cicache.buildkit import BuildRequest
    from pytest_cicache.engines._protocols import BuildPlace
    from pytest_cicache.engines.buildx._steps import PreparedBuild

__all__ = ["BuildxBuilder"]

_BUILD_TIMEOUT = 1800.0
# What docker/setup-buildx-action passes, so that a workflow's `--allow` is decided as there.
_BUILDKITD_FLAGS = "--allow-insecure-entitlement security.insecure --allow-insecure-entitlement network.host"


class BuildxBuilder:
    """The docker-container driver with host networking, as docker/setup-buildx-action makes it.

    `suffix` is a random word of lower-case letters and digits, `folder` a private folder for Docker's
    configuration; both are made when not given. Nothing of the person's (builders, contexts, logins, images) is
    touched.
    """

    name = "buildx"

    def __init__(
        self,
        *,
        suffix: str | None = None,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.builder = owned_name(suffix or secrets.token_hex(4))
        home = folder or Path(tempfile.gettempdir())
        self._docker = DockerFolder(home / self.builder, os.environ if environment is None else environment)
        self._known: set[tuple[str, str]] = set()
        self._reran: set[str] = set()
        self._builds = 0
        self._started = ""
        self._is_broken = False

    async def start(self) -> None:
        """Make the builder and boot it; raises EngineUnavailableError with the reason when Docker does not."""
        await self._find_engine()
        environment = self._docker.environment()
        await remove_leftovers(environment, self._docker.folder.parent)
        await self._create(environment)

    async def prune(self) -> None:
        """Forget every cached step and every login of earlier jobs; a builder that died is made anew."""
        environment = self._docker.environment()
        if self._is_broken:
            await self._remove(environment)
            await self._create(environment)
        elif self._builds:
            prune = ("docker", "buildx", "prune", "--all", "--force", "--builder", self.builder)
            await run_command(prune, environment=environment)
        self._docker.forget_logins()
        self._known.clear()
        self._reran.clear()
        self._builds = 0

    async def build(self, request: BuildRequest, place: BuildPlace) -> BuildRecord:
        """Build; raises EngineError when the builder dies meanwhile, UnsupportedError for a remote context."""
        with tempfile.TemporaryDirectory(prefix=scratch_prefix("build")) as folder:
            scratch = Path(folder)
            try:
                plan = prepare(request, place, scratch, reran=frozenset(self._reran))
            except DockerfileError as error:
                return _refused(request, error)
            # Before the build, which may export over what it imports.
            by_step = await _credited(plan, place) if len(request.cache_from) > 1 else {}
            printer = LogPrinter(plan.steps, place.say, is_cold=self._builds == 0)
            printer.begin(request.builder or self.name)
            is_cold, self._builds = self._builds == 0, self._builds + 1
            ended = await self._run(plan, place, scratch, printer)
            metadata = _read_metadata(scratch / "metadata.json", place)
            if plan.links:
                metadata = dict(metadata.get(request.bake_target or "") or {})
            if ended.status != 0:
                await self._check_alive(ended)
            else:
                self._hand_over(request, place, scratch)
            if ended.status == 0 and request.metadata_file is not None:
                (place.directory / request.metadata_file).write_text(json.dumps(metadata, indent=2))
            imported = imported_references(request, printer.log)
            credit = _Credit(imported=imported, by_step=by_step, known=frozenset(self._known))
            record = _record(
                request,
                plan,
                printer,
                metadata,
                ended.status,
                environment=place.environment,
                is_cold=is_cold,
                credit=credit,
            )
            record = replace(record, traits=look_at_traits(request, place))
            self._known.update((_file_of(request), vertex.name) for vertex in record.vertices)
            if any(not vertex.cached and "] RUN " in vertex.name for vertex in record.vertices):
                self._reran.add(f"target:{request.bake_target}")
            return record

    def _hand_over(self, request: BuildRequest, place: BuildPlace, scratch: Path) -> None:
        """Give what `--load` would have put into the engine's store to the job's own."""
        for number in range(len(request.outputs) + request.load):
            file = scratch / str(number)
            if file.is_file():
                for _, image in read_archive(file)[:1]:
                    place.keep(image)
        for output in request.outputs:
            dest = output.attributes.get("dest", "-")
            if output.type in ("docker", "oci") and (place.directory / dest).is_file():
                rename_archive(place.directory / dest, place.gateway.outward)

    async def close(self) -> None:
        """Remove the builder, its container, its state and our folder."""
        try:
            await self._remove(self._docker.environment())
        except EngineError:
            # Docker itself is gone, and its containers with it or out of reach.
            pass
        finally:
            self._docker.remove()

    async def _find_engine(self) -> None:
        person = self._docker.person_environment()
        if self._docker.engine is None:
            ended = await run_command(ASK_ADDRESS, environment=person, checked=False)
            self._docker.engine = ended.stdout.strip() or None
        version = ("docker", "version", "--format", "{{.Server.Version}}")
        ended = await run_command(version, environment=self._docker.environment(), checked=False)
        if ended.status != 0:
            raise EngineUnavailableError(
                f"no Docker engine answers: {ended.tail}; start Docker, or use the simulated builder",
                instead=("builder", "simulated"),
                command=version,
                status=ended.status,
                output=ended.stderr,
            )

    async def _create(self, environment: Mapping[str, str]) -> None:
        command = (
            *("docker", "buildx", "create", "--name", self.builder, "--driver", "docker-container"),
            *("--driver-opt", "network=host", "--buildkitd-flags", _BUILDKITD_FLAGS, "--bootstrap"),
        )
        ended = await run_command(command, environment=environment, timeout=300, checked=False)
        if ended.status != 0:
            await self._remove(environment)
            raise EngineUnavailableError(
                f"`docker buildx create` cannot boot a builder: {ended.tail}",
                command=command,
                status=ended.status,
                output=ended.stderr,
            )
        self._started = await self._started_at(environment)
        self._is_broken = False

    async def _remove(self, environment: Mapping[str, str]) -> None:
        remove = ("docker", "buildx", "rm", "--force", self.builder)
        ended = await run_command(remove, environment=environment, checked=False)
        if ended.status != 0:
            await remove_container(container_of(self.builder), environment)

    async def _started_at(self, environment: Mapping[str, str]) -> str:
        """When the container started, empty when it does not run: the sign that it is still the same."""
        wanted = "{{if .State.Running}}{{.State.StartedAt}}{{end}}"
        asked = ("docker", "inspect", "--format", wanted, container_of(self.builder))
        return (await run_command(asked, environment=environment, checked=False)).stdout.strip()

    async def _run(self, plan: PreparedBuild, place: BuildPlace, scratch: Path, printer: LogPrinter) -> Ended:
        secret_variables = [item.variable for item in plan.request.secrets if item.variable is not None]
        variables = dict(place.environment)
        if plan.request.metadata_file is None:
            variables["BUILDX_METADATA_PROVENANCE"] = "disabled"  # nobody reads what it takes time to make
        environment = self._docker.build_environment(
            place.gateway.address, place.credential, variables, secret_variables
        )
        if plan.links:
            arguments = bake_arguments(
                plan, place.gateway, builder=self.builder, scratch=scratch, environment=place.environment
            )
        else:
            arguments = build_arguments(
                plan.request, place.gateway, builder=self.builder, scratch=scratch, environment=place.environment
            )
        target = (plan.request.bake_target or "") if plan.links else ""
        return await run_lines(
            arguments,
            environment=environment,
            directory=place.directory,
            on_line=lambda line: printer.take(place.gateway.outward(unprefixed(line, target) if target else line)),
            stdin=plan.stdin,
            timeout=_BUILD_TIMEOUT,
        )

    async def _check_alive(self, ended: Ended) -> None:
        if await self._started_at(self._docker.environment()) == self._started:
            return
        self._is_broken = True
        raise EngineError(
            f"the builder '{self.builder}' died during a build; the build said last: {ended.tail}",
            status=ended.status,
            output=ended.stderr,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Credit:
    """Where cached steps came from.

    `imported` are the references whose import worked, `by_step` which of several holds a step, `known` the
    steps, by Dockerfile and name, that earlier builds of the job left in the builder.
    """

    imported: tuple[str, ...]
    by_step: Mapping[str, str]
    known: frozenset[tuple[str, str]]

    def source(self, dockerfile: str, name: str) -> str | None:
        """The reference a cached step came from, `None` for one of the builder's own."""
        if not self.imported or (dockerfile, name) in self.known:
            return None
        return self.by_step.get(name, self.imported[0])


async def _credited(plan: PreparedBuild, place: BuildPlace) -> Mapping[str, str]:
    """Give, by the name of a step, the first of several imported caches that holds it."""
    looking = replace(place, gateway=place.unrecorded or place.gateway, stdin=plan.stdin)
    found = await look_for_origins(plan.request, looking)
    named = ((plan.steps.title(name), source) for name, source in found.items())
    return {name: source for name, source in named if name is not None}


def _file_of(request: BuildRequest) -> str:
    """What tells the Dockerfiles of a job's builds apart; targets of a bake file may have theirs inline."""
    return f"{request.bake_target or ''}:{request.dockerfile or 'Dockerfile'}"


def _read_metadata(file: Path, place: BuildPlace) -> dict[str, Any]:
    if not file.exists():
        return {}
    found: dict[str, Any] = json.loads(place.gateway.outward(file.read_text()))
    return found


def _refused(request: BuildRequest, error: DockerfileError) -> BuildRecord:
    return BuildRecord(
        dockerfile=request.dockerfile or "Dockerfile",
        target=request.target,
        vertices=(),
        exit_code=error.exit_code,
        lacks_files=isinstance(error, MissingFileError),
        errors=tuple(error.printed.splitlines()),
    )


def _record(
    request: BuildRequest,
    plan: PreparedBuild,
    printer: LogPrinter,
    metadata: dict[str, Any],
    exit_code: int,
    *,
    environment: Mapping[str, str],
    is_cold: bool,
    credit: _Credit,
) -> BuildRecord:
    dockerfile = request.dockerfile or "Dockerfile"
    log = printer.log
    states = plan.steps.states(log, cold=is_cold and not credit.imported)
    vertices = tuple(
        Vertex(
            name=state.name,
            cached=state.cached,
            source=credit.source(_file_of(request), state.name) if state.cached else None,
            error=state.error,
        )
        for state in states
    )
    left_out = [option for option in request.cache_to if not exit_code and option not in plan.request.cache_to]
    errors = plan.steps.last_words(log.lines)
    told = endings(request, log)
    has_export = any(ending.use.operation is Operation.EXPORT for ending in told)
    refused = refused_exports(request, environment) if exit_code and not has_export else ()
    record = BuildRecord(
        dockerfile=dockerfile,
        target=request.target,
        vertices=vertices,
        endings=(*told, *empty_exports(left_out), *refused),
        exit_code=exit_code,
        errors=errors,
        lacks_files=exit_code != 0 and any(map(lacks_files, errors)),
        log=printer.lines,
        metadata=metadata,
    )
    return settled(record)
