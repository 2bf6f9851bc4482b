"""What act makes of the steps is what the runner `inprocess` makes of them: the same JSON.

What is known to differ, each with a test that shows it, is in tests/engines/runner/act_differences.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pytest_cicache import events
from pytest_cicache.reporting import run_json
from pytest_cicache.simulation import EngineNames, Engines, Simulation, repository_of

pytestmark = pytest.mark.act

CLOCK = datetime(2026, 11, 24, 9, tzinfo=UTC)
FIXTURES = Path(__file__).parents[2] / "fixtures"
FEATURES = Path(__file__).parents[1] / "plan" / "repository"
SAMPLES = {
    "app-build": "ci.yml",
    "bake-services": "images.yml",
    "digest-merge": "image.yml",
    "monorepo": "ci.yml",
}
IMAGE = "cicache-steps:local"
# Those with the most of what a container could make otherwise: files, outputs, variables, shells, failures.
IN_IMAGE = ("continue-on-error.yml", "environment.yml", "outputs-of-steps.yml", "status-functions.yml", "variables.yml")
# Names of builders, commits and the place of the workspace differ from run to run.
_BY_RUN = re.compile(
    r"builder-[0-9a-f-]{36}|(?<=docker-metadata-)\d+|\b[0-9a-f]{40}\b|(?<=simulated/simulated0/)[0-9a-f]+"
    r"|/[^\s\"']*/job-[0-9a-f]{12}/(?:work/(?:_temp|[\w-]+/[\w-]+)|\S+?/(?:hostexecutor|tmp))"
)


@pytest.fixture(scope="module")
def both() -> Iterator[dict[str, Engines]]:
    """The embedded engines with each runner, and with act in containers."""
    names = EngineNames(builder="simulated", registry="embedded")
    runners = {"inprocess": {}, "act": {"runner": "act"}, "image": {"runner": "act", "act_image": IMAGE}}
    made = {name: Engines(replace(names, **runner)) for name, runner in runners.items()}
    yield made
    for engines in made.values():
        engines.close()


def told(engines: Engines, root: Path, workflow: str, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """The JSON of a run for each event, in one simulation."""
    made = []
    with Simulation(engines, root, repository_of(root, "octo/app"), clock=CLOCK) as simulation:
        for kind in kinds:
            document = run_json(simulation.run(workflow, events.from_text(kind)))
            for name in ("runner", "act_image", "hides_processes"):
                document["scenario"].pop(name)
            document.pop("bytes")  # they grow and shrink with the name of the commit
            made.append(plain(document))
    return made


def plain(value: Any) -> Any:
    """The value without what differs from run to run; act gives outputs in an order of its own."""
    match value:
        case dict():
            return {name: plain(each) for name, each in sorted(value.items())}
        case list():
            return [plain(each) for each in value]
        case str():
            return _BY_RUN.sub("X", value)
    return value


@pytest.mark.image
def test_a_sample_in_containers(both: dict[str, Engines]) -> None:
    kinds = ("main_merge", "fork_pr")
    image, inprocess = (told(both[name], FIXTURES / "app-build", "ci.yml", kinds) for name in ("image", "inprocess"))

    assert image == inprocess


@pytest.mark.parametrize(("sample", "workflow"), SAMPLES.items(), ids=SAMPLES)
def test_samples(both: dict[str, Engines], sample: str, workflow: str) -> None:
    kinds = ("main_merge", "pr", "fork_pr", "dependabot_pr")
    act, inprocess = (told(both[name], FIXTURES / sample, workflow, kinds) for name in ("act", "inprocess"))

    assert act == inprocess


@pytest.mark.parametrize("workflow", sorted(file.name for file in (FEATURES / ".github" / "workflows").iterdir()))
def test_features(both: dict[str, Engines], workflow: str) -> None:
    """Every construct of a workflow file, under an event that has the most rights and one that has the least."""
    kinds = ("push", "fork_pr")
    act, inprocess = (told(both[name], FEATURES, workflow, kinds) for name in ("act", "inprocess"))

    assert act == inprocess


@pytest.mark.image
@pytest.mark.parametrize("workflow", IN_IMAGE)
def test_features_in_containers(both: dict[str, Engines], workflow: str) -> None:
    image, inprocess = (told(both[name], FEATURES, workflow, ("push",)) for name in ("image", "inprocess"))

    assert image == inprocess
