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
            "no longer builds Dockerfile in job build with all steps cached, "
            "it now builds Dockerfile in job build with some steps cached",
        ),
        ("pr", "job image", "success", "skipped", True, "no longer ends job image in success, it now skips job image"),
        (
            "pr",
            "token of image",
            "packages: write",
            "packages: read",
            True,
            "no longer gives the token of job image packages: write, "
            "it now gives the token of job image packages: read",
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


def test_causes_come_before_what_follows_from_them() -> None:
    """And losses before all: a cache that is no longer written is why builds run again."""
    before = {
        "fork_pr": {"build Dockerfile in a": "all steps cached", EXPORT: "denied"},
        "main_merge": {EXPORT: "written"},
        "repeat": {EXPORT: "written"},
    }
    after = {"fork_pr": {"build Dockerfile in a": "no step cached"}, "main_merge": {"run": "success"}, "repeat": {}}

    found = sorted(changes("ci.yml", before, after), key=lambda change: change.rank)

    assert [(each.case, each.subject.partition(" ")[0]) for each in found] == [
        ("main_merge", "export"),
        ("repeat", "export"),
        ("fork_pr", "build"),
        ("main_merge", "run"),
        ("fork_pr", "export"),
    ]


def test_only_what_differs_is_a_change() -> None:
    """Of a case that is gone its reads and writes, and not each job."""
    before = {"pr": {"run": "success", EXPORT: "written"}, "schedule": {"run": "success", "job a": "success"}}
    after = {"pr": {"run": "success", EXPORT: "denied"}}

    found = [(each.case, each.subject, each.after) for each in changes("ci.yml", before, after)]

    assert found == [("pr", EXPORT, "denied"), ("schedule", "run", None)]
