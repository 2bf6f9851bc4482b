"""What two conducts differ in, and which differences are losses."""

from __future__ import annotations

import pytest

from pytest_cicache.checks import ConductChange, changes

EXPORT = "export ghcr.io/o/p:cache"


@pytest.mark.parametrize(
    ("case", "subject", "before", "after", "is_worse", "sentence"),
    [
        ("main_merge", EXPORT, "written", None, True, "no longer writes the cache ghcr.io/o/p:cache"),
        ("pr", EXPORT, "written", None, False, "no longer writes the cache ghcr.io/o/p:cache"),
        (
            "fork_pr",
            EXPORT,
            "denied",
            None,
            False,
            "no longer is denied the export to ghcr.io/o/p:cache: it no longer attempts it",
        ),
        ("fork_pr", EXPORT, None, "denied", True, "now is denied the export to ghcr.io/o/p:cache"),
        ("pr", EXPORT, None, "written", False, "now writes the cache ghcr.io/o/p:cache"),
        (
            "pr",
            "import ghcr.io/o/p:cache",
            "hit",
            "not-found",
            True,
            "no longer takes steps from ghcr.io/o/p:cache, it now does not find ghcr.io/o/p:cache",
        ),
        ("fork_pr", "run", "failure", "success", False, "no longer ends in failure, it now ends in success"),
        ("fork_pr", "run", "success", None, False, "no longer starts the workflow"),
        (
            "pr",
            "build Dockerfile in build",
            "all steps cached",
            "some steps cached",
            True,
            "no longer has build Dockerfile in build: all steps cached, "
            "it now has build Dockerfile in build: some steps cached",
        ),
    ],
)
def test_a_change_says_what_a_case_does_no_longer(
    case: str, subject: str, before: str | None, after: str | None, is_worse: bool, sentence: str
) -> None:
    """And whether that is a loss."""
    change = ConductChange(workflow="ci.yml", case=case, subject=subject, before=before, after=after)

    assert change.is_worse is is_worse
    assert change.sentence.endswith(sentence)


def test_only_what_differs_is_a_change() -> None:
    """Of a case that is gone its reads and writes, and not each job."""
    before = {"pr": {"run": "success", EXPORT: "written"}, "schedule": {"run": "success", "job a": "success"}}
    after = {"pr": {"run": "success", EXPORT: "denied"}}

    found = [(each.case, each.subject, each.after) for each in changes("ci.yml", before, after)]

    assert found == [("pr", EXPORT, "denied"), ("schedule", "run", None)]
