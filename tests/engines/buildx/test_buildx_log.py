"""buildx's rawjson becomes vertices, and vertices become operations, without Docker."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection

import pytest

from pytest_cicache.buildkit import BuildRequest
from pytest_cicache.buildx import parse_build
from pytest_cicache.engines.buildx._endings import endings, imported_references
from pytest_cicache.engines.buildx._log import BuildLog, StepOutput
from pytest_cicache.engines.buildx._log_printer import LogPrinter
from pytest_cicache.engines.buildx._steps import PlainSteps, read_step_name
from pytest_cicache.observation import BuildRecord, CacheOperation, Result, Vertex, settled

START, END = "2026-11-24T08:00:00.000000001Z", "2026-11-24T08:00:01.5Z"
IMPORT = "importing cache manifest from ghcr.io/o/p:main"
EXPORT = "exporting cache to registry"
PUSH = "exporting to image"
PREFIX = "failed to configure registry cache importer: "


def line(name: str, **fields: object) -> str:
    vertex = {"digest": f"sha256:{name}", "name": name, "started": START, "completed": END, **fields}
    return json.dumps({"vertexes": [vertex]})


def log_of(*lines: str) -> BuildLog:
    log = BuildLog()
    for text in lines:
        log.feed(text)
    return log


def request(*words: str) -> BuildRequest:
    return parse_build(("build", *words, "."), environment={})


def one(words: tuple[str, ...], *lines: str, used: tuple[str, ...] = ()) -> CacheOperation:
    (operation,) = operations(request(*words), log_of(*lines), used=used)
    return operation


def operations(
    asked: BuildRequest, log: BuildLog, *, used: Collection[str] = (), exit_code: int = 0
) -> tuple[CacheOperation, ...]:
    """What a build's log alone tells."""
    vertices = tuple(Vertex(name="RUN x", cached=True, source=source) for source in used)
    told = endings(asked, log)
    return settled(
        BuildRecord(dockerfile="d", target=None, vertices=vertices, endings=told, exit_code=exit_code)
    ).operations


def test_the_cached_flag_is_kept_and_other_fields_are_the_last() -> None:
    """A hit that is pulled later is sent again without its flag."""
    log = log_of(line("[1/1] RUN x", cached=True), line("[1/1] RUN x", error="boom"))
    (vertex,) = log.vertices.values()

    assert (vertex.cached, vertex.error, vertex.seconds) == (True, "boom", pytest.approx(1.5, abs=1e-3))


def test_output_belongs_to_its_step() -> None:
    """What a step prints comes as lines of its own."""
    log = log_of(line("[1/1] RUN x", completed=None))
    data = base64.b64encode(b"one\ntwo\n").decode()
    told = log.feed(json.dumps({"logs": [{"vertex": "sha256:[1/1] RUN x", "stream": 1, "data": data}]}))

    assert [item.text for item in told if isinstance(item, StepOutput)] == ["one", "two"]


def test_lines_that_are_no_progress_are_kept() -> None:
    """Errors follow the log as text; a warning or an empty line is no error."""
    noise = "2026/11/27 15:16:43 http2: server connection error"
    log = log_of("WARNING: no output", noise, "", "{no json", "ERROR: failed to build: x")
    assert log.lines == ["{no json", "ERROR: failed to build: x"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        pytest.param("[2/5] RUN x", (None, None, 2, "RUN x"), id="one-stage"),
        pytest.param("[build  2/10] RUN [1/1] x", (None, "build", 2, "RUN [1/1] x"), id="padded"),
        pytest.param("[ 2/10] RUN x", (None, None, 2, "RUN x"), id="padded-one-stage"),
        pytest.param("[linux/arm64 build 2/5] RUN x", ("linux/arm64", "build", 2, "RUN x"), id="platform"),
        pytest.param("[linux/amd64->arm64 b 1/2] COPY a b", ("linux/amd64->arm64", "b", 1, "COPY a b"), id="cross"),
        pytest.param("[linux/arm64 2/5] RUN x", ("linux/arm64", None, 2, "RUN x"), id="platform-one-stage"),
        pytest.param("[internal] load build context", None, id="internal"),
        pytest.param("[auth] o/p:pull token for ghcr.io", None, id="auth"),
        pytest.param("exporting to image", None, id="output"),
    ],
)
def test_a_step_name_is_taken_apart(name: str, parts: tuple[object, ...] | None) -> None:
    """Platform and stage are optional; what is no step of a Dockerfile is none."""
    assert read_step_name(name) == parts


def test_steps_come_in_the_order_of_the_dockerfile() -> None:
    """BuildKit tells the last step first; FROM, links and what was never reached are no steps."""
    log = log_of(
        line("[stage-1 2/2] RUN b"),
        line("[build 3/3] COPY --link a b", cached=True),
        line("[build 3/3] LINK COPY --link a b"),
        line("[build 2/3] RUN a"),
        line("[build 1/3] FROM x"),
        line("[stage-1 3/2] RUN c", started=None, completed=None),
    )
    states = PlainSteps(stages=("build", "stage-1")).states(log, cold=False)

    assert [(state.name, state.cached) for state in states] == [
        ("[build 2/3] RUN a", False),
        ("[build 3/3] COPY --link a b", True),
        ("[stage-1 2/2] RUN b", False),
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("[build 1/3] RUN a", "[build 2/3] RUN a", id="rebased"),
        pytest.param("[build  9/12] RUN a", "[build 10/12] RUN a", id="wider"),
        pytest.param("[other 1/3] RUN a", "[other 1/3] RUN a", id="another"),
        pytest.param("exporting", "exporting", id="no-step"),
    ],
)
def test_steps_on_an_image_from_the_gateway_are_numbered_as_without(name: str, shown: str) -> None:
    """A named context takes the place of FROM, which BuildKit then does not count."""
    assert PlainSteps(stages=("build", "other"), rebased=frozenset({"build"})).title(name) == shown


@pytest.mark.parametrize(
    ("error", "result", "status"),
    [
        pytest.param(None, Result.MISS, 200, id="nothing-usable"),
        pytest.param(f"{PREFIX}ghcr.io/o/p:main: not found", Result.NOT_FOUND, 404, id="not-found"),
        pytest.param(
            f"{PREFIX}unexpected status from HEAD request to https://ghcr.io/v2/o/p/manifests/main: 403 Forbidden\n"
            "denied: denied",
            Result.DENIED,
            403,
            id="forbidden",
        ),
        pytest.param(
            f"{PREFIX}failed to authorize: failed to fetch oauth token: denied: denied",
            Result.DENIED,
            401,
            id="bad-login",
        ),
        pytest.param(
            f"{PREFIX}pull access denied, repository does not exist or may require authorization: server message: "
            "insufficient_scope: authorization failed",
            Result.DENIED,
            401,
            id="insufficient-scope",
        ),
        pytest.param(
            f"{PREFIX}unexpected status from HEAD request to https://ghcr.io/v2/o/p/manifests/main: "
            "500 Internal Server Error",
            Result.FAILED,
            500,
            id="broken",
        ),
        pytest.param(f"{PREFIX}unexpected EOF", Result.FAILED, None, id="garbage"),
    ],
)
def test_an_import_ends_as_its_error_says(error: str | None, result: Result, status: int | None) -> None:
    """The texts are BuildKit's; an import never fails the build."""
    found = one(("--cache-from", "ghcr.io/o/p:main"), line(IMPORT, error=error))
    assert (found.result, found.status, found.message, found.fatal) == (result, status, error, False)


def test_an_import_is_a_hit_when_a_step_was_taken_from_it() -> None:
    """Hits are told by the references that steps came from."""
    words = ("--cache-from", "ghcr.io/o/p:main")
    assert one(words, line(IMPORT), used=("ghcr.io/o/p:main",)).result is Result.HIT
    assert imported_references(request(*words), log_of(line(IMPORT))) == ("ghcr.io/o/p:main",)
    assert imported_references(request(*words), log_of(line(IMPORT, error="x"))) == ()


@pytest.mark.parametrize(
    ("words", "error", "expected"),
    [
        pytest.param("", None, (Result.WRITTEN, 201, False), id="written"),
        pytest.param("", "error writing layer blob: denied: no", (Result.DENIED, 403, True), id="denied"),
        pytest.param(
            ",ignore-error=true",
            "error writing layer blob: denied: no",
            (Result.DENIED, 403, False),
            id="ignored",
        ),
        pytest.param(
            "",
            "error writing layer blob: context canceled\nfailed to push x: denied: no",
            (Result.UNKNOWN, None, False),
            id="cancelled",
        ),
        pytest.param("", "error writing layer blob: EOF", (Result.FAILED, None, True), id="failed"),
    ],
)
def test_an_export_ends_as_its_error_says(
    words: str, error: str | None, expected: tuple[Result, int | None, bool]
) -> None:
    """A refusal fails the build unless the option says to ignore errors; a cancelled export is a race."""
    found = one(("--cache-to", f"type=registry,ref=ghcr.io/o/p:main{words}"), line(EXPORT, error=error))
    assert (found.result, found.status, found.fatal) == expected


def test_which_of_several_exports_was_refused_is_not_known() -> None:
    """The vertices of exports carry no reference, so only equal endings are told."""
    words = ("--cache-to", "ghcr.io/o/p:one", "--cache-to", "ghcr.io/o/p:two")
    other = line(EXPORT, digest="sha256:other")
    both = operations(request(*words), log_of(line(EXPORT), other), used=())
    split = operations(request(*words), log_of(line(EXPORT, error="x: denied: no"), other), used=())

    assert [item.result for item in both] == [Result.WRITTEN, Result.WRITTEN]
    assert [item.result for item in split] == [Result.UNKNOWN, Result.UNKNOWN]


def test_a_push_is_refused_by_its_reference() -> None:
    """The error names the tag; what came of the other tags is a race."""
    error = "failed to push ghcr.io/o/p:two: denied: permission_denied: write_package"
    words = ("--push", "--tag", "ghcr.io/o/p:one", "--tag", "ghcr.io/o/p:two")
    found = operations(request(*words), log_of(line(PUSH, error=error)), used=())

    assert [(item.reference, item.result, item.fatal) for item in found] == [
        ("ghcr.io/o/p:one", Result.UNKNOWN, False),
        ("ghcr.io/o/p:two", Result.DENIED, True),
    ]


def test_what_never_began_is_no_operation() -> None:
    """After a failed step there is no export and no push."""
    words = ("--push", "--tag", "ghcr.io/o/p:one", "--cache-to", "ghcr.io/o/p:c", "--cache-from", "ghcr.io/o/p:c")
    assert operations(request(*words), log_of(line("[1/1] RUN x", error="exit code: 1")), used=()) == ()


def test_a_build_is_told_in_plain_lines() -> None:
    """One number a vertex, in order of appearance; output, hits, errors and interruptions under it."""
    lines: list[str] = []
    printer = LogPrinter(PlainSteps(), lines.append, is_cold=True)
    printer.begin("mine")
    for text in (
        "WARNING: careful",
        line("[1/2] RUN a", cached=True),
        line("[2/2] RUN b", error="exit code: 1"),
        line(EXPORT, error="error writing layer blob: context canceled"),
        line(PUSH),
    ):
        printer.take(text)

    assert tuple(lines) == printer.lines
    assert lines == [
        '#0 building with "mine" instance using docker-container driver',
        "WARNING: careful",
        "#1 [1/2] RUN a",
        "#1 CACHED",
        "#2 [2/2] RUN b",
        "#2 ERROR: exit code: 1",
        "#3 exporting cache to registry",
        "#3 CANCELED",
        "#4 exporting to image",
        "#4 DONE 0.0s",
    ]
