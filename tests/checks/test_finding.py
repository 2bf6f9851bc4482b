"""A finding as data, and its place."""

from __future__ import annotations

import pytest

from pytest_cicache.checks import Finding, Severity

FINDING = Finding(
    check="min-mode",
    severity=Severity.WARNING,
    message="Stages are lost",
    cure="add mode=max",
    workflow=".github/workflows/ci.yml",
    assumes=("action@ci.yml:3:5",),
    unless_written=("gha buildkit",),
)


def test_a_finding_comes_back_from_its_data() -> None:
    """As it went, for the workers of xdist."""
    placed = FINDING.at(".github/workflows/called.yml:7:3")

    assert Finding.from_data(placed.to_data()) == placed
    assert placed.to_data()["page"] == "docs/checks/min-mode.md"


@pytest.mark.parametrize(
    ("place", "where"),
    [("a.yml:7:3", "a.yml:7:3"), ("a.yml", "a.yml"), ("", ".github/workflows/ci.yml")],
)
def test_a_place_is_as_exact_as_it_is_known(place: str, where: str) -> None:
    """The file alone where there is no line."""
    assert FINDING.at(place).where == where
