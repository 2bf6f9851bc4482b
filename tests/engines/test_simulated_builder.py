"""The simulated builder over an embedded registry, behind the gateway where rights matter."""

from __future__ import annotations

import asyncio
import io
import json
import shlex
import tarfile
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pytest_cicache.buildx import parse_build
from pytest_cicache.engines import BuildPlace
from pytest_cicache.engines.registry import EmbeddedRegistry
from pytest_cicache.engines.simulated import SimulatedBuilder
from pytest_cicache.errors import UnsupportedError
from pytest_cicache.gateway import Gateway, Identity, Package, Recorder, RegistryState, Visibility
from pytest_cicache.observation import BuildRecord, CacheOperation, Operation, Purpose, Result
from pytest_cicache.oci import GatewayAddress
from pytest_cicache.permissions import AccessLevel

REFERENCE = "ghcr.io/acme/app:main"
EXPORT = f"--cache-to type=registry,ref={REFERENCE},mode=max"
IMPORT = f"--cache-from {REFERENCE}"
DOCKERFILE = """\
FROM debian:12
ARG VERSION=1
ENV MODE=dev
WORKDIR /srv
COPY app.txt .
COPY dir/ dir/
RUN make
COPY late.txt .
"""
FILES = {"app.txt": "v1\n", "dir/a": "a\n", "dir/b": "b\n", "late.txt": "z\n", "unused.txt": "x\n"}
STEPS = ("WORKDIR", "COPY app.txt", "COPY dir/", "RUN", "COPY late.txt")


@dataclass
class Scene:
    """A builder, a registry behind a gateway, and a working folder."""

    folder: Path
    builder: SimulatedBuilder
    gateway: Gateway
    state: RegistryState
    recorder: Recorder
    credential: tuple[str, str] | None = None
    said: list[str] = field(default_factory=list)
    naps: list[float] = field(default_factory=list)

    def log_in(self, access: AccessLevel, repository: str = "acme/app") -> None:
        """Build with the token of a job from now on."""
        secret = self.state.issue(Identity(repository=repository, packages=access))
        self.credential = ("job", secret)

    def lay_out(self, dockerfile: str = DOCKERFILE, files: Mapping[str, str] | None = None) -> None:
        """Write the context anew."""
        for path, text in {**FILES, **(files or {}), "Dockerfile": dockerfile}.items():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")

    async def build(
        self, line: str = "", *, context: str = ".", environment: Mapping[str, str] | None = None, **options: Any
    ) -> BuildRecord:
        """Run `docker buildx build LINE CONTEXT` in the folder."""
        words = ["buildx", "build", *shlex.split(line), context]
        request = parse_build(words, environment=environment or {})
        place = BuildPlace(
            directory=self.folder,
            environment=environment or {},
            gateway=GatewayAddress(port=self.gateway.port, simulation="sim"),
            credential=self.credential,
            say=self.said.append,
            **options,
        )
        return await self.builder.build(request, place)

    async def build_cold(self, line: str = "", **options: Any) -> BuildRecord:
        """The same on a builder that knows nothing."""
        await self.builder.prune()
        return await self.build(line, **options)


Run = Callable[[Callable[[Scene], Coroutine[Any, Any, None]]], None]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Run an async test body with a scene whose token may write."""

    async def main(body: Callable[[Scene], Coroutine[Any, Any, None]]) -> None:
        registry = EmbeddedRegistry()
        await registry.start()
        gateway = Gateway(registry.url)
        await gateway.start()
        state, recorder = RegistryState(seed="test"), Recorder()
        gateway.open("sim", state, recorder)
        naps: list[float] = []

        async def nap(seconds: float) -> None:
            naps.append(seconds)

        builder = SimulatedBuilder(sleep=nap)
        scene = Scene(folder=tmp_path, builder=builder, gateway=gateway, state=state, recorder=recorder, naps=naps)
        scene.log_in(AccessLevel.WRITE)
        scene.lay_out()
        try:
            await body(scene)
        finally:
            await builder.close()
            await gateway.close()
            await registry.close()

    return lambda body: asyncio.run(main(body))


def states(record: BuildRecord) -> str:
    """`C`ached, `R`an, `?` for each step."""
    return "".join({True: "C", False: "R", None: "?"}[vertex.cached] for vertex in record.vertices)


def the(record: BuildRecord, operation: Operation) -> CacheOperation:
    """The one operation of a kind."""
    (found,) = [item for item in record.operations if item.operation is operation]
    return found


def test_steps_are_named_as_buildkit_names_them(run: Run) -> None:
    """Numbered from the base image, the keyword in capitals, variables replaced."""

    async def body(scene: Scene) -> None:
        scene.lay_out("FROM debian:12\nARG A=1\nworkdir /x\nrun echo $A ${B}\ncopy app.txt ${A}.txt\n")
        record = await scene.build()
        assert [vertex.name for vertex in record.vertices] == [
            "[2/4] WORKDIR /x",
            "[3/4] RUN echo 1 ${B}",
            "[4/4] COPY app.txt 1.txt",
        ]

    run(body)


def test_cold_warm_and_imported(run: Run) -> None:
    """A cold build runs all, the same builder runs nothing, another one takes all from the registry."""

    async def body(scene: Scene) -> None:
        cold = await scene.build(f"{EXPORT} {IMPORT}")
        assert states(cold) == "RRRRR"
        assert the(cold, Operation.IMPORT).result is Result.NOT_FOUND
        assert the(cold, Operation.EXPORT).result is Result.WRITTEN

        warm = await scene.build()
        assert states(warm) == "CCCCC"
        assert {vertex.source for vertex in warm.vertices} == {None}

        fresh = await scene.build_cold(IMPORT)
        assert states(fresh) == "CCCCC"
        assert {vertex.source for vertex in fresh.vertices} == {REFERENCE}
        assert the(fresh, Operation.IMPORT).result is Result.HIT

    run(body)


def _edit(old: str, new: str) -> str:
    assert old in DOCKERFILE
    return DOCKERFILE.replace(old, new)


@pytest.mark.parametrize(
    ("dockerfile", "files", "line", "expected"),
    [
        pytest.param(DOCKERFILE, {"unused.txt": "y"}, "", "CCCCC", id="unrelated-file"),
        pytest.param(DOCKERFILE, {".dockerignore": "unused.txt\n"}, "", "CCCCC", id="dockerignore"),
        pytest.param("# hello\n" + DOCKERFILE, {}, "", "CCCCC", id="comment"),
        pytest.param("# syntax=docker/dockerfile:1\n" + DOCKERFILE, {}, "", "CCCCC", id="syntax"),
        pytest.param(_edit("debian:12", "debian:12 AS final"), {}, "", "CCCCC", id="stage-name"),
        pytest.param(DOCKERFILE.replace("RUN", "run"), {}, "", "CCCCC", id="letter-case"),
        pytest.param(DOCKERFILE, {}, "-t acme/app --label a=b", "CCCCC", id="tag-and-label"),
        pytest.param(DOCKERFILE + "LABEL a=b\nCMD x\nUSER 7\n", {}, "", "CCCCC", id="settings-below"),
        pytest.param(DOCKERFILE, {}, "--provenance=false --pull", "CCCCC", id="provenance-and-pull"),
        pytest.param(DOCKERFILE, {}, "--build-arg OTHER=1", "CCCCC", id="undeclared-argument"),
        pytest.param(DOCKERFILE, {}, "--build-arg HTTP_PROXY=x", "CCCCC", id="proxy"),
        pytest.param(_edit("COPY app.txt .", "COPY ./app.txt /srv/"), {}, "", "CCCCC", id="other-spelling-of-paths"),
        pytest.param(_edit("RUN make", 'RUN ["/bin/sh", "-c", "make"]'), {}, "", "CCCCC", id="same-final-words"),
        pytest.param(_edit("RUN make", "RUN --mount=type=secret,id=s make"), {}, "", "CCCRR", id="secret-mount-added"),
        pytest.param(DOCKERFILE, {"app.txt": "v2\n"}, "", "CRRRR", id="content"),
        pytest.param(DOCKERFILE, {"dir/c": "c"}, "", "CCRRR", id="file-in-folder"),
        pytest.param(_edit("RUN make", "RUN  make"), {}, "", "CCCCC", id="space-before-the-command"),
        pytest.param(_edit("RUN make", "RUN make "), {}, "", "CCCCC", id="space-at-the-end"),
        pytest.param(_edit("RUN make", "RUN make  all"), {}, "", "CCCRR", id="run-text"),
        pytest.param(_edit("MODE=dev", "MODE=prod"), {}, "", "CCCRR", id="env-value"),
        pytest.param(DOCKERFILE, {}, "--build-arg VERSION=2", "CCCRR", id="declared-argument"),
        pytest.param(_edit("RUN make", "USER 7\nRUN make"), {}, "", "CCCRR", id="user-before"),
        pytest.param(DOCKERFILE, {}, "--network none", "CCCRR", id="network"),
        pytest.param(DOCKERFILE, {}, "--add-host a:1.2.3.4", "CCCRR", id="add-host"),
        pytest.param(DOCKERFILE, {}, "--shm-size 64m", "CCCRR", id="shm-size"),
        pytest.param(DOCKERFILE, {}, "--ulimit nofile=1024", "CCCRR", id="ulimit"),
        pytest.param(_edit("/srv", "/opt"), {}, "", "RRRRR", id="workdir"),
        pytest.param(DOCKERFILE, {}, "--build-arg SOURCE_DATE_EPOCH=0", "RRRRR", id="source-date-epoch"),
        pytest.param(_edit("COPY app.txt .", "ADD app.txt ."), {}, "", "CRRRR", id="add"),
        pytest.param(_edit("COPY app.txt .", "COPY --chmod=600 app.txt ."), {}, "", "CRRRR", id="chmod"),
        pytest.param(_edit("COPY app.txt .", "COPY --chown=7 app.txt ."), {}, "", "CRRRR", id="chown"),
        pytest.param(_edit("COPY app.txt .", "COPY --link app.txt ."), {}, "", "CRRRR", id="link"),
        pytest.param(_edit("COPY app.txt .", "COPY app.tx* ."), {}, "", "CRRRR", id="wildcard"),
        pytest.param(_edit("COPY app.txt", "COPY b.txt"), {"b.txt": "v1\n"}, "", "CRRRR", id="other-name"),
        pytest.param(_edit("COPY app.txt", "COPY b/app.txt"), {"b/app.txt": "v1\n"}, "", "CCCCC", id="other-folder"),
        pytest.param(DOCKERFILE, {}, "--no-cache", "CRRRR", id="no-cache"),
        pytest.param(_edit("debian:12", "debian:13"), {}, "", "RRRRR", id="base"),
        pytest.param(
            _edit("ARG VERSION=1\n", "").replace("RUN make", "RUN make\nARG VERSION=1"), {}, "", "CCCRR", id="arg-moved"
        ),
    ],
)
def test_what_a_step_depends_on(run: Run, dockerfile: str, files: Mapping[str, str], line: str, expected: str) -> None:
    """On a fresh builder with the seeded cache, a change is missed from the first step that it touches."""

    async def body(scene: Scene) -> None:
        await scene.build(EXPORT)
        scene.lay_out(dockerfile, files)
        record = await scene.build_cold(f"{IMPORT} {line}")
        assert states(record) == expected

    run(body)


def test_a_base_that_moved(run: Run) -> None:
    """A base image at another digest makes every step miss."""

    async def body(scene: Scene) -> None:
        await scene.build(EXPORT)
        moved = await scene.build_cold(IMPORT, base_digests={"debian:12": f"sha256:{'1' * 64}"})
        assert states(moved) == "RRRRR"
        assert the(moved, Operation.IMPORT).result is Result.MISS

    run(body)


def test_the_mode_of_a_file_counts_and_its_time_does_not(run: Run) -> None:
    """BuildKit hashes content and mode."""

    async def body(scene: Scene) -> None:
        await scene.build(EXPORT)
        file = scene.folder / "app.txt"
        file.touch()
        assert states(await scene.build_cold(IMPORT)) == "CCCCC"
        file.chmod(0o600)
        assert states(await scene.build_cold(IMPORT)) == "CRRRR"

    run(body)


STAGED = """\
FROM debian:12 AS tools
RUN make tools
FROM tools AS builder
COPY app.txt /src/
RUN build
FROM debian:12
COPY --from=builder /out /out
COPY late.txt /
RUN finish
"""


@pytest.mark.parametrize(
    ("mode", "files", "edit", "expected"),
    [
        pytest.param("max", {}, ("", ""), "CCCCCC", id="max-nothing"),
        pytest.param("min", {}, ("", ""), "CCCCCC", id="min-nothing"),
        pytest.param("max", {"late.txt": "y"}, ("", ""), "CCCCRR", id="max-final-stage"),
        pytest.param("min", {"late.txt": "y"}, ("", ""), "CCCCRR", id="min-final-stage"),
        # whether /out comes out the same, nobody knows without running `build`
        pytest.param("max", {"app.txt": "v2"}, ("", ""), "CRR???", id="max-builder"),
        pytest.param("min", {"app.txt": "v2"}, ("", ""), "RRR???", id="min-builder"),
        pytest.param("max", {}, ("RUN build", "RUN build all"), "CCR???", id="max-run-in-builder"),
        pytest.param("max", {"app.txt": "v2"}, ("/out /out", "/out /other"), "CRRRRR", id="builder-and-copy"),
        pytest.param("max", {}, ("RUN finish", "RUN finished"), "CCCCCR", id="last-step"),
    ],
)
def test_stages(run: Run, mode: str, files: Mapping[str, str], edit: tuple[str, str], expected: str) -> None:
    """What another stage's change means, by mode; what only a run would tell is told as unknown."""

    async def body(scene: Scene) -> None:
        scene.lay_out(STAGED)
        await scene.build(f"--cache-to type=registry,ref={REFERENCE},mode={mode}")
        scene.lay_out(STAGED.replace(*edit), files)
        assert states(await scene.build_cold(IMPORT)) == expected

    run(body)


def test_unneeded_stages_are_not_built(run: Run) -> None:
    """A target builds only what it needs, and its export holds only that."""

    async def body(scene: Scene) -> None:
        scene.lay_out(STAGED)
        record = await scene.build(f"--target tools {EXPORT}")
        assert [vertex.name for vertex in record.vertices] == ["[tools 2/2] RUN make tools"]
        assert states(await scene.build_cold(IMPORT)) == "CRRRRR"

    run(body)


def test_an_export_replaces_the_tag(run: Run) -> None:
    """Only the last build's steps remain under the tag."""

    async def body(scene: Scene) -> None:
        await scene.build(EXPORT)
        scene.lay_out(files={"app.txt": "v2"})
        await scene.build_cold(EXPORT)
        assert states(await scene.build_cold(IMPORT)) == "CCCCC"
        scene.lay_out(files={"app.txt": "v1\n"})
        assert states(await scene.build_cold(IMPORT)) == "CRRRR"

    run(body)


def test_several_imports_are_one_cache(run: Run) -> None:
    """Hits are the union, and a missing reference does not matter; where one ends before the other it is a race."""

    async def body(scene: Scene) -> None:
        await scene.build(f"--cache-to type=registry,ref={REFERENCE},mode=max")
        scene.lay_out(files={"late.txt": "y"})
        await scene.build_cold("--cache-to type=registry,ref=ghcr.io/acme/app:feature,mode=max")
        record = await scene.build_cold(
            f"--cache-from ghcr.io/acme/app:none {IMPORT} --cache-from ghcr.io/acme/app:feature"
        )
        assert states(record) == "CCCC?"
        assert [item.result for item in record.operations] == [Result.NOT_FOUND, Result.HIT, Result.UNKNOWN]
        assert record.vertices[-1].source == "ghcr.io/acme/app:feature"

    run(body)


def test_a_denied_export_fails_the_build_in_ghcrs_words(run: Run) -> None:
    """A token that may only read: 403 at the first upload, exit 1, no tag."""

    async def body(scene: Scene) -> None:
        await scene.build(EXPORT)
        scene.log_in(AccessLevel.READ)
        record = await scene.build_cold("--cache-to type=registry,ref=ghcr.io/acme/app:pr,mode=max")
        export = the(record, Operation.EXPORT)
        assert (export.result, export.status, export.fatal) == (Result.DENIED, 403, True)
        assert export.message is not None
        assert export.message.startswith("error writing layer blob: denied: ")
        assert record.exit_code == 1
        assert record.errors == (f"ERROR: failed to build: failed to solve: {export.message}",)

    run(body)


def test_a_denied_export_may_be_ignored(run: Run) -> None:
    """`ignore-error=true` leaves the build a success, with the same error on the export."""

    async def body(scene: Scene) -> None:
        await scene.build(EXPORT)
        scene.log_in(AccessLevel.READ)
        record = await scene.build_cold(
            f"{IMPORT} --cache-to type=registry,ref=ghcr.io/acme/app:pr,mode=max,ignore-error=true"
        )
        assert record.exit_code == 0
        assert states(record) == "CCCCC"
        assert [(item.operation, item.result, item.fatal) for item in record.operations] == [
            (Operation.IMPORT, Result.HIT, False),
            (Operation.EXPORT, Result.DENIED, False),
        ]
        assert any(line.endswith(str(record.operations[1].message)) for line in record.log)

    run(body)


def test_an_export_with_nothing_to_write_needs_no_rights(run: Run) -> None:
    """BuildKit only asks whether the blobs are there; a new tag is refused at its manifest."""

    async def body(scene: Scene) -> None:
        await scene.build(EXPORT)
        scene.log_in(AccessLevel.READ)
        again = await scene.build(EXPORT)
        assert (again.exit_code, the(again, Operation.EXPORT).result) == (0, Result.WRITTEN)
        other = await scene.build("--cache-to type=registry,ref=ghcr.io/acme/app:other,mode=max")
        assert other.exit_code == 1
        assert str(the(other, Operation.EXPORT).message).startswith("error writing manifest blob: denied: ")

    run(body)


def test_imports_of_a_private_package_are_denied(run: Run) -> None:
    """The build goes on cold."""

    async def body(scene: Scene) -> None:
        scene.state.add_package(Package(owner="acme", name="app", visibility=Visibility.PRIVATE, linked="acme/app"))
        await scene.build(EXPORT)
        scene.credential = None
        record = await scene.build_cold(IMPORT)
        assert (record.exit_code, states(record)) == (0, "RRRRR")
        imported = the(record, Operation.IMPORT)
        assert imported.result is Result.DENIED
        assert str(imported.message).startswith("failed to configure registry cache importer: ")
        assert "127.0.0.1" not in "\n".join([*record.log, str(imported.message)])

    run(body)


@pytest.mark.parametrize("reference", ["ghcr.io/Acme/app:x", "ghcr.io/acme/app:7/merge"])
def test_a_reference_that_is_none(run: Run, reference: str) -> None:
    """An import of it is ignored; an export of it fails before anything runs."""

    async def body(scene: Scene) -> None:
        imported = await scene.build(f"--cache-from {reference}")
        assert imported.exit_code == 0
        assert the(imported, Operation.IMPORT).result is Result.FAILED
        assert "invalid reference format" in str(the(imported, Operation.IMPORT).message)
        exported = await scene.build(f"--cache-to type=registry,ref={reference}")
        assert (exported.exit_code, exported.vertices) == (1, ())
        assert "invalid reference format" in exported.errors[-1]
        (refused,) = exported.operations
        assert (refused.operation, refused.result, refused.fatal) == (Operation.EXPORT, Result.FAILED, True)

    run(body)


def test_a_push_writes_image_and_attestation_under_one_tag(run: Run) -> None:
    """As buildx does by default; the metadata file names the index."""

    async def body(scene: Scene) -> None:
        record = await scene.build("--push -t ghcr.io/acme/app:v1 --metadata-file out.json")
        pushed = the(record, Operation.PUSH)
        assert (record.exit_code, pushed.result, pushed.reference) == (0, Result.PUSHED, "ghcr.io/acme/app:v1")
        metadata = json.loads((scene.folder / "out.json").read_text())
        assert metadata["containerimage.descriptor"]["mediaType"] == "application/vnd.oci.image.index.v1+json"
        assert metadata["image.name"] == "ghcr.io/acme/app:v1"

    run(body)


def test_a_refusal_ends_the_other_upload(run: Run) -> None:
    """A denied cache export cancels the push beside it; whether the image's tag is left is a race, so unknown."""

    async def body(scene: Scene) -> None:
        scene.state.add_package(
            Package(owner="acme", name="cache", visibility=Visibility.PUBLIC, linked="acme/other", inherits=False)
        )
        line = "--push -t ghcr.io/acme/app:v1 --cache-to type=registry,ref=ghcr.io/acme/cache:c,mode=max"
        record = await scene.build(line)
        assert record.exit_code == 1
        assert the(record, Operation.EXPORT).result is Result.DENIED
        assert the(record, Operation.PUSH).result is Result.UNKNOWN
        assert "error writing layer blob: denied" in record.errors[-1]
        harmless = await scene.build(line + ",ignore-error=true")
        assert harmless.exit_code == 0
        assert the(harmless, Operation.PUSH).result is Result.PUSHED

    run(body)


@pytest.mark.parametrize(
    ("times", "status", "exit_code", "naps"),
    [
        pytest.param(1, 500, 0, [], id="one-500-is-tried-again-at-once"),
        pytest.param(1, 429, 0, [], id="one-429"),
        pytest.param(1, 502, 0, [1], id="one-502-waits"),
        pytest.param(None, 500, 1, [1, 2, 4], id="500-forever"),
        pytest.param(None, 429, 1, [], id="429-forever"),
        pytest.param(None, 404, 1, [], id="404"),
    ],
)
def test_retries_of_an_upload(run: Run, times: int | None, status: int, exit_code: int, naps: list[float]) -> None:
    """The registry's failures are retried as BuildKit does, and no other way."""

    async def body(scene: Scene) -> None:
        options: dict[str, Any] = {"status": status} if times is None else {"status": status, "times": times}
        scene.state.faults.on_blob_upload(**options)
        scene.lay_out("FROM scratch\nCOPY app.txt /\n")
        record = await scene.build(EXPORT)
        assert record.exit_code == exit_code
        assert scene.naps == naps

    run(body)


def test_a_layer_that_is_gone_fails_the_step_that_needs_it(run: Run) -> None:
    """All steps above it are cached; the error sits on the first step that runs."""

    async def body(scene: Scene) -> None:
        await scene.build(EXPORT)
        scene.lay_out(files={"late.txt": "y"})
        blobs = [record.digest for record in scene.recorder.records if record.method == "PUT" and record.digest]
        for layer in blobs[:-1]:  # the last one is the cache's configuration
            scene.state.faults.on_blob_pull(status=404, digest=layer)
        record = await scene.build_cold(IMPORT)
        assert record.exit_code == 1
        assert record.vertices[-1].error is not None
        assert "not found" in record.vertices[-1].error

    run(body)


@pytest.mark.parametrize("line", ["", EXPORT, IMPORT], ids=["no cache", "export", "import"])
def test_a_file_that_is_not_there_fails_its_step(run: Run, line: str) -> None:
    """With caches and without."""

    async def body(scene: Scene) -> None:
        scene.lay_out("FROM debian:12\nCOPY absent /\n")
        record = await scene.build(line)
        assert record.exit_code == 1
        assert '"/absent": not found' in str(record.vertices[-1].error)

    run(body)


def test_an_opaque_build_is_one_step(run: Run) -> None:
    """It is keyed by the Dockerfile's text and the arguments; the context may be absent."""

    async def body(scene: Scene) -> None:
        scene.lay_out("FROM debian\nCOPY absent /\nADD https://x.test/y /\n")
        record = await scene.build(EXPORT, opaque=True)
        assert (record.exit_code, states(record)) == (0, "R")
        assert states(await scene.build_cold(IMPORT, opaque=True)) == "C"
        assert states(await scene.build_cold(f"{IMPORT} --build-arg A=1", opaque=True)) == "R"

    run(body)


@pytest.mark.parametrize(
    ("dockerfile", "line", "message"),
    [
        pytest.param("FROM x\nADD https://a.test/b /\n", "", r"Dockerfile:2: `ADD https://a\.test/b`", id="add-url"),
        pytest.param(
            "FROM x\n",
            "--cache-to type=s3,bucket=b",
            "type=s3 is not simulated; type=registry, type=gha, type=inline, type=local are",
            id="s3",
        ),
        pytest.param("FROM x\n", "--build-context a=https://a.test", "knows folders and docker-image", id="context"),
    ],
)
def test_what_cannot_be_predicted_is_named(run: Run, dockerfile: str, line: str, message: str) -> None:
    """An error that says which construct, and where, never a guess."""

    async def body(scene: Scene) -> None:
        scene.lay_out(dockerfile)
        with pytest.raises(UnsupportedError, match=message):
            await scene.build(line)

    run(body)


@pytest.mark.parametrize(
    ("dockerfile", "error"),
    [
        pytest.param(
            "FROM x\nRUNN y\n",
            "dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)",
            id="instruction",
        ),
        pytest.param("RUN y\n", "no build stage in current context", id="no-from"),
        pytest.param(
            "FROM x AS builder\n", 'target stage "buildr" could not be found (did you mean builder?)', id="target"
        ),
        pytest.param(
            "FROM x\nCOPY --form=a b c\n",
            "dockerfile parse error on line 2: unknown flag: --form (did you mean from?)",
            id="flag",
        ),
    ],
)
def test_a_wrong_dockerfile_fails_in_buildkits_words(run: Run, dockerfile: str, error: str) -> None:
    """The build is a record with exit code 1."""

    async def body(scene: Scene) -> None:
        scene.lay_out(dockerfile)
        record = await scene.build("--target buildr" if "target" in error else "")
        assert (record.exit_code, record.errors[-1]) == (1, f"ERROR: failed to build: failed to solve: {error}")

    run(body)


def test_gha_without_a_token_is_dropped(run: Run) -> None:
    """As buildx drops it, silently."""

    async def body(scene: Scene) -> None:
        record = await scene.build("--cache-to type=gha --cache-from type=gha")
        assert (record.exit_code, record.operations) == (0, ())

    run(body)


def test_a_dockerfile_that_is_piped_in(run: Run) -> None:
    """Alone, as the file of a folder, or inside an archive that is the context."""

    async def body(scene: Scene) -> None:
        alone = await scene.build(context="-", stdin=b"FROM debian\nRUN x\n")
        assert (alone.exit_code, states(alone)) == (0, "R")
        beside = await scene.build("-f -", stdin=b"FROM debian\nCOPY app.txt /\n")
        assert (beside.exit_code, states(beside)) == (0, "R")
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for name in ("Dockerfile", "app.txt", "dir", "late.txt"):
                archive.add(scene.folder / name, name)
        inside = await scene.build_cold(context="-", stdin=packed.getvalue())
        assert (inside.exit_code, states(inside)) == (0, "RRRRR")

    run(body)


@pytest.mark.parametrize(
    ("line", "context", "error"),
    [
        pytest.param("", "nowhere", 'unable to prepare context: path "nowhere" not found', id="context"),
        pytest.param(
            "-f No.Dockerfile",
            ".",
            "failed to solve: failed to read dockerfile: open No.Dockerfile: no such file or directory",
            id="dockerfile",
        ),
        pytest.param(
            "--secret id=a,src=none", ".", "failed to stat none: stat none: no such file or directory", id="secret"
        ),
        pytest.param(
            "--build-context c=none",
            ".",
            "failed to get build context c: stat none: no such file or directory",
            id="named-context",
        ),
    ],
)
def test_files_that_are_missing(run: Run, line: str, context: str, error: str) -> None:
    """In buildx's words."""

    async def body(scene: Scene) -> None:
        record = await scene.build(line, context=context)
        assert (record.exit_code, record.errors[-1]) == (1, f"ERROR: failed to build: {error}")

    run(body)


@pytest.mark.parametrize("context", ["https://github.com/acme/app.git", "git@github.com:acme/app"])
def test_a_context_from_the_network(run: Run, context: str) -> None:
    """A simulation has no network."""

    async def body(scene: Scene) -> None:
        with pytest.raises(UnsupportedError, match="is fetched from the network"):
            await scene.build(context=context)

    run(body)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 500}, id="500"),
        pytest.param({"status": 429}, id="429"),
        pytest.param({"status": 405}, id="405"),
        pytest.param({"reset": True}, id="reset"),
        pytest.param({"corrupt": True, "method": "GET"}, id="corrupt"),
        pytest.param({"truncate": True, "method": "GET"}, id="truncated"),
        pytest.param({"status": 200, "body": b"{}", "method": "GET"}, id="empty"),
    ],
)
def test_an_import_that_fails_is_ignored(run: Run, fault: dict[str, Any]) -> None:
    """Whatever goes wrong with the manifest, the build goes on cold."""

    async def body(scene: Scene) -> None:
        await scene.build(EXPORT)
        scene.state.faults.on_manifest_pull(**fault)
        record = await scene.build_cold(IMPORT)
        assert (record.exit_code, states(record)) == (0, "RRRRR")
        assert the(record, Operation.IMPORT).result is Result.FAILED

    run(body)


@pytest.mark.parametrize(
    ("fault", "exit_code", "naps"),
    [
        pytest.param({"status": 500}, 1, [1, 2, 4], id="500-forever"),
        pytest.param({"status": 500, "times": 2}, 0, [1], id="500-twice"),
        pytest.param({"status": 403}, 1, [], id="403"),
    ],
)
def test_layers_that_cannot_be_read(run: Run, fault: dict[str, Any], exit_code: int, naps: list[float]) -> None:
    """A step that runs on imported layers needs their bytes."""

    async def body(scene: Scene) -> None:
        scene.lay_out("FROM scratch\nCOPY app.txt /\nCOPY late.txt /\n")
        await scene.build(EXPORT)
        scene.lay_out("FROM scratch\nCOPY app.txt /\nCOPY late.txt /\n", {"late.txt": "y"})
        uploads = [item for item in scene.recorder.records if item.method == "PUT" and item.digest is not None]
        for digest in {str(item.digest) for item in uploads[:2]}:
            scene.state.faults.on_blob_pull(digest=digest, **fault)
        record = await scene.build_cold(IMPORT)
        assert (record.exit_code, scene.naps) == (exit_code, naps)

    run(body)


def test_imported_layers_are_mounted_into_another_image(run: Run) -> None:
    """Nothing is downloaded or uploaded again within a registry."""

    async def body(scene: Scene) -> None:
        await scene.build(EXPORT)
        before = len(scene.recorder.records)
        record = await scene.build_cold(f"{IMPORT} --cache-to type=registry,ref=ghcr.io/acme/copy:x,mode=max")
        assert record.exit_code == 0
        later = scene.recorder.records[before:]
        assert sum(item.purpose is Purpose.MOUNT and item.status == 201 for item in later) == 6
        # only the cache's manifest and configuration are read
        assert len([item for item in later if item.method == "GET" and item.digest is not None]) == 2

    run(body)


def test_a_load_reads_every_layer(run: Run) -> None:
    """The image goes to the docker engine, so its bytes are needed; the image's id is its configuration's digest."""

    async def body(scene: Scene) -> None:
        await scene.build(EXPORT)
        record = await scene.build_cold(f"{IMPORT} --load -t app --iidfile id")
        assert (record.exit_code, states(record)) == (0, "CCCCC")
        assert (scene.folder / "id").read_text() == record.metadata["containerimage.config.digest"]
        assert "importing to docker" in " ".join(record.log)

    run(body)


def test_an_inline_cache_travels_with_the_image(run: Run) -> None:
    """`--cache-to type=inline` puts the records into the image that is pushed."""

    async def body(scene: Scene) -> None:
        pushed = await scene.build("--push -t ghcr.io/acme/app:v1 --cache-to type=inline")
        assert [item.operation for item in pushed.operations] == [Operation.PUSH]
        record = await scene.build_cold("--cache-from ghcr.io/acme/app:v1")
        assert states(record) == "CCCCC"

    run(body)


def test_a_job_forgets_when_it_ends(run: Run) -> None:
    """A builder that was cooled asks for tokens anew, as a fresh runner does."""

    async def body(scene: Scene) -> None:
        await scene.build(EXPORT)
        counts = []
        for build in (scene.build_cold, scene.build, scene.build_cold):
            before = len(scene.recorder.records)
            await build(IMPORT)
            counts.append(sum(item.purpose is Purpose.TOKEN for item in scene.recorder.records[before:]))
        assert counts[1] == 0
        assert counts[0] == counts[2] > 0

    run(body)
