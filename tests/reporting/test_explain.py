"""Why a comparison failed."""

from __future__ import annotations

import pytest

from pytest_cicache.observation import Answer, Answers, TagNames
from pytest_cicache.reporting import explain_comparison

STORY = ("ci.yml on push: success", "  job a: success")


@pytest.mark.parametrize(
    ("left", "right"),
    [("a", "b"), ([1], [2]), ({1}, {2}), (Answer("a"), "b"), (None, None)],
    ids=["text", "list", "set", "answer without a story", "nothing"],
)
def test_what_is_not_ours_is_left_to_pytest(left, right):
    """Only answers that know a story are explained."""
    assert explain_comparison("==", left, right) is None


@pytest.mark.parametrize("swapped", [False, True])
def test_the_first_line_is_the_comparison(swapped):
    """The short summary shows it; the story follows."""
    sides = (Answer("failure", story=STORY), "success")
    left, right = reversed(sides) if swapped else sides

    assert explain_comparison("==", left, right) == [f"{left!r} == {right!r}", "", *STORY]


def test_lists_are_explained():
    """An empty list with a story, too."""
    assert explain_comparison("==", Answers([], story=STORY), [1]) == ["[] == [1]", "", *STORY]


def test_sets_of_tags_say_what_differs():
    """Missing, extra, and what a race decides."""
    left = TagNames(["a", "b"], uncertain=frozenset({"d"}), story=STORY)

    assert explain_comparison("==", left, {"b", "c"}) == [
        f"{left!r} == { ({'b', 'c'})!r}",
        "",
        "missing: c",
        "extra: a",
        "uncertain, a race decides it: d",
        "",
        *STORY,
    ]


def test_equal_sets_under_another_operator():
    """Without a difference there is only the story."""
    left = TagNames(["a"], story=STORY)

    assert explain_comparison("!=", left, {"a"}) == ["{'a'} != {'a'}", "", *STORY]
