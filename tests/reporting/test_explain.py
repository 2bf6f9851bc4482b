"""Why a comparison failed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cicache.observation import Answer, TagNames
from pytest_cicache.reporting import explain_comparison, story


@pytest.mark.parametrize(
    ("left", "right"),
    [("a", "b"), ([1], [2]), ({1}, {2}), (Answer("a"), "b"), (None, None)],
    ids=["text", "list", "set", "answer of no run", "nothing"],
)
def test_what_is_not_ours_is_left_to_pytest(left, right):
    """Only answers that know what was asked are explained."""
    assert explain_comparison("==", left, right) is None


@pytest.mark.parametrize("swapped", [False, True])
def test_the_comparison_the_reason_and_the_story(fork_run, swapped):
    """Whichever side the answer is on."""
    sides = (fork_run.denied, [])
    left, right = reversed(sides) if swapped else sides

    first, why, empty, *lines = explain_comparison("==", left, right)

    assert first == f"{left!r} == {right!r}"
    assert why.startswith("ci.yml:31: cache-to ghcr.io/o/p:7 denied 403")
    assert (empty, tuple(lines)) == ("", story(fork_run))


def test_what_is_told_elsewhere_is_left_out(fork_run):
    """The plugin puts the reason first and the story last."""
    assert explain_comparison("==", fork_run.conclusion, "failure", told=True) == ["'success' == 'failure'"]


def test_sets_of_tags_say_what_differs(fork_run):
    """Missing, extra, and what a race decides."""
    assert explain_comparison("==", fork_run.tags.added, {"b"}, told=True) == [
        "{'x'} == {'b'}",
        "missing: b",
        "extra: x",
        "uncertain, a race decides it: 7",
    ]


def test_a_set_without_a_difference(fork_run):
    """There is only the comparison."""
    left = TagNames(["a"], asked=replace(fork_run.tags.added.asked))

    assert explain_comparison("!=", left, {"a"}, told=True) == ["{'a'} != {'a'}"]
