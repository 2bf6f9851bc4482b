"""Base images that the simulation holds, on the embedded parts and on the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_cicache import events
from pytest_cicache.events import Repository
from pytest_cicache.simulation import EngineNames, Engines, Simulation

LOGIN = """
      - uses: docker/login-action@v3
        with: {registry: ghcr.io, username: "${{ github.actor }}", password: "${{ secrets.GITHUB_TOKEN }}"}
"""
CACHE = "type=registry,ref=ghcr.io/octo/{name}:cache"
JOB = """
  {name}:
    {needs}
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: docker/setup-buildx-action@v3
      {login}
      - uses: docker/build-push-action@v6
        with:
          context: .
          file: {name}.Dockerfile
          push: {push}
          tags: ghcr.io/octo/{name}:main
          cache-from: {cache}
          cache-to: {cache},mode=max
"""
HEAD = "on: [push, pull_request]\npermissions: {contents: read, packages: write}\njobs:"


def job(name: str, *, needs: str = "", login: bool = True, push: str = "true") -> str:
    return JOB.format(
        name=name, needs=needs, login=LOGIN.strip() if login else "", push=push, cache=CACHE.format(name=name)
    )


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
def simulate(engines: Engines, tmp_path: Path) -> Iterator[Callable[[str], Simulation]]:
    """Open a simulation of a repository that builds a base and an app on it."""
    opened = []

    def open_one(text: str) -> Simulation:
        folder = tmp_path / ".github" / "workflows"
        folder.mkdir(parents=True)
        (folder / "ci.yml").write_text(text)
        (tmp_path / "base.Dockerfile").write_text("FROM scratch\nCOPY version.txt /version.txt\n")
        (tmp_path / "app.Dockerfile").write_text("FROM ghcr.io/octo/base:main\nRUN echo app > /app\n")
        (tmp_path / "version.txt").write_text("1\n")
        opened.append(Simulation(engines, tmp_path, Repository(owner="octo", name="app")))
        return opened[-1]

    yield open_one
    for made in opened:
        made.close()


@pytest.mark.parametrize(("version", "cached"), [("1\n", True), ("2\n", False)])
def test_a_rebuilt_base_builds_its_dependents_again(
    simulate: Callable[[str], Simulation], version: str, cached: bool
) -> None:
    """A base from its cache is the same image; one that was built anew is another, under the same name."""
    simulation = simulate(HEAD + job("base") + job("app", needs="needs: base"))
    simulation.run("ci.yml", events.main_merge())
    run = simulation.run("ci.yml", events.main_merge(), changes={"version.txt": version})

    (step,) = run.job("app").steps[3].builds[0].vertices
    assert step.cached is cached
    assert [item.result for item in run.operations if item.operation == "pull"] == ["ok"]


CONFIGURED = """
FROM scratch
ENV FROM=version.txt
WORKDIR /there
USER 5
COPY version.txt /version.txt
"""


def test_a_base_brings_its_configuration(simulate: Callable[[str], Simulation]) -> None:
    """Its variables are expanded in the steps on it, and its working directory is theirs."""
    simulation = simulate(HEAD + job("base") + job("app", needs="needs: base"))
    simulation.write("base.Dockerfile", CONFIGURED)
    simulation.write("app.Dockerfile", "FROM ghcr.io/octo/base:main\nCOPY ${FROM} ${FROM}.here\nRUN echo\n")
    run = simulation.run("ci.yml", events.main_merge())

    assert run.conclusion == "success"
    names = [step.name for step in run.job("app").steps[3].builds[0].vertices]
    assert names == ["[2/3] COPY version.txt version.txt.here", "[3/3] RUN echo"]


def test_a_base_with_triggers_leaves_the_steps_open(simulate: Callable[[str], Simulation]) -> None:
    """ONBUILD of a base adds steps that the file does not have: the build is assumed, and the assumption says why."""
    simulation = simulate(HEAD + job("base") + job("app", needs="needs: base"))
    simulation.write("base.Dockerfile", "FROM scratch\nONBUILD COPY version.txt /on\nCOPY version.txt /version.txt\n")
    run = simulation.run("ci.yml", events.main_merge())

    assert run.conclusion == "success"
    (assumption,) = run.assumptions
    assert "`ONBUILD COPY version.txt /on` of the base image 'ghcr.io/octo/base:main'" in assumption.what


def test_a_private_base_needs_a_login(simulate: Callable[[str], Simulation]) -> None:
    """Without one the build fails in BuildKit's words before its first step; with one that may read it works."""
    simulation = simulate(HEAD + job("app", login=False, push="false").replace("          cache-to:", "          #"))
    simulation.package("octo/base", visibility="private", linked="octo/app", access={"octo/app": "read"})
    refused = simulation.run("ci.yml", events.pr())
    simulation.write(
        ".github/workflows/ci.yml", HEAD + job("app", push="false").replace("          cache-to:", "          #")
    )
    read = simulation.run("ci.yml", events.pr())

    assert refused.conclusion == "failure"
    (pull,) = refused.denied
    assert (pull.operation, pull.reference, pull.status, pull.fatal) == ("pull", "ghcr.io/octo/base:main", 401, True)
    error = refused.job("app").steps[-1].error
    words = (
        "ghcr.io/octo/base:main: failed to resolve source metadata for ghcr.io/octo/base:main: failed to authorize: "
    )
    assert f"{words}failed to fetch anonymous token: unexpected status" in error
    assert error.endswith("401 Unauthorized")
    assert read.conclusion == "success"
    assert [item.result for item in read.operations if item.operation == "pull"] == ["ok"]
