"""What the checks find in the sample repositories of this project: what is there, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_cicache.checks import CHECKS, Severity
from pytest_cicache.events import Repository
from pytest_cicache.simulation import Engines
from pytest_cicache.survey import Survey
from tests.checks.conftest import told
from tests.checks.samples import SOUND

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


CALLED = (FIXTURES / "shared-workflows" / ".github" / "workflows" / "image.yml").read_text()


def test_what_only_callers_have_is_one_step(engines: Engines, tmp_path: Path) -> None:
    """A workflow that is only called is judged without its callers' Dockerfile: by what it reads and writes."""
    file = tmp_path / ".github" / "workflows" / "image.yml"
    file.parent.mkdir(parents=True)
    *others, _ = CALLED.splitlines(keepends=True)
    file.write_text(f"{''.join(others)}          cache-to: type=registry,ref=${{{{ env.IMAGE }}}}:cache,mode=max\n")
    survey = Survey(tmp_path, Repository(owner="octo-org", name=".github"), lambda: engines)

    assert told(survey.every_finding()) == [f"fork-pr-export image.yml:{len(others) + 1}"]


def test_builds_without_their_files_are_told(engines: Engines, tmp_path: Path) -> None:
    """Nothing that the other checks find could be seen."""
    file = tmp_path / ".github" / "workflows" / "ci.yml"
    file.parent.mkdir(parents=True)
    file.write_text(SOUND)
    survey = Survey(tmp_path, Repository(owner="octo-org", name="app"), lambda: engines)

    (finding,) = survey.findings(".github/workflows/ci.yml", "not-simulated")
    assert (finding.severity, finding.line) == (Severity.WARNING, 13)
    assert finding.message.endswith("failed to read dockerfile: open Dockerfile: no such file or directory")
