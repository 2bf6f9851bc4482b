"""What the checks find in the sample repositories of this project: what is there, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_cicache.checks import CHECKS
from pytest_cicache.events import Repository
from pytest_cicache.simulation import Engines
from pytest_cicache.survey import Survey
from tests.checks.conftest import told

FIXTURES = Path(__file__).parents[2] / "fixtures"
FOUND = {
    "app-build": ["unbounded-tags app-build-verify.yml:76", "unbounded-tags app-build-verify.yml:84"],
    "bake-services": ["unbounded-tags docker-bake.hcl:50"],
    "digest-merge": [],
    "monorepo": [],
    "shared-workflows": [],
}


def test_each_repository_is_here() -> None:
    """So that none goes unlooked at."""
    assert set(FOUND) == {path.parent.name for path in FIXTURES.glob("*/pytest.ini")}


@pytest.mark.parametrize("name", FOUND)
def test_what_is_found(engines: Engines, name: str) -> None:
    """Each pull request leaves caches behind in two of them, by design."""
    survey = Survey(FIXTURES / name, Repository(owner="octo-org", name=name), lambda: engines)

    found = [finding for path in survey.workflows for check in CHECKS for finding in survey.findings(path, check)]

    assert told(iter(found)) == FOUND[name]
