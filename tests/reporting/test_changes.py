"""Changes as text, Markdown and JSON."""

from __future__ import annotations

import json

from pytest_cicache.checks import ConductChange
from pytest_cicache.reporting import render_changes

EXPORT = "export ghcr.io/o/p:cache"
CHANGES = (
    ConductChange(workflow="ci.yml", case="fork_pr", subject=EXPORT, before="denied", after=None),
    ConductChange(workflow="ci.yml", case="main_merge", subject=EXPORT, before="written", after=None),
)
WORSE = "A push to the default branch no longer writes the cache ghcr.io/o/p:cache"
BETTER = "A pull request from a fork no longer is denied the export to ghcr.io/o/p:cache: it no longer attempts it"


def test_text_tells_losses_first() -> None:
    """Workflow by workflow."""
    assert render_changes(CHANGES, "text").splitlines() == ["ci.yml", f"  worse: {WORSE}", f"  {BETTER}"]


def test_markdown_has_losses_in_bold() -> None:
    """For a comment."""
    lines = render_changes(CHANGES, "markdown").splitlines()

    assert lines[2:] == ["`ci.yml`", "", f"* **{WORSE}**", f"* {BETTER}"]


def test_json_has_each_change() -> None:
    """With the sentence a person reads."""
    told = json.loads(render_changes(CHANGES, "json"))

    assert told["schema"] == "pytest-cicache/diff/1"
    assert [(each["case"], each["worse"], each["sentence"]) for each in told["changes"]] == [
        ("fork_pr", False, BETTER),
        ("main_merge", True, WORSE),
    ]


def test_nothing_is_told_as_nothing() -> None:
    """A comment says so as well."""
    assert render_changes((), "text") == "no event makes any workflow behave otherwise"
    assert render_changes((), "markdown").endswith("No event makes any workflow behave otherwise.")
