"""Each check finds its sample at the line to change, and nothing in the sample's twin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_cicache.checks import CHECKS
from pytest_cicache.survey import Survey
from tests.checks.samples import HERE, SAMPLES, Sample


def _files(sample: Sample) -> dict[str, str]:
    """The sample without its marks."""
    return {name: text.replace(HERE, "") for name, text in {**sample.files, **sample.others}.items()}


def _twin(sample: Sample) -> dict[str, str]:
    files = _files(sample)
    for old, new in sample.twin.items():
        assert any(old in text for text in files.values()), old
        files = {name: text.replace(old, new) for name, text in files.items()}
    return files


def _marked(sample: Sample) -> list[str]:
    """The marked lines as `file:line`."""
    return [
        f".github/workflows/{name}:{number}"
        for name, text in sample.files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if line.endswith(HERE)
    ]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_check_finds_its_sample(surveyed: Callable[..., Survey], name: str) -> None:
    """At the line to change, with what stands there."""
    sample = SAMPLES[name]
    survey = surveyed(_files(sample))

    found = survey.findings(".github/workflows/ci.yml", name.partition(" ")[0])

    assert [f"{each.path}:{each.line}" for each in found] == _marked(sample)
    assert all(each.excerpt and each.cure and each.message for each in found)


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_is_found_in_the_twin(surveyed: Callable[..., Survey], name: str) -> None:
    """What the check finds in the sample, and every run could be told."""
    survey = surveyed(_twin(SAMPLES[name]))

    found = [each.message for each in survey.findings(".github/workflows/ci.yml", name.partition(" ")[0])]

    assert found == []
    assert survey.findings(".github/workflows/ci.yml", "not-simulated") == ()


def test_each_check_has_a_sample_and_a_page() -> None:
    """And no page is left of one that is gone."""
    pages = {page.stem for page in (Path(__file__).parents[2] / "docs" / "checks").glob("*.md")} - {"README"}

    assert {name.partition(" ")[0] for name in SAMPLES} == set(CHECKS)
    assert pages == {*CHECKS, "unused-ignore"}
