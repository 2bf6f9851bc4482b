"""Builds from the repository's address: what BuildKit would clone, with what the job's token may read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_cicache import events
from pytest_cicache.events import Repository
from pytest_cicache.simulation import EngineNames, Engines, Simulation

WORKFLOW = """
on: [push, pull_request]
permissions: {contents: CONTENTS}
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - run: docker build SECRET "https://github.com/octo/app.gitREST"
        env: {GIT_AUTH_TOKEN: "${{ github.token }}"}
"""
SECRET = "--secret id=GIT_AUTH_TOKEN"


@pytest.fixture(
    scope="session",
    params=[("simulated", "embedded"), pytest.param(("buildx", "container"), marks=pytest.mark.docker)],
    ids=lambda engines: engines[0],
)
def engines(request: pytest.FixtureRequest) -> Iterator[Engines]:
    """Both sets of engines, one after the other."""
    builder, registry = request.param
    with Engines(EngineNames(builder=builder, registry=registry)) as made:
        yield made


@pytest.fixture
def simulate(engines: Engines, tmp_path: Path) -> Iterator[Callable[..., Simulation]]:
    """Open a simulation of a repository with two Dockerfiles, one of them in a folder."""
    opened = []

    def open_one(rest: str, *, visibility: str = "public", secret: str = "", contents: str = "read") -> Simulation:
        folder = tmp_path / ".github" / "workflows"
        folder.mkdir(parents=True)
        text = WORKFLOW.replace("REST", rest).replace("SECRET", secret).replace("CONTENTS", contents)
        (folder / "ci.yml").write_text(text)
        (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY top /top\n")
        (tmp_path / "top").write_text("1\n")
        (tmp_path / ".dockerignore").write_text("top\n")
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub" / "Dockerfile").write_text("FROM scratch\nCOPY below /below\n")
        (tmp_path / "sub" / "below").write_text("1\n")
        repository = Repository(owner="octo", name="app", visibility=visibility)
        opened.append(Simulation(engines, tmp_path, repository))
        return opened[-1]

    yield open_one
    for made in opened:
        made.close()


@pytest.mark.parametrize(
    ("rest", "step"),
    [
        ("", "[1/1] COPY top /top"),
        ("#main", "[1/1] COPY top /top"),
        ("#${{ github.sha }}:sub", "[1/1] COPY below /below"),
        ("?ref=main&subdir=sub", "[1/1] COPY below /below"),
    ],
    ids=["default branch", "branch", "commit and folder", "query"],
)
def test_the_own_repository_is_cloned(simulate: Callable[..., Simulation], rest: str, step: str) -> None:
    """Its ignore file is a file as any other, and nothing is assumed."""
    run = simulate(rest).run("ci.yml", events.main_merge())

    assert run.conclusion == "success", run.error
    assert run.assumptions == ()
    assert [vertex.name for vertex in run.job("image").steps[0].builds[0].vertices] == [step]


@pytest.mark.parametrize(
    ("secret", "contents", "words"),
    [
        ("", "read", "fatal: could not read Username for 'https://github.com': terminal prompts disabled"),
        (SECRET, "none", "fatal: repository 'https://github.com/octo/app/' not found"),
        (SECRET, "read", ""),
    ],
    ids=["no token", "a token without contents", "a token"],
)
def test_a_private_repository_needs_a_token(
    simulate: Callable[..., Simulation], secret: str, contents: str, words: str
) -> None:
    """BuildKit presents GIT_AUTH_TOKEN, and git's refusal is the build's."""
    run = simulate("#main", visibility="private", secret=secret, contents=contents).run("ci.yml", events.main_merge())

    (build,) = run.job("image").steps[0].builds
    assert (run.conclusion == "success") is (words == "")
    assert words in "\n".join(build.errors)
    if words:
        head = "ERROR: failed to build: failed to solve: failed to read dockerfile: failed to load cache key: "
        assert build.errors[0].startswith(f"{head}failed to fetch remote https://github.com/octo/app.git: git stderr:")


def test_a_ref_that_the_simulation_does_not_know_is_assumed(simulate: Callable[..., Simulation]) -> None:
    """The real repository may have it."""
    run = simulate("#v0.9").run("ci.yml", events.main_merge())

    assert run.conclusion == "success"
    assert len(run.assumptions) == 1
