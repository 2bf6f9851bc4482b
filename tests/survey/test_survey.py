"""A repository and the version that it is compared with."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.events import Repository
from pytest_cicache.simulation import Engines
from pytest_cicache.survey import Survey, WorkflowRecord
from pytest_cicache.survey._store import RecordStore

WORKFLOW = "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: docker build .}]}}\n"
PATH = ".github/workflows/ci.yml"


def no_engines() -> Engines:
    raise AssertionError("something was simulated")


def survey_of(tmp_path: Path) -> Survey:
    for name in ("now", "before"):
        file = tmp_path / name / PATH
        file.parent.mkdir(parents=True)
        file.write_text(WORKFLOW)
    (tmp_path / "shared").mkdir()
    repository = Repository(owner="octo-org", name="app")
    return Survey(tmp_path / "now", repository, no_engines, folder=tmp_path / "shared")


def test_the_records_of_the_base_are_shared_too(tmp_path: Path) -> None:
    """Apart from those of the working tree: each version of a workflow has its own."""
    base = survey_of(tmp_path).base(tmp_path / "before")
    conduct = {"push": {"run": "success"}}
    RecordStore(tmp_path / "shared" / "base").get(PATH, lambda path: WorkflowRecord(path=path, conduct=conduct))

    assert base.conduct(PATH) == conduct


def test_a_workflow_that_is_not_there_behaves_in_no_way(tmp_path: Path) -> None:
    """As one that only one of two versions has."""
    assert survey_of(tmp_path).conduct(".github/workflows/new.yml") == {}


def test_a_called_workflow_is_found_in_a_flow_mapping(tmp_path: Path) -> None:
    """The workflow that calls it touches an image cache too, and is the one that events start."""
    survey = survey_of(tmp_path)
    folder = tmp_path / "now" / ".github" / "workflows"
    (folder / "ci.yml").write_text("on: push\njobs: {image: {uses: ./.github/workflows/image.yml}}\n")
    (folder / "image.yml").write_text(WORKFLOW.replace("push", "workflow_call"))

    assert Survey(survey.root, survey.repository, no_engines).workflows == (PATH,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[tool.cicache.ignores]]\ncheck = 'min-mode'", "pyproject.toml: tool.cicache has 'ignores'; it takes ignore"),
        ("[tool]\ncicache = 3", "pyproject.toml: tool.cicache is no table but '3'"),
        ("tool = 3", "pyproject.toml cannot be read: "),
        ("[[tool.cicache.ignore]]\ncheck = 'min-mode'", "the ignore of 'min-mode' has no reason; add reason = "),
    ],
)
def test_settings_that_say_nothing_are_refused(tmp_path: Path, text: str, message: str) -> None:
    """A misspelt one would be passed over."""
    survey = survey_of(tmp_path)
    (survey.root / "pyproject.toml").write_text(text)

    with pytest.raises(UsageError, match=message):
        Survey(survey.root, survey.repository, no_engines)
