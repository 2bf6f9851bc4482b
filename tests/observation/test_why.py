"""Why build steps ran, by what earlier runs have exported."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cicache.observation import (
    BuildRecord,
    CacheOperation,
    FileTrait,
    MissReason,
    Operation,
    Result,
    StepTraits,
    Vertex,
    with_reasons,
)

CACHE = "ghcr.io/o/p:cache"
COPY, RUN = "[2/3] COPY . /", "[3/3] RUN make"
FILES = {"a": FileTrait("sha256:1", 0o644), "b": FileTrait("sha256:2", 0o644)}
TRAITS = {
    COPY: StepTraits(files=FILES, bases={"docker.io/library/alpine:3": "sha256:aaa"}),
    RUN: StepTraits(variables={"V": "1"}, after=(COPY,)),
}


def operation(kind: Operation, result: Result, name: str = CACHE, **attributes: str) -> CacheOperation:
    return CacheOperation(operation=kind, type="registry", reference=name, result=result, attributes=attributes)


IMPORT = operation(Operation.IMPORT, Result.HIT)
EXPORT = operation(Operation.EXPORT, Result.WRITTEN, mode="max")


def build(ran: list[str], traits: dict[str, StepTraits], *operations: CacheOperation) -> BuildRecord:
    vertices = tuple(Vertex(name=name, cached=name not in ran) for name in traits)
    return BuildRecord(
        dockerfile="D", target=None, vertices=vertices, operations=operations, exit_code=0, traits=traits
    )


@pytest.fixture
def explained(make_run):
    """The reasons of the steps that ran in a build, after a run whose build exported."""

    def explain(ran, traits, *operations, before=TRAITS, export=EXPORT):
        earlier = make_run(builds=(build(list(before), before, export),))
        run = with_reasons(make_run(builds=(build(ran, traits, *(operations or (IMPORT,))),)), [earlier])
        return [vertex.why for vertex in run.cache.misses]

    return explain


def changed(name: str, **fields: object) -> dict[str, StepTraits]:
    return {**TRAITS, name: replace(TRAITS[name], **fields)}


@pytest.mark.parametrize(
    ("name", "fields", "reason", "subject", "what"),
    [
        (
            COPY,
            {"files": {**FILES, "b": FileTrait("sha256:3", 0o644)}},
            MissReason.FILE,
            "b",
            "b has another content than when push exported",
        ),
        (
            COPY,
            {"files": {**FILES, "b": FileTrait("sha256:3", 0o755)}},
            MissReason.FILE,
            "b",
            "b has the mode 755, had 644 when push exported",
        ),
        (
            COPY,
            {"files": {**FILES, "c": FileTrait("sha256:3", 0o644), "d": FileTrait("sha256:3", 0o644)}},
            MissReason.FILE,
            "c",
            "c and 1 more was not there when push exported",
        ),
        (COPY, {"files": {"a": FILES["a"]}}, MissReason.FILE, "b", "b is gone since push exported"),
        (
            COPY,
            {"bases": {"docker.io/library/alpine:3": "sha256:bbb"}},
            MissReason.BASE,
            "docker.io/library/alpine:3",
            "the base docker.io/library/alpine:3 is sha256:bbb, was sha256:aaa when push exported",
        ),
        (
            COPY,
            {"bases": {"docker.io/library/debian:12": "sha256:bbb"}},
            MissReason.BASE,
            "docker.io/library/debian:12",
            "the base is docker.io/library/debian:12, was docker.io/library/alpine:3 when push exported",
        ),
        (RUN, {"variables": {"V": "2"}}, MissReason.VARIABLE, "V", "V is '2', was '1' when push exported"),
        (RUN, {"variables": {}}, MissReason.VARIABLE, "V", "V is not set, was '1' when push exported"),
        (
            RUN,
            {"after": ()},
            MissReason.STEP_BEFORE,
            "",
            "it stood on `COPY . /` when push exported",
        ),
        (RUN, {}, MissReason.UNKNOWN, "", "nothing of it differs from what push exported"),
    ],
)
def test_what_differs(explained, name, fields, reason, subject, what):
    """The first thing that does, with what it was."""
    (why,) = explained([name], changed(name, **fields))

    assert (why.reason, why.subject, why.what) == (reason, subject, what)


def test_another_instruction(explained):
    """What stood in its place; a step that only moved is found by its text."""
    edited = {COPY: TRAITS[COPY], "[3/3] RUN make all": TRAITS[RUN]}
    moved = {"[3/4] COPY . /": replace(TRAITS[COPY], files={}), "[4/4] RUN true": StepTraits()}

    assert [why.what for why in explained(["[3/3] RUN make all"], edited)] == [
        "the instruction was `RUN make` when push exported"
    ]
    assert [why.what for why in explained(list(moved), moved)] == [
        "a and 1 more is gone since push exported",
        "there was no such step when push exported",
    ]


def test_a_step_behind_one_that_ran(explained):
    """It follows from that one."""
    files = {**FILES, "b": FileTrait("sha256:3", 0o644)}
    first, second = explained([COPY, RUN], changed(COPY, files=files))

    assert first.reason is MissReason.FILE
    assert (second.reason, second.subject) == (MissReason.STEP_BEFORE, COPY)


def test_a_stage_that_mode_min_leaves_out(explained):
    """Only the steps of the image itself are exported."""
    traits = {"[build 2/2] RUN make": StepTraits(), "[stage-1 1/1] COPY --from=build /a /a": StepTraits()}
    export = operation(Operation.EXPORT, Result.WRITTEN)

    (why,) = explained(["[build 2/2] RUN make"], traits, before=traits, export=export)

    assert (why.reason, why.subject) == (MissReason.MODE_MIN, "build")
    assert why.what == "push exported with mode=min, which leaves out the stage 'build'"


@pytest.mark.parametrize(
    ("operations", "what"),
    [
        ((EXPORT,), "the build imports no cache"),
        (
            (operation(Operation.IMPORT, Result.NOT_FOUND), operation(Operation.IMPORT, Result.DENIED, "r/x:y")),
            f"nothing was imported: {CACHE} not found, r/x:y denied",
        ),
    ],
)
def test_nothing_imported(explained, operations, what):
    """The imports, and what became of them."""
    (why,) = explained([RUN], TRAITS, *operations)

    assert (why.reason, why.what) == (MissReason.NOT_IMPORTED, what)


def test_a_cache_that_no_run_wrote(explained):
    """It was there before, and nobody knows what is in it."""
    (why,) = explained([RUN], TRAITS, operation(Operation.IMPORT, Result.MISS, "r/x:y"))

    assert (why.reason, why.what) == (MissReason.UNKNOWN, "what was imported does not have it")


def test_what_was_cached_or_failed_has_no_reason(make_run):
    """Neither missed."""
    failed = BuildRecord(
        dockerfile="D", target=None, vertices=(Vertex(name=RUN, cached=False, error="exit code: 1"),), exit_code=1
    )
    run = with_reasons(make_run(builds=(build([], TRAITS, IMPORT), failed)), [])

    assert [vertex.why for found in run.builds for vertex in found.vertices] == [None, None, None]
