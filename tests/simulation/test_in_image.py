"""What a job in a container meets of the simulation: its repository, its docker command, its cache."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.events import Repository
from pytest_cicache.simulation import EngineNames, Engines, Simulation

from .conftest import CLOCK

pytestmark = [pytest.mark.act, pytest.mark.image]

WORKFLOW = """
on: push
permissions: {contents: write, packages: write}
jobs:
  pushes:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - run: |
          git config user.name n; git config user.email n@example.org
          git checkout -qb news && git commit -q --allow-empty -m news && git push -q origin news
          git ls-remote --heads origin | grep refs/heads/news
  builds:
    runs-on: ubuntu-latest
    needs: pushes
    steps:
      - uses: actions/checkout@v6
      - run: |
          git fetch -q origin news && test "$(git log -1 --format=%s FETCH_HEAD)" = news
          echo ${{ github.token }} | docker login ghcr.io -u x --password-stdin
      - run: |
          docker buildx build --load -t app . && docker save app | tar t | grep manifest.json
          docker buildx build --push -t ghcr.io/octo/app:1 - <Dockerfile
          crane digest ghcr.io/octo/app:1 | grep ^sha256:
      - run: curl -s "$GITHUB_API_URL/repos/octo/app" | grep -q octo/app
"""


@pytest.fixture
def simulation(tmp_path: Path) -> Iterator[Simulation]:
    """A repository whose jobs run in the image."""
    folder = tmp_path / "repository"
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "ci.yml").write_text(WORKFLOW)
    (folder / "Dockerfile").write_text("FROM scratch\nLABEL a=b\n")
    names = EngineNames(builder="simulated", registry="embedded", runner="act", act_image="cicache-steps:local")
    repository = Repository(owner="octo", name="app")
    with Engines(names) as engines, Simulation(engines, folder, repository, clock=CLOCK) as made:
        yield made


def test_a_job_in_a_container_reaches_what_is_outside(simulation: Simulation) -> None:
    """Git's remote, files that the docker command hands over, the gateway and the API."""
    run = simulation.run("ci.yml", "push")

    assert [step.error for job in run.jobs for step in job.steps] == [None] * 6
    assert run.conclusion == "success"
    assert run.tags.added == {"1"}
    assert not run.assumptions


def test_which_commands_there_are_to_allow_the_image_says(simulation: Simulation) -> None:
    """Nobody asks this machine."""
    simulation.allow("no-such-command")

    with pytest.raises(UsageError, match=r"^the image has no command 'no-such-command' "):
        simulation.run("ci.yml", "push")
