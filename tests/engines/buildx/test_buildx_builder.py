"""The builder that drives real BuildKit: what it records, what it keeps apart, how it ends."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from pytest_cicache.buildx import parse_build
from pytest_cicache.engines import BuildPlace
from pytest_cicache.engines._ownership import owned_name
from pytest_cicache.engines.buildx import BuildxBuilder
from pytest_cicache.engines.buildx._leftovers import container_of
from pytest_cicache.errors import EngineError, EngineUnavailableError, UnsupportedError
from pytest_cicache.observation import Operation, Result

DOCKERFILE = """\
FROM debian:12 AS build
RUN apt-get install -y gcc
COPY app.txt /src/
FROM debian:12
COPY app.txt /app.txt
RUN echo ${NOBODY} done
"""
STEPS = [
    "[stage-1 2/3] COPY app.txt /app.txt",
    "[stage-1 3/3] RUN echo ${NOBODY} done",
]


def containers(name: str) -> list[str]:
    command = ["docker", "ps", "--all", "--filter", f"name={name}", "--format", "{{.Names}}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.docker
def test_a_build_reports_steps_operations_and_log_in_the_workflows_names(bench: Any) -> None:
    """Every record names the registry as the workflow wrote it, and nothing names loopback."""
    bench.write({"Dockerfile": DOCKERFILE, "app.txt": "1"})
    push = ("--push", "--tag", "ghcr.io/acme/image:1")
    cold = bench.build("--cache-from", bench.cache, "--cache-to", f"type=registry,ref={bench.cache}", *push)
    warm = bench.build("--cache-from", bench.cache, *push)

    assert [(vertex.name, vertex.cached, vertex.source) for vertex in cold.vertices] == [
        (name, False, None) for name in STEPS
    ]
    assert [(vertex.cached, vertex.source) for vertex in warm.vertices] == [(True, bench.cache)] * 2
    assert [(item.operation, item.reference, item.result, item.status) for item in cold.operations] == [
        (Operation.IMPORT, bench.cache, Result.NOT_FOUND, 404),
        (Operation.PUSH, "ghcr.io/acme/image:1", Result.PUSHED, 201),
        (Operation.EXPORT, bench.cache, Result.WRITTEN, 201),
    ]
    assert [item.result for item in warm.operations] == [Result.HIT, Result.PUSHED]
    assert cold.metadata["image.name"] == "ghcr.io/acme/image:1"
    assert "127.0.0.1" not in repr((cold, warm))
    assert "cicache-s" not in repr((cold, warm))


@pytest.mark.docker
def test_an_import_that_serves_nothing_is_a_miss(bench: Any) -> None:
    """A cache that was found but holds no step of this build is told from one that was not found."""
    bench.write({"Dockerfile": DOCKERFILE, "app.txt": "1"})
    bench.seed()
    bench.write({"Dockerfile": "FROM alpine:3\nRUN true\n"})
    record = bench.reuse("--cache-from", "ghcr.io/acme/cache:absent")

    assert [(item.reference, item.result) for item in record.operations] == [
        (bench.cache, Result.MISS),
        ("ghcr.io/acme/cache:absent", Result.NOT_FOUND),
    ]


@pytest.mark.docker
def test_a_moved_base_image_misses(bench: Any) -> None:
    """The content a base image is said to have counts, for each image alone."""
    bench.write({"Dockerfile": "FROM debian:12\nRUN one\n"})
    bench.seed()

    same = bench.reuse(base_digests={"alpine:3": "sha256:1"})
    moved = bench.reuse(base_digests={"docker.io/library/debian:12": "sha256:1"})

    assert [vertex.cached for vertex in (*same.vertices, *moved.vertices)] == [True, False]


@pytest.mark.docker
def test_a_dockerfile_comes_from_anywhere(bench: Any) -> None:
    """Piped in, named with -f, or in an archive: the steps are the same, so all but the first hit."""
    bench.write({"Dockerfile": DOCKERFILE, "app.txt": "1", "ci/Dockerfile.app": DOCKERFILE})
    bench.seed()
    named = bench.reuse("--file", "ci/Dockerfile.app")
    piped = bench.reuse("--file", "-", stdin=DOCKERFILE.encode())

    assert [vertex.cached for vertex in (*named.vertices, *piped.vertices)] == [True] * 4


@pytest.mark.docker
def test_a_context_may_be_piped_in(bench: Any) -> None:
    """`docker build - < context.tar` builds the archive's Dockerfile; without an archive the file itself."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, text in (("Dockerfile", DOCKERFILE), ("app.txt", "1")):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    archived = build_piped(bench, data.getvalue())
    alone = build_piped(bench, b"FROM debian:12\nRUN x\n")

    assert [vertex.name for vertex in archived.vertices] == STEPS
    assert [vertex.name for vertex in alone.vertices] == ["[2/2] RUN x"]


def build_piped(bench: Any, data: bytes) -> Any:
    request = parse_build(("build", "-"), environment={})
    place = BuildPlace(directory=bench.folder, environment={}, gateway=bench.gateway, credential=None, stdin=data)
    return asyncio.run(bench.builder.build(request, place))


@pytest.mark.docker
def test_an_ignore_file_beside_the_dockerfile_wins(bench: Any) -> None:
    """`NAME.dockerignore` is respected for a file elsewhere: what it excludes cannot be copied."""
    bench.write({"ci/app": "FROM scratch\nCOPY . /all\n", "ci/app.dockerignore": "skipped\n", "kept": "1"})
    bench.seed("--file", "ci/app")
    bench.write({"skipped": "2"})
    assert [vertex.cached for vertex in bench.reuse("--file", "ci/app").vertices] == [True]
    bench.write({"kept": "2"})
    assert [vertex.cached for vertex in bench.reuse("--file", "ci/app").vertices] == [False]


@pytest.mark.docker
def test_an_opaque_build_needs_no_context(bench: Any) -> None:
    """One step stands for the build; it hits until the Dockerfile or an argument changes."""
    seeded = bench.seed(opaque=True)
    same = bench.reuse(opaque=True)
    other = bench.reuse("--build-arg", "A=1", opaque=True)

    assert [len(record.vertices) for record in (seeded, same, other)] == [1, 1, 1]
    assert [record.vertices[0].cached for record in (seeded, same, other)] == [False, True, False]


@pytest.mark.docker
def test_a_second_build_of_a_job_does_not_claim_the_cache_for_its_own_steps(bench: Any) -> None:
    """What the job's first build left in the builder is a hit without a source."""
    bench.write({"Dockerfile": "FROM debian:12\nRUN one\n"})
    bench.seed()
    bench.write({"Dockerfile": "FROM debian:12\nRUN one\nRUN two\n"})
    first = bench.reuse()
    second = bench.reuse(prune=False)

    assert [vertex.source for vertex in first.vertices] == [bench.cache, None]
    assert [(vertex.cached, vertex.source) for vertex in second.vertices] == [(True, None)] * 2


@pytest.mark.docker
@pytest.mark.parametrize(
    ("words", "error"),
    [
        pytest.param((), "ERROR: failed to build: failed to solve: *no such file or directory", id="no-file"),
        pytest.param(("--target", "nope"), 'ERROR: *target stage "nope" could not be found*', id="no-stage"),
    ],
)
def test_a_refused_build_is_a_record(bench: Any, words: tuple[str, ...], error: str) -> None:
    """A build that fails has an exit code and BuildKit's words, and exported nothing."""
    from fnmatch import fnmatchcase

    if words:
        bench.write({"Dockerfile": "FROM debian:12\nRUN x\n"})
    record = bench.build("--cache-to", bench.cache, *words)

    assert record.exit_code == 1
    assert fnmatchcase(record.errors[-1], error)
    assert [item for item in record.operations if item.operation is Operation.EXPORT] == []


@pytest.mark.docker
def test_a_missing_file_fails_at_its_step(bench: Any) -> None:
    """The step that copies an absent file carries the error."""
    bench.write({"Dockerfile": "FROM debian:12\nCOPY absent.txt /\nRUN x\n"})
    record = bench.build()

    assert record.exit_code == 1
    assert record.errors[-1].endswith('"/absent.txt": not found')
    assert [vertex.name for vertex in record.vertices if vertex.error] == ["[2/3] COPY absent.txt /"]


@pytest.mark.docker
def test_a_secret_may_come_from_the_steps_environment(bench: Any, base_image: str) -> None:
    """`--secret env=` reads the workflow's variable; the person's own are out of sight."""
    run = "RUN --mount=type=secret,id=key cat /run/secrets/key > /key"
    bench.write({"Dockerfile": f"FROM {base_image}\n{run}\n"})
    output = ("--output", "type=local,dest=out")
    record = bench.build("--secret", "id=key,env=KEY", *output, real=True, environment={"KEY": "open sesame"})

    assert record.errors == ()
    assert (bench.folder / "out" / "key").read_text() == "open sesame"


@pytest.mark.docker
def test_the_persons_variables_do_not_reach_a_build(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """SOURCE_DATE_EPOCH would change keys, BUILDX_BUILDER the builder, a proxy the way to the registry."""
    bench.write({"Dockerfile": "FROM debian:12\nWORKDIR /a\nRUN x\n"})
    bench.seed()
    for name, value in {
        "SOURCE_DATE_EPOCH": "1",
        "BUILDX_BUILDER": "nobody",
        "BUILDKIT_PROGRESS": "tty",
        "HTTP_PROXY": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    builder = BuildxBuilder()
    try:
        asyncio.run(builder.start())
        bench.builder, own = builder, bench.builder
        record = bench.reuse()
        bench.builder = own
    finally:
        asyncio.run(builder.close())

    assert [vertex.cached for vertex in record.vertices] == [True, True]
    assert containers(container_of(builder.builder)) == []


@pytest.mark.docker
def test_loading_an_image_leaves_the_persons_images_alone(bench: Any) -> None:
    """`--load` pulls what a load would pull, and puts nothing into the engine's store."""
    bench.write({"Dockerfile": "FROM debian:12\nRUN x\n"})
    record = bench.build("--load", "--tag", "cicache-test-load:1")
    found = subprocess.run(["docker", "image", "inspect", "cicache-test-load:1"], capture_output=True, check=False)

    assert record.exit_code == 0
    assert found.returncode != 0


@pytest.mark.docker
def test_a_builder_that_dies_is_an_engine_error_and_comes_back(bench: Any, base_image: str) -> None:
    """Killing the container in the middle of a build says so; the next job gets a new builder."""
    bench.write({"Dockerfile": f"FROM {base_image}\nRUN while :; do :; done\n"})
    builder = BuildxBuilder()

    async def kill_in_the_middle() -> None:
        await builder.start()
        build = asyncio.ensure_future(build_real(builder, bench))
        await asyncio.sleep(2)
        subprocess.run(["docker", "kill", container_of(builder.builder)], capture_output=True, check=True)
        await build

    try:
        with pytest.raises(EngineError, match=r"the builder 'cicache-.*' died during a build; .*said last"):
            asyncio.run(kill_in_the_middle())
        bench.write({"Dockerfile": "FROM debian:12\nRUN x\n"})
        asyncio.run(builder.prune())
        record = asyncio.run(build_real(builder, bench, real=False))
        assert record.exit_code == 0
    finally:
        asyncio.run(builder.close())
    assert containers(container_of(builder.builder)) == []


async def build_real(builder: BuildxBuilder, bench: Any, *, real: bool = True) -> Any:
    place = BuildPlace(directory=bench.folder, environment={}, gateway=bench.gateway, credential=None, real=real)
    return await builder.build(parse_build(("build", "."), environment={}), place)


@pytest.mark.docker
def test_a_cancelled_build_leaves_no_process(bench: Any, base_image: str) -> None:
    """Interrupting the caller interrupts docker and its plugin, and the builder stays usable."""
    bench.write({"Dockerfile": f"FROM {base_image}\nRUN while :; do :; done\n"})

    async def interrupt() -> None:
        build = asyncio.ensure_future(build_real(bench.builder, bench))
        await asyncio.sleep(2)
        build.cancel()
        with pytest.raises(asyncio.CancelledError, match=r"^$"):
            await build

    asyncio.run(interrupt())
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert [line for line in listing.splitlines() if bench.builder.builder in line and " build " in line] == []
    bench.write({"Dockerfile": "FROM debian:12\nRUN x\n"})
    assert bench.build().exit_code == 0


@pytest.mark.docker
def test_leftovers_of_a_crashed_run_are_removed_and_others_kept(tmp_path: Path) -> None:
    """A start removes builders whose process is no more, and no one else's."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    own = owned_name("keep")
    names = [container_of(own.replace(f"-{os.getpid()}-", f"-{ended.pid}-")), container_of(own)]
    for name in names:
        create = ["docker", "create", "--name", name, "--label", "pytest-cicache=test", "registry:2"]
        subprocess.run(create, capture_output=True, check=True)
    folders = [tmp_path / own.replace(f"-{os.getpid()}-", f"-{ended.pid}-"), tmp_path / own, tmp_path / "cicache-1"]
    for folder in folders:
        folder.mkdir()
    builder = BuildxBuilder(folder=tmp_path)
    try:
        asyncio.run(builder.start())
        assert [containers(name) for name in names] == [[], [names[1]]]
        assert [folder.exists() for folder in folders] == [False, True, True]
    finally:
        asyncio.run(builder.close())
        subprocess.run(["docker", "rm", "--force", "--volumes", *names], capture_output=True, check=False)


def test_without_docker_the_reason_is_told(tmp_path: Path) -> None:
    """No engine is an error that says what to do."""
    nowhere = {"PATH": os.environ["PATH"], "DOCKER_HOST": f"unix://{tmp_path}/none.sock"}
    no_command = {"PATH": str(tmp_path)}
    for environment, words in (
        (nowhere, "no Docker engine answers|is not installed"),
        (no_command, "is not installed"),
    ):
        builder = BuildxBuilder(folder=tmp_path, environment=environment)
        with pytest.raises(EngineUnavailableError, match=words):
            asyncio.run(builder.start())
        asyncio.run(builder.close())


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("https://github.com/acme/app.git",), id="git"),
        pytest.param(("https://example.org/context.tgz",), id="archive"),
        pytest.param(("--build-context", "other=https://github.com/acme/other.git", "."), id="named"),
        pytest.param(("--call=check", "."), id="check"),
    ],
)
def test_what_only_the_network_has_is_unsupported(tmp_path: Path, words: tuple[str, ...]) -> None:
    """A remote context, or another call than a build, is an error that names it."""
    from pytest_cicache.oci import GatewayAddress

    (tmp_path / "Dockerfile").write_text("FROM debian:12\nRUN x\n")
    request = parse_build(("build", *words), environment={})
    place = BuildPlace(
        directory=tmp_path,
        environment={},
        gateway=GatewayAddress(port=1, simulation="s"),
        credential=None,
    )
    with pytest.raises(UnsupportedError, match=r"https://|--call=check"):
        asyncio.run(BuildxBuilder(folder=tmp_path).build(request, place))
