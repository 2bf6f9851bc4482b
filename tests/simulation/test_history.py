"""Histories of a small repository: figures, replays, purges, keys compared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.events import Repository
from pytest_cicache.history import CacheHistory
from pytest_cicache.simulation import ApiAccess, EngineNames, Engines, Simulation

LITTLE = {"months": 2, "merges_per_month": 3, "pull_requests": 3, "forks": 1, "dockerfile_changes": 1, "seed": 5}
DATED = """
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
          - run: |
              month=$(date +%Y-%m)
              name=$(printf '%s' "$GITHUB_REF_NAME" | tr / _)
              docker buildx build . --cache-from "type=registry,ref=ghcr.io/octo/app:$month-$name" \\
                --cache-from "type=registry,ref=ghcr.io/octo/app:$month-main" \\
                --cache-to "type=registry,ref=ghcr.io/octo/app:$month-$name,mode=max,ignore-error=true"
    """


@pytest.fixture
def dated(simulate: Callable[..., Simulation], root: Path) -> Simulation:
    """A workflow whose cache tags are made of the month and the ref."""
    (root / ".github" / "workflows" / "dated.yml").write_text(dedent(DATED))
    return simulate()


def test_figures_of_events_and_months(dated: Simulation) -> None:
    history = dated.history("dated.yml", layer_sizes="10MB", **LITTLE)

    assert len(history.events) == 2 * (3 + 3 * 2 + 1 * 2)
    assert sum(month.events for month in history.months) == len(history.events)
    assert [month.month for month in history.months] == ["2026-11", "2026-12", "2027-01"]
    first = history.events[0]
    assert (first.hits, first.misses, first.cold_starts) == (0, 2, 1)
    hits, misses = (sum(getattr(each, name) for each in history.events) for name in ("hits", "misses"))
    assert history.hit_rate == hits / (hits + misses)
    assert history.events[-1].growth.tags == len(dated.tags("octo/app"))
    # Every blob is a layer of the declared size but the small configurations of the caches.
    assert history.growth.size // 10_000_000 == 14
    assert history.growth.size % 10_000_000 < 1_000_000
    assert {each.denied for each in history.of_kind("fork_pr").events} == {1}
    assert history.oldest_layer < timedelta(days=31)


def test_a_replayed_history_is_the_one_that_is_run_in_full(
    simulate: Callable[..., Simulation], dated: Simulation
) -> None:
    more = {**LITTLE, "months": 1, "pull_requests": 12, "merges_per_month": 6, "base_image_updates": 1}
    more |= {"base_images": ["debian:12"], "layer_sizes": "10MB"}
    dated.write("Dockerfile", "FROM debian:12\nCOPY a.txt /a.txt\nRUN cat /a.txt\n")
    with dated.twin() as twin:
        full = twin.history("dated.yml", replay=False, **more)
        replayed = dated.history("dated.yml", **more)

        assert [_without_bytes(event) for event in replayed.events] == [_without_bytes(event) for event in full.events]
        assert dated.tags("octo/app") == twin.tags("octo/app")
        assert not any(event.is_replayed for event in full.events)
        assert sum(event.is_replayed for event in replayed.events) >= 6
        # What comes after a replay meets the tags that it left.
        following = "pr:number=3001,head_ref=change-3001,action=synchronize"
        after, after_full = dated.run("dated.yml", following), twin.run("dated.yml", following)
        assert [item.result for item in after.cache.imports] == [item.result for item in after_full.cache.imports]
        assert after.tags.after == after_full.tags.after


def _without_bytes(event: object) -> object:
    """Layers that nobody ran are made of a few bytes that differ from build to build, and so do manifests."""
    from dataclasses import replace

    from pytest_cicache.history import EventFigures

    assert isinstance(event, EventFigures)
    rounded = replace(
        event.growth,
        size=round(event.growth.size, -5),
        orphan_size=round(event.growth.orphan_size, -5),
    )
    return replace(event, uploaded=round(event.uploaded, -5), downloaded=round(event.downloaded, -5), growth=rounded)


def test_the_same_seed_gives_the_same_history(dated: Simulation) -> None:
    with dated.twin() as twin:
        assert dated.history("dated.yml", **LITTLE).hit_rate == twin.history("dated.yml", **LITTLE).hit_rate


def test_tags_made_of_the_commit_are_never_taken_over(dated: Simulation) -> None:
    dated.edit(".github/workflows/dated.yml", "month=$(date +%Y-%m)", "month=${GITHUB_SHA::7}")

    history = dated.history("dated.yml", **{**LITTLE, "months": 1, "dockerfile_changes": 0})

    assert not any(event.is_replayed for event in history.events)


def test_a_history_that_builds_nothing_says_so(simulation: Simulation) -> None:
    simulation.edit(".github/workflows/ci.yml", "docker/build-push-action@v7", "docker/setup-qemu-action@v3")

    with pytest.raises(
        UsageError, match=r"'ci\.yml' built no image in 11 events; a history is about the caches of builds"
    ):
        simulation.history("ci.yml", **{**LITTLE, "months": 1})
    simulation.write(
        ".github/workflows/ci.yml", "on: release\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: a}]}}\n"
    )
    with pytest.raises(UsageError, match=r"caches of builds \(the last event: the workflow runs on release, not on "):
        simulation.history("ci.yml", **{**LITTLE, "months": 1})
    simulation.write("Dockerfile", None)
    with pytest.raises(UsageError, match="the repository has no Dockerfile that a history could change"):
        simulation.history("ci.yml", **{**LITTLE, "months": 1})


def test_a_purge_is_tried_after_a_history_alone(simulation: Simulation) -> None:
    with pytest.raises(UsageError, match="a purge is tried after a history"):
        simulation.purge(lambda api: None)


def test_keys_are_compared_side_by_side(dated: Simulation) -> None:
    path = ".github/workflows/dated.yml"
    keys = {"month": {}, "week": {path: ("+%Y-%m", "+%G-%V")}, "none": {path: ("$(date +%Y-%m)", "all")}}

    found = dated.compare_keys("dated.yml", keys, **{**LITTLE, "dockerfile_changes": 0})

    rates = {name: history.hit_rate or 0 for name, history in found.items()}
    assert rates["week"] < rates["month"] < rates["none"]
    assert found["week"].oldest_layer < timedelta(days=7) < found["none"].oldest_layer
    assert str(found).splitlines()[0].startswith("key    hit rate  cold starts  oldest layer  tags")
    assert [line.split()[0] for line in str(found).splitlines()[1:]] == ["month", "week", "none"]


def by_age(api: ApiAccess) -> None:
    """Delete, with plain requests, what carries an older month."""
    import requests

    place = "https://api.github.com/orgs/octo/packages/container/app/versions"
    headers = {"Authorization": f"Bearer {api.token}"}
    versions = requests.get(f"{place}?per_page=100", headers=headers, timeout=5).json()
    latest = max(tag[:7] for version in versions for tag in version["metadata"]["container"]["tags"])
    for version in versions:
        tags = version["metadata"]["container"]["tags"]
        if not any(tag.startswith(latest) for tag in tags):
            requests.delete(f"{place}/{version['id']}", headers=headers, timeout=5).raise_for_status()


def test_a_safe_purge_leaves_the_hit_rate_and_bounds_what_is_kept(dated: Simulation) -> None:
    dated.history("dated.yml", **{**LITTLE, "dockerfile_changes": 0, "months": 3})

    check = dated.purge(by_age)

    assert check.is_safe, check.problems
    assert check.after.manifests < check.before.manifests
    assert check.after.orphans == 0
    assert sum(map(len, check.deleted.values())) == check.before.manifests - check.after.manifests
    assert check.hit_rate_after is not None
    assert isinstance(check.history, CacheHistory)
    assert all(tag.startswith("2027") for tag in dated.tags("octo/app"))


def test_a_purge_of_what_is_in_use_is_caught(dated: Simulation) -> None:
    dated.history("dated.yml", **{**LITTLE, "months": 1, "dockerfile_changes": 0})

    def everything(api: ApiAccess) -> None:
        import requests

        place = "https://api.github.com/orgs/octo/packages/container/app"
        requests.delete(place, headers={"Authorization": f"Bearer {api.token}"}, timeout=5).raise_for_status()

    check = dated.purge(everything)

    assert not check.is_safe
    assert "was deleted, and events after the purge still asked for it" in check.problems[0]
    assert repr(check).startswith("<Purge of ")


def test_what_a_purge_raises_has_the_words_of_the_api(dated: Simulation) -> None:
    import requests

    dated.history("dated.yml", **{**LITTLE, "months": 1, "dockerfile_changes": 0})

    def popular(api: ApiAccess) -> None:
        version = api.versions("octo/app")[0]
        api.count_downloads("octo/app", version.tags[0], 5001)
        place = f"https://api.github.com/orgs/octo/packages/container/app/versions/{version.id}"
        requests.delete(place, headers={"Authorization": f"Bearer {api.token}"}, timeout=5).raise_for_status()

    with pytest.raises(requests.HTTPError) as refused:
        dated.purge(popular)
    assert [note.partition(" with ")[2] for note in refused.value.__notes__] == [
        "400: Publicly visible package versions with more than 5000 downloads cannot be deleted. "
        "Contact GitHub support for further assistance."
    ]
    dated.write(".github/workflows/idle.yml", "on: release\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: a}]}}\n")
    with pytest.raises(UsageError, match=r"the purge 'idle\.yml' runs neither on workflow_dispatch nor on schedule"):
        dated.purge("idle.yml")


def test_a_script_may_purge(dated: Simulation, root: Path) -> None:
    dated.history("dated.yml", **{**LITTLE, "months": 1, "dockerfile_changes": 0})
    (root / "purge.sh").write_text('test -n "$GITHUB_API_URL" && echo "purging $GITHUB_REPOSITORY"\n')
    (root / "bad.sh").write_text("echo broken >&2; exit 3\n")

    assert dated.purge("purge.sh").output == ("purging octo/app",)
    with pytest.raises(UsageError, match=r"the purge 'bad\.sh' ended with 3: broken"):
        dated.purge("bad.sh")
    with pytest.raises(UsageError, match=r"there is no purge 'none\.sh'"):
        dated.purge("none.sh")


@pytest.mark.docker
def test_a_short_history_on_real_buildkit_agrees(dated: Simulation, root: Path) -> None:
    """Where the simulated builder knows; the layers of a step have the size that is declared on both."""
    few = {"months": 1, "merges_per_month": 2, "pull_requests": 2, "forks": 1, "dockerfile_changes": 1, "seed": 1}
    start = dated.clock
    simulated = dated.history("dated.yml", layer_sizes="10MB", **few)
    names = EngineNames(builder="buildx", registry="container")
    with Engines(names) as engines, Simulation(engines, root, Repository.parse("octo/app"), clock=start) as real:
        history = real.history("dated.yml", layer_sizes="10MB", **few)

        assert len(history.events) == 8
        for one, other in zip(history.events, simulated.events, strict=True):
            if not other.unknown:
                assert (one.conclusion, one.hits, one.misses) == (other.conclusion, other.hits, other.misses)
            assert (one.cold_starts, one.denied) == (other.cold_starts, other.denied)
            assert (one.growth.tags, one.growth.manifests) == (other.growth.tags, other.growth.manifests)
            # BuildKit keeps the layers of the stand-ins for base images, too: whole layers more, as builds meet.
            more = round((one.growth.size - other.growth.size) / 10_000_000, 1)
            assert more >= 0
            assert more.is_integer()
        assert real.tags("octo/app") == dated.tags("octo/app")
        assert real.purge(lambda api: None).is_safe
