"""Findings as text, JSON, SARIF and GitHub's annotations."""

from __future__ import annotations

import json

import pytest

from pytest_cicache.checks import Finding, Severity
from pytest_cicache.reporting import FINDING_FORMATS, render_findings

FINDING = Finding(
    check="fork-pr-export",
    severity=Severity.ERROR,
    message="A pull request from a fork fails: 100%",
    cure="export on pushes",
    workflow=".github/workflows/ci.yml",
    excerpt="cache-to: x",
    assumes=("action@ci.yml:3:5",),
).at(".github/workflows/ci.yml:12:11")
WORKFLOWS = (".github/workflows/ci.yml",)


def test_text_tells_place_sentence_line_and_cure() -> None:
    """And ends with how many there are."""
    assert render_findings([FINDING], "text", workflows=WORKFLOWS).splitlines() == [
        ".github/workflows/ci.yml:12:11: error[fork-pr-export]: A pull request from a fork fails: 100%",
        "    cache-to: x",
        "  cure: export on pushes",
        "  rests on: action@ci.yml:3:5",
        "  page: docs/checks/fork-pr-export.md",
        "",
        "1 error in 1 workflow with an image cache",
    ]


@pytest.mark.parametrize(
    ("workflows", "told"),
    [
        ((), "nothing found in 0 workflows with an image cache"),
        (WORKFLOWS, "nothing found in 1 workflow with an image cache"),
    ],
)
def test_text_says_where_nothing_is_found(workflows: tuple[str, ...], told: str) -> None:
    """A repository without image caches is told from one that is sound."""
    assert render_findings([], "text", workflows=workflows) == told


def test_json_holds_every_field() -> None:
    """With the schema's name."""
    told = json.loads(render_findings([FINDING], "json", workflows=WORKFLOWS))

    assert (told["schema"], told["workflows"]) == ("pytest-cicache/checks/1", list(WORKFLOWS))
    assert Finding.from_data(told["findings"][0]) == FINDING


def test_sarif_names_rule_level_and_region() -> None:
    """As code scanning reads them."""
    (run,) = json.loads(render_findings([FINDING], "sarif"))["runs"]
    (result,) = run["results"]

    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "fork-pr-export"
    assert result["level"] == "error"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": ".github/workflows/ci.yml"},
        "region": {"startLine": 12, "startColumn": 11, "snippet": {"text": "cache-to: x"}},
    }


@pytest.mark.parametrize(
    ("severity", "command"), [(Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.NOTE, "notice")]
)
def test_github_annotates_the_line(severity: Severity, command: str) -> None:
    """With what commands escape."""
    from dataclasses import replace

    assert render_findings([replace(FINDING, severity=severity)], "github") == (
        f"::{command} file=.github/workflows/ci.yml,line=12,col=11,title=cicache fork-pr-export::"
        "A pull request from a fork fails: 100%25; export on pushes"
    )


def test_every_format_takes_no_findings() -> None:
    """An empty list is no special case."""
    assert [bool(render_findings([], form)) for form in FINDING_FORMATS] == [True, True, True, False]
