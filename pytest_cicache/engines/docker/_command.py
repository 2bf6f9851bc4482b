"""What the steps' docker command does: logins, builders, builds and images; every other command is assumed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pytest_cicache.actions import CheckOut
from pytest_cicache.buildkit import BuildRequest
from pytest_cicache.buildx import (
    GLOBAL_VALUES,
    NO_CACHE_EXPORT,
    ImageStore,
    actions_cache_access,
    bake_command,
    build_command,
    parse_build,
    pushed_names,
    read_words,
    refused_by_store,
)
from pytest_cicache.engines._git_context import own_git_context
from pytest_cicache.engines._local_cache import missing_imports
from pytest_cicache.engines._protocols import BuildIdentity, BuildPlace, Builds, Registries
from pytest_cicache.engines._scratch import scratch_prefix
from pytest_cicache.engines.docker._answers import ENGINE_VERSION, answer
from pytest_cicache.engines.docker._bases import Bases, pull_bases
from pytest_cicache.engines.docker._builders import Builders
from pytest_cicache.engines.docker._config import DockerConfig
from pytest_cicache.engines.docker._images import REGISTRY_TOOLS, Images
from pytest_cicache.engines.docker._login import log_in, log_out
from pytest_cicache.engines.docker._recorder import StepRecorder
from pytest_cicache.engines.docker._refused_builds import refused_by_driver, refused_push
from pytest_cicache.engines.docker._server import DockerCall
from pytest_cicache.engines.docker._unknown_builds import is_opaque, split_unknown, without_caches
from pytest_cicache.errors import (
    CicacheError,
    DockerfileError,
    EngineError,
    InvalidTagError,
    MissingFileError,
    UnsupportedError,
)
from pytest_cicache.expressions import unknown
from pytest_cicache.observation import (
    Assumption,
    AssumptionKind,
    BuildRecord,
    Ending,
    Purpose,
    settled,
)

__all__ = ["Docker"]

# The job's folder that stands for /tmp.
_TMP = "CICACHE_TMP"


class Docker:
    """The docker command of one job: which builders it made and what it saw.

    `step` is where the step that runs stands, as `file:line:column`; `rests_on_assumptions` tells whether something
    before was assumed in this job, `run_has_doubts` whether in another of the run, `may_have_builder`
    whether it would have set a builder up; `before_call` lets the runner make
    known what unknown values the script was given.
    """

    def __init__(
        self,
        *,
        builder: Builds,
        registries: Registries,
        check_out: Callable[[CheckOut, Path], None] | None = None,
        opaque: bool = False,
        real: bool = False,
        bases: Mapping[str, str] | None = None,
    ) -> None:
        # The digests of base images from elsewhere, by name.
        self._bases = bases or {}
        self._check_out = check_out
        self._builder = builder
        self._registries = registries
        self._opaque = opaque
        self._real = real
        self._builders = Builders()
        self._images = Images(registries)
        self.step = ""
        self.image_store = ImageStore.CLASSIC
        self.rests_on_assumptions: Callable[[], bool] = lambda: False
        self.run_has_doubts: Callable[[], bool] = lambda: False
        self.may_have_builder: Callable[[], bool] = lambda: False
        self.before_call: Callable[[], object] = lambda: None
        self.recorder = StepRecorder()

    def driver(self, builder: str | None = None) -> str:
        """The driver of a builder, of the current one by default; the engine's own for an unknown name.

        An assumed action that sets a builder up would have made it the current one.
        """
        found = self._builders.driver(builder) or "docker"
        return "docker-container" if found == "docker" and builder is None and self.may_have_builder() else found

    async def __call__(self, call: DockerCall) -> int:
        """Carry one command out and return its exit status; what is not simulated is assumed to succeed."""
        recorder = self.recorder
        self.before_call()
        try:
            return await self._route(call, recorder)
        except DockerfileError as error:
            if isinstance(error, InvalidTagError):
                recorder.tell(refused_push(call.arguments, error))
            call.stderr(error.printed)
            return error.exit_code
        except UnsupportedError as error:
            return self._assume(call, str(error), recorder)
        except RecursionError:
            return self._assume(call, "what the command is given nests too deep to be followed", recorder)
        except CicacheError as error:
            recorder.error = recorder.error or error
            call.stderr(f"cicache: {error}")
        except Exception as error:
            failure = EngineError(f"the simulated docker command broke: {error!r}", command=("docker", *call.arguments))
            failure.__cause__ = error
            recorder.error = recorder.error or failure
            call.stderr(f"cicache: {failure}")
        return 125

    async def _route(self, call: DockerCall, recorder: StepRecorder) -> int:
        if call.command in REGISTRY_TOOLS:
            return await self._on_images(call, (call.command, *call.arguments), recorder)
        if build_command(call.arguments) is not None:
            return await self._build(call, recorder)
        bake = bake_command(call.arguments)
        if bake is not None:
            return await self._bake(call, bake, recorder)
        return await self._run(call, recorder)

    async def _bake(self, call: DockerCall, words: Sequence[str], recorder: StepRecorder) -> int:
        # The language of bake files is large, and few steps use it.
        from pytest_cicache.engines.docker._bake import Bake, cancelled

        def cancel(request: BuildRequest) -> None:
            recorder.tell(cancelled(request))

        bake = Bake(call, build=partial(self._carry_out, recorder=recorder), cancel=cancel)
        try:
            return await bake.run(words)
        finally:
            recorder.bake_files += bake.sources()

    async def _run(self, call: DockerCall, recorder: StepRecorder) -> int:
        """Carry out what builds nothing."""
        read = read_words(call.arguments, values=GLOBAL_VALUES, stop_early=True)
        folder = read.last("--config")
        if folder is not None:
            call = replace(call, environment={**call.environment, "DOCKER_CONFIG": str(call.directory / folder)})
        command, rest = (read.positional[0], read.positional[1:]) if read.positional else ("", [])
        match command:
            case "login":
                status, operation = await log_in(call, rest, self._registries)
                recorder.operations += [operation] if operation is not None else []
                return status
            case "logout":
                return log_out(call, rest)
            case "buildx":
                return await self._buildx(call, rest, recorder)
            case "" if read.has("--version", "-v"):
                call.stdout(f"Docker version {ENGINE_VERSION}, build simulated")
                return 0
            case "":
                raise UnsupportedError("'docker' without a command is not simulated")
            case _ if (text := answer(command, rest)) is not None:
                call.stdout(text)
                return 0
        return await self._on_images(call, ("docker", *read.positional), recorder)

    async def _on_images(self, call: DockerCall, words: Sequence[str], recorder: StepRecorder) -> int:
        unsure = recorder.has_gaps or self.rests_on_assumptions() or self.run_has_doubts()
        return await self._images.run(call, words, recorder, self.step, unsure=unsure)

    def _assume(self, call: DockerCall, why: str, recorder: StepRecorder) -> int:
        """Take a command to have succeeded; what a script captures of its output is unknown."""
        assumption = Assumption(
            kind=AssumptionKind.COMMAND,
            what=f"{why}, and is assumed to succeed",
            where=self.step,
            stub=f"command:{call.command}=PATH",
        )
        recorder.assume(assumption)
        said = f"the output of {call.command} {call.arguments[0] if call.arguments else ''}".rstrip()
        call.write("m", unknown(said, assumption.id))
        return 0

    async def _buildx(self, call: DockerCall, words: Sequence[str], recorder: StepRecorder) -> int:
        read = read_words(words, values={"--builder"}, stop_early=True)
        if not read.positional:
            raise UnsupportedError("'docker buildx' without a command is not simulated")
        if read.positional[0] == "imagetools":
            return await self._on_images(call, ("docker", "buildx", *read.positional), recorder)
        builder = read.last("--builder") or call.environment.get("BUILDX_BUILDER") or None
        return self._builders.run(call, read.positional[0], read.positional[1:], builder)

    async def _build(self, call: DockerCall, recorder: StepRecorder) -> int:
        request = parse_build(call.arguments, environment=call.environment)
        for warning in request.warnings:
            call.stderr(warning)
        if request.call != "build":
            # Nothing is built, exported or pushed (docker/buildx, build/build.go, CallFunc).
            raise UnsupportedError(f"'docker buildx build --call={request.call}' is not simulated")
        record = await self._carry_out(request, call, recorder)
        if record is None:
            return 1
        if record.exit_code == 0:
            _write_results(request, record, call)
        return record.exit_code

    async def _carry_out(self, request: BuildRequest, call: DockerCall, recorder: StepRecorder) -> BuildRecord | None:
        """Build and record it; `None` where buildx does not even start.

        A context on github.com that is the simulation's own repository is cloned for the build.
        """
        git = own_git_context(request.context, call.environment.get("GITHUB_REPOSITORY", ""))
        if git is None or self._check_out is None:
            return await self._carry_out_here(request, call, recorder)
        with tempfile.TemporaryDirectory(prefix=scratch_prefix("context")) as folder:
            try:
                here = git.lay_out(
                    request,
                    self._check_out,
                    Path(folder),
                    directory=call.directory,
                    environment=call.environment,
                )
            except DockerfileError as error:
                call.stderr(error.printed)
                record = _not_begun(request, error.printed.removeprefix("ERROR: "))
                recorder.builds.append(record)
                return record
            except UnsupportedError:
                here = request  # the builder says that it cannot, and the build is assumed
            return await self._carry_out_here(here, call, recorder)

    async def _carry_out_here(
        self, request: BuildRequest, call: DockerCall, recorder: StepRecorder
    ) -> BuildRecord | None:
        request = _as_on_a_runner(request, call)
        refusal = self._refusal(request)
        if refusal is not None:
            if refusal == NO_CACHE_EXPORT:
                recorder.tell(refused_by_driver(request, refusal))
            call.stderr(refusal)
            return None
        recorder.notes += _left_out(request, call)
        if self.driver(request.builder) == "docker" and not request.has_output:
            # This driver builds into the job's own store.
            request = replace(request, load=True)
        request, unknown_uses = split_unknown(request)
        request, far = self._without_far_caches(request, recorder)
        recorder.tell([*unknown_uses, *far])
        async with self._registries.begin_build(_uses(request)) as identity:
            return await self._build_as(identity, request, call, recorder)

    async def _build_as(
        self, identity: BuildIdentity, request: BuildRequest, call: DockerCall, recorder: StepRecorder
    ) -> BuildRecord:
        wants_stdin = "-" in (request.context, request.dockerfile)
        place = BuildPlace(
            directory=call.directory,
            environment=call.environment,
            gateway=identity.gateway,
            unrecorded=identity.unrecorded,
            credential=self._registries.credential(DockerConfig(call.environment).logins()),
            stdin=_outward(await call.stdin(), call) if wants_stdin else b"",
            opaque=self._opaque or is_opaque(request),
            real=self._real,
            say=(lambda line: None) if request.quiet else call.stderr,
            keep=lambda image: self._images.keep(image, request.tags),
        )
        bases = Bases() if place.opaque else await pull_bases(request, place, self._registries)
        recorder.operations += bases.pulls
        if bases.error is not None:
            call.stderr(f"ERROR: {bases.error}")
            record = _not_begun(request, bases.error)
            recorder.builds.append(record)
            return record
        place = replace(place, base_digests={**self._bases, **bases.digests}, base_configs=bases.configs)
        missing = missing_imports(request.cache_from, call.directory)
        record = await self._build_as_known(request, place, recorder)
        if record.exit_code == 0 and not self._real:
            self._assume_files(request, recorder)
        record = replace(record, endings=(*missing, *record.endings))
        record = settled(record, identity.requests(), identity.cache_requests())
        recorder.builds.append(record)
        recorder.operations.extend(record.operations)
        for line in record.errors:
            call.stderr(line)
        return record

    def _without_far_caches(self, request: BuildRequest, recorder: StepRecorder) -> tuple[BuildRequest, list[Ending]]:
        """Leave out the caches that lie with a service which no simulation has, and say so."""
        known, endings = without_caches(request)
        made = {
            kind: Assumption(
                kind=AssumptionKind.COMMAND,
                what=f"the cache type={kind} lies outside of the simulation: nothing is read from it, and writing "
                "to it is assumed to succeed",
                where=self.step,
                stub="command:docker=PATH",
            )
            for kind in dict.fromkeys(ending.use.type for ending in endings)
        }
        for assumption in made.values():
            recorder.assume(assumption)
        return known, [replace(item, assumes=(*item.assumes, made[item.use.type].id)) for item in endings]

    def _assume_files(self, request: BuildRequest, recorder: StepRecorder) -> None:
        """Say that the files of a build are not there: what its RUN steps would have made is made nowhere."""
        outputs = (output for output in request.outputs if output.type in ("local", "tar"))
        for dest in (output.attributes.get("dest", "-") for output in outputs):
            if dest != "-":
                what = f"the files that the build puts into '{dest}' are not made, and are assumed to be there"
                made = Assumption(kind=AssumptionKind.COMMAND, what=what, where=self.step, stub="command:docker=PATH")
                recorder.assume(made)

    async def _build_as_known(self, request: BuildRequest, place: BuildPlace, recorder: StepRecorder) -> BuildRecord:
        """Build; what is not simulated, or lacks files that an assumed step would have made, is one opaque step."""
        try:
            record = await self._builder.build(request, place)
            why = "; ".join(record.errors[-1:]) if record.lacks_files else ""
        except UnsupportedError as error:
            record, why = None, str(error)
        except RecursionError:
            record, why = None, "its chain of steps is too long to be followed"
        except MissingFileError as error:
            if not self.rests_on_assumptions():
                raise
            record, why = None, str(error)
        if record is not None and not (why and self.rests_on_assumptions()):
            return record
        what = f"the build is taken as one step, since here it cannot be done as written: {why}"
        recorder.assume(Assumption(kind=AssumptionKind.COMMAND, what=what, where=self.step, stub="command:docker=PATH"))
        return await self._builder.build(request, replace(place, opaque=True))

    def _refusal(self, request: BuildRequest) -> str | None:
        """Why buildx does not even start, in its words."""
        if self._builders.driver(request.builder) is None:
            return f'ERROR: no builder "{request.builder}" found'
        return refused_by_store(request, self.driver(request.builder), self.image_store)


def _uses(request: BuildRequest) -> Iterator[tuple[str, Purpose]]:
    """The references of a build, each with what for."""
    yield from ((option.reference, Purpose.IMPORT) for option in request.cache_from if option.reference)
    yield from ((option.reference, Purpose.EXPORT) for option in request.cache_to if option.reference)
    yield from ((name, Purpose.PUSH) for name in pushed_names(request))


def _as_on_a_runner(request: BuildRequest, call: DockerCall) -> BuildRequest:
    """The build with `/tmp` in what goes into its steps, where the job's own folder stands for it."""
    folder = call.environment.get(_TMP)
    if not folder or not (request.bake_target or any(folder in word for word in call.arguments)):
        return request

    def outward(pairs: Mapping[str, str]) -> dict[str, str]:
        return {name: value.replace(folder, "/tmp") for name, value in pairs.items()}  # noqa: S108

    annotations = tuple(text.replace(folder, "/tmp") for text in request.annotations)  # noqa: S108
    return replace(
        request,
        build_args=outward(request.build_args),
        labels=outward(request.labels),
        annotations=annotations,
    )


def _outward(data: bytes, call: DockerCall) -> bytes:
    """A Dockerfile that is piped in, likewise; an archive stays as it is."""
    folder = call.environment.get(_TMP)
    return data.replace(folder.encode(), b"/tmp") if folder and b"\0" not in data else data


def _left_out(request: BuildRequest, call: DockerCall) -> list[str]:
    """Say that buildx leaves the Actions cache out without its token; itself it says nothing."""
    found = [option for option in (*request.cache_from, *request.cache_to) if option.type == "gha"]
    if all(actions_cache_access(option, call.environment) is not None for option in found):
        return []
    missing = "ACTIONS_RESULTS_URL" if call.environment.get("ACTIONS_RUNTIME_TOKEN") else "ACTIONS_RUNTIME_TOKEN"
    return [f"ignored: type=gha, since scripts get no {missing}"]


def _not_begun(request: BuildRequest, error: str) -> BuildRecord:
    """A build that ended before its first step."""
    return BuildRecord(
        dockerfile=request.dockerfile or "Dockerfile",
        target=request.target,
        vertices=(),
        exit_code=1,
        errors=(f"ERROR: {error}",),
    )


def _write_results(request: BuildRequest, record: BuildRecord, call: DockerCall) -> None:
    """Write the metadata and image id files that the builder has not written, and print the id where asked."""
    metadata = record.metadata
    image_id = metadata.get("containerimage.config.digest") or metadata.get("containerimage.digest")
    if request.metadata_file is not None:
        _write(call.directory / request.metadata_file, json.dumps(dict(metadata), indent=2))
    if request.iidfile is not None and image_id:
        _write(call.directory / request.iidfile, str(image_id))
    if request.quiet and image_id:
        call.stdout(str(image_id))


def _write(file: Path, text: str) -> None:
    if not file.exists() or not file.stat().st_size:
        file.write_text(text, encoding="utf-8")
