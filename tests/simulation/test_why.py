"""Why steps ran, on both builders."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent

import pytest

from pytest_cicache.observation import MissReason, Run
from pytest_cicache.simulation import EngineNames, Engines, Simulation

DOCKERFILE = """
    FROM alpine:3 AS base
    ARG V=1
    COPY a.txt /a.txt
    RUN make
    COPY b.txt /b.txt
    """


@pytest.fixture(
    scope="module",
    params=[("simulated", "embedded"), pytest.param(("buildx", "container"), marks=pytest.mark.docker)],
    ids=lambda engines: engines[0],
)
def engines(request: pytest.FixtureRequest) -> Iterator[Engines]:
    """Both sets of engines, one after the other."""
    builder, registry = request.param
    with Engines(EngineNames(builder=builder, registry=registry)) as made:
        yield made


def reasons(run: Run) -> list[tuple[MissReason, str]]:
    assert run.error is None
    return [(vertex.why.reason, vertex.why.subject) for vertex in run.cache.misses if vertex.why is not None]


def test_files_arguments_instructions_and_bases(simulation: Simulation):
    """By comparing with the run that exported what was imported."""
    simulation.write("Dockerfile", dedent(DOCKERFILE))

    def after(**changes: str) -> list[tuple[MissReason, str]]:
        names = {name.replace("_", "."): text for name, text in changes.items()}
        return reasons(simulation.run("ci.yml", "pr", changes=names))

    first = reasons(simulation.run("ci.yml", "main_merge"))

    assert {reason for reason, _ in first} == {MissReason.NOT_IMPORTED}
    assert after() == []
    assert after(b_txt="other\n") == [(MissReason.FILE, "b.txt")]
    edited = dedent(DOCKERFILE).replace("V=1", "V=2")
    assert after(Dockerfile=edited)[0] == (MissReason.VARIABLE, "V")
    edited = dedent(DOCKERFILE).replace("RUN make", "RUN make all")
    assert after(Dockerfile=edited)[0] == (MissReason.INSTRUCTION, "[3/4] RUN make")
    edited = dedent(DOCKERFILE).replace("alpine:3", "alpine:4")
    assert after(Dockerfile=edited)[0] == (MissReason.BASE, "docker.io/library/alpine:4")
