"""The same events on the embedded parts and on real BuildKit with registry:2 tell the same story, word for word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pytest_cicache import events
from pytest_cicache.reporting import run_json
from pytest_cicache.simulation import EngineNames, Engines, Simulation, repository_of

SAMPLE = Path(__file__).parent.parent.parent / "fixtures" / "app-build"
CI = ".github/workflows/ci.yml"
CALLED = ".github/workflows/app-build-verify.yml"
DOCKERFILE = "docker/debian.Dockerfile"
PACKAGE = "octo-org/app-build-cache"
ONE_LEG: dict[str, Any] = {"job": "verify", "matrix": {"framework": "toga"}}


def merge_twice(simulation: Simulation) -> None:
    simulation.run("ci.yml", events.main_merge(), **ONE_LEG)
    simulation.run("ci.yml", events.main_merge(), **ONE_LEG)


def pull_request_twice(simulation: Simulation) -> None:
    simulation.run("ci.yml", events.main_merge(), **ONE_LEG)
    simulation.run("ci.yml", events.pr(), **ONE_LEG)
    simulation.run("ci.yml", events.pr(), **ONE_LEG)


def changed_step(simulation: Simulation) -> None:
    simulation.run("ci.yml", events.main_merge(), **ONE_LEG)
    text = simulation.read(DOCKERFILE).replace("pip install --requirement", "pip install --no-deps --requirement")
    simulation.run("ci.yml", events.pr(), changes={DOCKERFILE: text}, **ONE_LEG)


def fork_with_a_fatal_export(simulation: Simulation) -> None:
    simulation.run("ci.yml", events.main_merge(), **ONE_LEG)
    simulation.edit(CALLED, ",ignore-error=${{ inputs.ignore-cache-errors }}", "")
    simulation.run("ci.yml", events.fork_pr(), **ONE_LEG)


def package_of_another_repository(simulation: Simulation) -> None:
    simulation.package(PACKAGE, visibility="public", linked="octo-org/another")
    simulation.run("ci.yml", events.main_merge(), **ONE_LEG)


def private_package(simulation: Simulation) -> None:
    simulation.package(PACKAGE, visibility="private", linked="octo-org/another")
    simulation.run("ci.yml", events.fork_pr(), **ONE_LEG)


def own_tag_older_than_main(simulation: Simulation) -> None:
    """The branch's own cache holds the first steps only, the others are taken from main's."""
    simulation.edit(CI, "branches: [main]", "branches: [main, feature]")
    simulation.run("ci.yml", events.main_merge(), **ONE_LEG)
    text = simulation.read(DOCKERFILE)
    older = text.replace("pip install --requirement", "pip install --no-deps --requirement")
    simulation.run("ci.yml", events.push(branch="feature"), changes={DOCKERFILE: older}, **ONE_LEG)
    simulation.run("ci.yml", events.push(branch="feature"), changes={DOCKERFILE: text}, **ONE_LEG)


def tell(engines: Engines, play: Callable[[Simulation], None]) -> list[dict[str, Any]]:
    """Play a story and return the JSON of its runs, without what differs by nature."""
    clock = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    with Simulation(engines, SAMPLE, repository_of(SAMPLE, "octo-org/.github"), clock=clock) as simulation:
        play(simulation)
        told = [run_json(run) for run in simulation.runs]
    for run in told:
        del run["bytes"], run["scenario"]["builder"], run["scenario"]["registry"]
    return told


@pytest.fixture(scope="module")
def embedded() -> Iterator[Engines]:
    with Engines(EngineNames(builder="simulated", registry="embedded")) as engines:
        yield engines


@pytest.fixture(scope="module")
def real() -> Iterator[Engines]:
    with Engines(EngineNames(builder="buildx", registry="container")) as engines:
        yield engines


@pytest.mark.docker
@pytest.mark.parametrize(
    "play",
    [
        merge_twice,
        pull_request_twice,
        changed_step,
        fork_with_a_fatal_export,
        package_of_another_repository,
        private_package,
    ],
)
def test_both_sets_of_engines_tell_the_same(
    embedded: Engines, real: Engines, play: Callable[[Simulation], None]
) -> None:
    """Jobs, tokens, steps, operations, builds and tags are equal, down to the texts."""
    assert tell(embedded, play) == tell(real, play)


@pytest.mark.docker
def test_each_hit_is_credited_to_the_cache_that_holds_it(embedded: Engines, real: Engines) -> None:
    """Where two imported caches overlap, what the first holds is a hit, and what only the second holds is chance.

    Of the latter real BuildKit takes some from the second cache, or runs them.
    """
    builds = [tell(engines, own_tag_older_than_main)[-1]["jobs"][0]["builds"][0] for engines in (embedded, real)]
    simulated, measured = ({step["name"]: step for step in build["vertices"]} for build in builds)
    certain = {name: step["source"] for name, step in simulated.items() if step["cached"]}
    open_ones = {name for name, step in simulated.items() if step["cached"] is None}
    hits = {name: step["source"] for name, step in measured.items() if step["cached"]}

    assert {source.rpartition("-")[2] for source in certain.values()} == {"feature"}
    assert open_ones
    assert certain.items() <= hits.items()
    assert {hits[name].rpartition("-")[2] for name in hits.keys() - certain.keys()} <= {"main"}
    assert hits.keys() - certain.keys() <= open_ones
