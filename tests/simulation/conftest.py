"""Simulations of a small repository on the embedded parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_cicache.events import Repository
from pytest_cicache.simulation import EngineNames, Engines, Simulation

CLOCK = datetime(2026, 11, 24, 9, tzinfo=UTC)
CI = """
    name: CI
    on:
      push: {branches: [main]}
      pull_request:
      workflow_dispatch: {inputs: {who: {type: string, default: nobody}, loud: {type: boolean}}}
    permissions: {contents: read, packages: write}
    env: {TAG: "${{ github.event_name == 'push' && 'main' || 'pr' }}"}
    jobs:
      build:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v7
          - uses: docker/login-action@v4
            with: {registry: ghcr.io, username: "${{ github.actor }}", password: "${{ secrets.GITHUB_TOKEN }}"}
          - uses: docker/setup-buildx-action@v4
          - id: build
            uses: docker/build-push-action@v7
            with:
              context: .
              provenance: false
              cache-from: type=registry,ref=ghcr.io/octo/app:main
              cache-to: type=registry,ref=ghcr.io/octo/app:${{ env.TAG }},mode=max,ignore-error=true
          - id: said
            run: echo "${{ inputs.who }} ${{ inputs.loud }} ${{ secrets.KEY }} ${{ vars.V }} $(date +%F)"
    """
DOCKERFILE = """
    FROM scratch
    COPY a.txt /a.txt
    COPY b.txt /b.txt
    """


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """The embedded engines, started once."""
    with Engines(EngineNames(builder="simulated", registry="embedded")) as made:
        yield made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one workflow and one Dockerfile."""
    folder = tmp_path / "app"
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "ci.yml").write_text(dedent(CI))
    (folder / "Dockerfile").write_text(dedent(DOCKERFILE))
    (folder / "a.txt").write_text("a\n")
    (folder / "b.txt").write_text("b\n")
    return folder


@pytest.fixture
def simulate(engines: Engines, root: Path) -> Iterator[Callable[..., Simulation]]:
    """Open simulations of the repository; `settings` of it are keyword arguments."""
    opened: list[Simulation] = []

    def open_one(*, sources: dict[str, Path] | None = None, **settings: object) -> Simulation:
        repository = Repository(owner="octo", name="app", **settings)
        made = Simulation(engines, root, repository, clock=CLOCK, sources=sources)
        opened.append(made)
        return made

    yield open_one
    for made in opened:
        made.close()


@pytest.fixture
def simulation(simulate) -> Simulation:
    """One simulation."""
    return simulate()
