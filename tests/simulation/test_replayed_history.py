"""A history with events taken from earlier ones is the one in which each event is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_cicache.history import CacheHistory, EventFigures
from pytest_cicache.simulation import Simulation

# Layers that nobody ran are made of a few bytes that differ from build to build; all sizes else are the same.
FEW_BYTES = 2000
WORKFLOW = """
    name: CI
    on:
      push: {branches: [main]}
      pull_request:
    permissions: {contents: read, packages: write}
    jobs:
      build:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v7
          - uses: docker/login-action@v4
            with: {registry: ghcr.io, username: "${{ github.actor }}", password: "${{ secrets.GITHUB_TOKEN }}"}
          - uses: docker/setup-buildx-action@v4
          - env: {REF: "${{ github.ref_name }}"}
            run: |
              key=$(date +%Y-%m)
              name=KEY
              docker buildx build . --cache-from "type=registry,ref=ghcr.io/octo/app:$key-$name" \\
                --cache-from "type=registry,ref=ghcr.io/octo/app:$key-main" \\
                --cache-to "type=registry,ref=ghcr.io/octo/app:$key-$name,mode=max,ignore-error=true"
    """
VERBATIM = "$(printf '%s' \"$REF\" | tr / _)"
BUSY = {
    "months": 2,
    "merges_per_month": 12,
    "pull_requests": 24,
    "forks": 8,
    "base_image_updates": 1,
    "base_images": ["debian:12"],
    "layer_sizes": "10MB",
}


@pytest.fixture
def keyed(simulate: Callable[..., Simulation], root: Path) -> Callable[[str], Simulation]:
    """A repository whose cache tags are made of the month and of what a script makes of the ref."""

    def make(name: str) -> Simulation:
        text = dedent(WORKFLOW).replace("KEY", name)
        (root / ".github" / "workflows" / "keyed.yml").write_text(text)
        (root / "Dockerfile").write_text("FROM debian:12\nCOPY a.txt /a.txt\nRUN cat /a.txt\n")
        return simulate()

    return make


def both_ways(simulation: Simulation, **activity: object) -> CacheHistory:
    """Play a history with and without replays, hold them against each other, and give the first."""
    with simulation.twin() as twin:
        full = twin.history("keyed.yml", replay=False, **activity)  # type: ignore[arg-type]
        taken = simulation.history("keyed.yml", **activity)  # type: ignore[arg-type]
        assert not any(event.is_replayed for event in full.events)
        for one, other in zip(taken.events, full.events, strict=True):
            assert_same(one, other)
        assert list(stock(simulation)) == list(stock(twin))
        assert _tags(taken.missing) == _tags(full.missing)
        assert simulation.tags("octo/app") == twin.tags("octo/app")
    return taken


def assert_same(one: EventFigures, other: EventFigures) -> None:
    """Every figure is the same, bytes up to what layers are made of."""
    for name in ("uploaded", "downloaded"):
        assert abs(getattr(one, name) - getattr(other, name)) < FEW_BYTES, name
    for name in ("size", "orphan_size"):
        assert abs(getattr(one.growth, name) - getattr(other.growth, name)) < FEW_BYTES, name
    growth = replace(one.growth, size=other.growth.size, orphan_size=other.growth.orphan_size)
    assert replace(one, uploaded=other.uploaded, downloaded=other.downloaded, growth=growth) == other


def stock(simulation: Simulation) -> Iterator[object]:
    """Every version that a simulation's packages hold, in the order they came; a digest is the version it came with."""
    versions = simulation._state.versions
    came: dict[str, int] = {}
    for name in sorted(versions.image_names):
        for number, version in enumerate(sorted(versions.versions(name), key=lambda each: each.id)):
            named = (version.digest, *version.manifest.children, *version.manifest.blobs)
            yield (
                name,
                sorted(came.setdefault(digest, number) for digest in named),
                sorted(version.tags),
                (version.created_at, version.updated_at, version.downloads),
                (version.manifest.media_type, version.manifest.is_cache),
            )


def _tags(places: frozenset[tuple[str, str]]) -> set[tuple[str, str]]:
    return {place for place in places if ":" not in place[1]}


def test_every_figure_tag_and_digest_of_a_busy_history(keyed: Callable[[str], Simulation]) -> None:
    """Of 152 events; most are not run again."""
    history = both_ways(keyed(VERBATIM), seed=1, **BUSY)

    assert len(history.events) == 2 * (12 + 2 * 24 + 2 * 8)
    assert sum(event.is_replayed for event in history.events) > len(history.events) / 2


@pytest.mark.parametrize("seed", range(4))
def test_generated_histories(keyed: Callable[[str], Simulation], seed: int) -> None:
    """Of other numbers each: changes of Dockerfiles in both kinds, updates, several pushes to a pull request."""
    activity = {
        "months": 1 + seed % 2,
        "merges_per_month": 3 + seed,
        "pull_requests": 9 - seed,
        "forks": seed + 2,
        "pushes": 1 + seed % 3,
        "dockerfile_changes": seed % 3,
        "base_image_updates": seed % 2,
        "base_images": ["debian:12"],
    }

    history = both_ways(keyed(VERBATIM), seed=seed, **activity)

    assert any(event.is_replayed for event in history.events)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("$(printf '%s' \"$REF\" | sha256sum | cut -c1-8)", id="a hash of the ref"),
        pytest.param("$(( ${GITHUB_REF//[^0-9]/} % 2 ))", id="a remainder of the number"),
        pytest.param("${GITHUB_SHA::7}", id="the commit"),
        pytest.param("$(( GITHUB_RUN_NUMBER % 3 ))", id="the run's number"),
        pytest.param("$RANDOM", id="a lot"),
    ],
)
def test_names_that_do_not_come_out_as_they_are(keyed: Callable[[str], Simulation], name: str) -> None:
    """Each event is run."""
    simulation = keyed(name)

    history = simulation.history("keyed.yml", months=1, merges_per_month=4, pull_requests=6, forks=4, seed=2)

    assert not any(event.is_replayed for event in history.events)


def test_a_text_that_no_line_shows_to_be_made_otherwise(keyed: Callable[[str], Simulation]) -> None:
    """What events make of their names is compared, too; what only has the same for all is still taken again."""
    simulation = keyed('$(tr -d / <<<"$REF" | tr 0-9 a-j)')

    history = both_ways(simulation, months=1, merges_per_month=9, pull_requests=6, forks=0, dockerfile_changes=0)

    assert {event.kind for event in history.events if event.is_replayed} == {"main_merge"}
