"""Builds that one step runs beside each other: each has its own imports, exports and requests, on both builders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from textwrap import dedent

import pytest

from pytest_cicache import events
from pytest_cicache.events import Repository
from pytest_cicache.observation import Operation, Purpose, Run
from pytest_cicache.simulation import EngineNames, Engines, Simulation

NAMES = ("a", "b", "c")
CI = """
    on: push
    permissions: {packages: write}
    jobs:
      build:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v7
          - uses: docker/login-action@v4
            with: {registry: ghcr.io, username: "${{ github.actor }}", password: "${{ secrets.GITHUB_TOKEN }}"}
          - uses: docker/setup-buildx-action@v4
          - id: all
            run: |
              build() {
                docker buildx build --file "$1.Dockerfile" --cache-from "type=registry,ref=ghcr.io/octo/app:$1" \\
                  --cache-to "type=registry,ref=ghcr.io/octo/app:$1,mode=max" .
              }
              build a & build b & build c &
              wait
    """

ELSEWHERE = CI.replace(
    '--cache-to "type=registry,ref=ghcr.io/octo/app:$1,', '--cache-to "type=registry,ref=ghcr.io/octo/$1:t,'
)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(EngineNames(builder="simulated", registry="embedded"), id="simulated"),
        pytest.param(EngineNames(builder="buildx", registry="container"), id="buildx", marks=pytest.mark.docker),
    ],
)
def engines(request: pytest.FixtureRequest) -> Iterator[Engines]:
    with Engines(request.param) as engines:
        yield engines


@pytest.fixture(scope="module")
def runs(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """The same three builds on two runners, then once more with exports to packages of their own."""
    root = tmp_path_factory.mktemp("repository")
    (root / ".github" / "workflows").mkdir(parents=True)
    (root / ".github" / "workflows" / "ci.yml").write_text(dedent(CI))
    (root / ".github" / "workflows" / "elsewhere.yml").write_text(dedent(ELSEWHERE))
    for name in NAMES:
        (root / f"{name}.Dockerfile").write_text(f"FROM scratch\nCOPY {name}.txt /\nCOPY common.txt /\n")
        (root / f"{name}.txt").write_text(name)
    (root / "common.txt").write_text("common")
    clock = datetime(2026, 11, 27, tzinfo=UTC)
    with Simulation(engines, root, Repository(owner="octo", name="app"), clock=clock) as simulation:
        return [simulation.run(name, events.main_merge()) for name in ("ci.yml", "ci.yml", "elsewhere.yml")]


def told(run: Run) -> dict[str, list[tuple[str, str, str]]]:
    """By Dockerfile: operation, tag, result."""
    return {
        build.dockerfile[0]: sorted(
            (item.operation.value, (item.reference or "").rpartition(":")[2], item.result.value)
            for item in build.operations
        )
        for build in run.builds
    }


def test_each_build_has_its_own_imports_and_exports(runs: list[Run]) -> None:
    """None is told of another's, whatever the order they ended in."""
    first, second, _ = runs

    assert first.conclusion == second.conclusion == "success"
    assert told(first) == {n: [("export", n, "written"), ("import", n, "not-found")] for n in NAMES}
    assert told(second) == {n: [("export", n, "written"), ("import", n, "hit")] for n in NAMES}
    assert second.cache.misses == []
    assert {vertex.source for vertex in second.cache.hits} == {f"ghcr.io/octo/app:{name}" for name in NAMES}
    assert first.tags.added == set(NAMES)


def test_each_request_carries_its_build(runs: list[Run]) -> None:
    """What a build asks is for its own references: its imports are imports, nothing is taken for a pull."""
    for run in runs:
        builds = {item.build for item in run.requests if item.build}
        assert len(builds) == len(NAMES)
        tags = {
            number: {r.reference for r in run.requests if r.build == number and r.reference in NAMES}
            for number in builds
        }
        assert sorted(map(sorted, tags.values())) == [[name] for name in NAMES]
        assert {item.step for item in run.requests if item.build} == {"all"}
        assert Purpose.PULL not in {item.purpose for item in run.requests}


def test_the_operations_of_the_step_are_those_of_its_builds(runs: list[Run]) -> None:
    """Each once."""
    for run in runs:
        step = run.job("build").step("all")
        assert len(step.operations) == 2 * len(NAMES)
        assert {item.operation for item in step.operations} == {Operation.IMPORT, Operation.EXPORT}


def test_layers_are_mounted_from_what_was_imported(runs: list[Run]) -> None:
    """Each build has its own port, and the registry is the same to BuildKit: nothing is uploaded again."""
    last = runs[-1]
    mounts = {(item.build, item.image_name, item.status) for item in last.requests if item.purpose is Purpose.MOUNT}

    assert last.conclusion == "success"
    assert {(name, status) for _, name, status in mounts} == {(f"octo/{name}", 201) for name in NAMES}
    assert len({build for build, _, _ in mounts}) == len(NAMES)


def test_no_name_shows_a_port(runs: list[Run]) -> None:
    """Logs, errors and metadata have the workflow's names."""
    for run in runs:
        told = [run.log, *(line for build in run.builds for line in (*build.log, *build.errors, str(build.metadata)))]
        assert not [text for text in told if "127.0.0.1" in text]
