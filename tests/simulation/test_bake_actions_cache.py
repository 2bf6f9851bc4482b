"""Bake targets with `type=gha`, each with a scope of its own: alike on both builders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_cicache import events
from pytest_cicache.events import Repository
from pytest_cicache.observation import Run
from pytest_cicache.simulation import EngineNames, Engines, Simulation

CLOCK = datetime(2026, 11, 24, 9, tzinfo=UTC)
CI = """
    on: [push, pull_request, issue_comment]
    jobs:
      build:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v7
          - uses: docker/setup-buildx-action@v4
          - id: bake
            uses: docker/bake-action@v7
            with: {source: ., targets: all}
          - id: script
            if: github.event_name == 'push'
            run: docker buildx bake one
    """
BAKE = """
    group "all" { targets = ["one", "two"] }
    target "one" {
      dockerfile = "Dockerfile"
      cache-from = ["type=gha,scope=one"]
      cache-to = ["type=gha,scope=one,mode=max"]
    }
    target "two" {
      dockerfile = "two.Dockerfile"
      cache-from = [{ type = "gha", scope = "two" }]
      cache-to = [{ type = "gha", scope = "two", mode = "max", ignore-error = "true" }]
    }
    """


@pytest.fixture(params=["simulated", pytest.param("buildx", marks=pytest.mark.docker)])
def simulation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Simulation]:
    folder = tmp_path / "app"
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "ci.yml").write_text(dedent(CI))
    (folder / "docker-bake.hcl").write_text(dedent(BAKE))
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY a.txt /a.txt\n")
    (folder / "two.Dockerfile").write_text("FROM scratch\nCOPY b.txt /b.txt\n")
    (folder / "a.txt").write_text("a\n")
    (folder / "b.txt").write_text("b\n")
    with (
        Engines(EngineNames(builder=request.param, registry="embedded")) as engines,
        Simulation(engines, folder, Repository(owner="octo", name="app"), clock=CLOCK) as made,
    ):
        yield made


def told(run: Run, step: str) -> list[tuple[str, str | None, str, tuple[str, ...]]]:
    operations = run.jobs[0].step(step).operations
    return sorted((item.operation, item.cache_scope, item.result, item.refs) for item in operations)


def test_each_target_reads_and_writes_its_own_scope(simulation: Simulation) -> None:
    first = simulation.run("ci.yml", events.main_merge())
    pull = simulation.run("ci.yml", events.pr(number=7), changes={"b.txt": "changed\n"})
    refused = simulation.run("ci.yml", events.issue_comment())

    main, own = ("refs/heads/main",), ("refs/pull/7/merge",)
    assert told(first, "bake") == [
        ("export", "one", "written", main),
        ("export", "two", "written", main),
        ("import", "one", "not-found", ()),
        ("import", "two", "not-found", ()),
    ]
    assert told(first, "script") == []
    assert told(pull, "bake") == [
        ("export", "one", "written", own),
        ("export", "two", "written", own),
        ("import", "one", "hit", main),
        ("import", "two", "miss", main),
    ]
    assert refused.conclusion == "failure"
    assert ("export", "one", "denied", ()) in told(refused, "bake")
