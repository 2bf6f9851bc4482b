"""Purges as workflows: what the usual actions break, and what they leave whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_cicache.simulation import Simulation

# An image of two platforms, whose cache is inside of it: every build imports from the tag `latest`.
IMAGES = """
    on: {push: {branches: [main]}, pull_request: {}}
    permissions: {contents: read, packages: write}
    jobs:
      build:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v7
          - uses: docker/login-action@v4
            with: {registry: ghcr.io, username: "${{ github.actor }}", password: "${{ secrets.GITHUB_TOKEN }}"}
          - uses: docker/setup-buildx-action@v4
          - uses: docker/build-push-action@v7
            with:
              context: .
              platforms: linux/amd64,linux/arm64
              provenance: false
              push: ${{ github.event_name == 'push' }}
              tags: ghcr.io/octo/app:latest
              cache-from: type=registry,ref=ghcr.io/octo/app:latest
              cache-to: type=inline
    """
PURGE = """
    on: workflow_dispatch
    permissions: {packages: write}
    jobs:
      purge:
        runs-on: ubuntu-latest
        steps:
          - uses: %s
    """
ACTIVITY = {"months": 1, "merges_per_month": 3, "pull_requests": 1, "forks": 1, "dockerfile_changes": 3, "seed": 3}


@pytest.fixture
def images(simulate: Callable[..., Simulation], root: Path) -> Simulation:
    (root / ".github" / "workflows" / "images.yml").write_text(dedent(IMAGES))
    made = simulate()
    made.history("images.yml", **ACTIVITY)
    return made


def with_action(simulation: Simulation, action: str, **inputs: str) -> str:
    """Write a workflow that purges with an action; returns its name."""
    given = "".join(f"\n              {name.replace('_', '-')}: {value}" for name, value in inputs.items())
    text = dedent(PURGE % f"{action}\n            with:{given}" if inputs else PURGE % action)
    simulation.write(".github/workflows/purge.yml", text)
    return "purge.yml"


def test_a_purge_of_untagged_versions_breaks_the_image_and_the_cache_in_it(images: Simulation) -> None:
    purge = with_action(
        images,
        "actions/delete-package-versions@v5",
        package_name="app",
        package_type="container",
        delete_only_untagged_versions="true",
    )

    check = images.purge(purge)

    assert not check.is_safe
    assert any(problem.startswith("octo/app:latest lacks 2 parts that it names: ") for problem in check.problems)
    assert check.history.events[0].cold_starts == 1
    assert check.history.events[0].hits == 0


def test_a_purge_that_reads_manifests_leaves_both_whole(images: Simulation) -> None:
    before = images.api_access().versions("octo/app")
    purge = with_action(images, "dataaxiom/ghcr-cleanup-action@v1", token="${{ github.token }}")

    check = images.purge(purge)

    assert len(before) > 3
    assert check.is_safe, check.problems
    assert check.after.manifests == 3
    assert check.after.orphans == 0
    assert check.history.events[0].cold_starts == 0


def test_a_purge_without_the_right_is_refused_in_githubs_words(images: Simulation) -> None:
    from pytest_cicache.errors import UsageError

    purge = with_action(images, "dataaxiom/ghcr-cleanup-action@v1", token="${{ github.token }}")
    images.edit(".github/workflows/purge.yml", "packages: write", "packages: read")

    with pytest.raises(UsageError, match=r"ended with failure: .*Resource not accessible by integration"):
        images.purge(purge)


def test_a_purge_of_one_of_several_tags_leaves_the_others(images: Simulation) -> None:
    tag = "tags: ghcr.io/octo/app:latest"
    images.edit(".github/workflows/images.yml", tag, f"{tag},ghcr.io/octo/app:extra")
    images.run("images.yml", "main_merge")
    latest = next(each for each in images.api_access().versions("octo/app") if "latest" in each.tags)
    assert set(latest.tags) == {"latest", "extra"}
    purge = with_action(images, "dataaxiom/ghcr-cleanup-action@v1", token="${{ github.token }}", delete_tags="ext*")

    run = images.run(purge, "workflow_dispatch")

    assert run.conclusion == "success"
    left = {each.digest: each.tags for each in images.api_access().versions("octo/app")}
    assert left[latest.digest] == ("latest",)
    assert "extra" not in {tag for tags in left.values() for tag in tags}
