"""The problems of a file, within GitHub's bounds."""

from __future__ import annotations

import pytest

from pytest_cicache.workflow import Position, WorkflowError
from pytest_cicache.workflow._problems import Problems

PLACE = Position(path="w.yml", line=3, column=5)


def _lines(problems: Problems) -> list[str]:
    with pytest.raises(WorkflowError, match=r".") as caught:
        problems.check()
    return [str(problem) for problem in caught.value.problems]


def test_a_problem_has_a_place_or_only_a_file() -> None:
    """As GitHub writes it."""
    problems = Problems("w.yml")
    problems.add("one", PLACE)
    problems.add("two")

    assert _lines(problems) == ["w.yml (Line: 3, Col: 5): one", "w.yml: two"]
    assert len(problems) == 2


def test_without_an_error_nothing_is_raised() -> None:
    """Warnings are kept."""
    problems = Problems("w.yml")
    problems.add("one", PLACE, is_warning=True)
    problems.check()

    assert [str(each) for each in problems.warnings] == ["w.yml (Line: 3, Col: 5): one"]


def test_a_warning_is_told_beside_an_error() -> None:
    """In the order of the file."""
    problems = Problems("w.yml")
    problems.add("one", is_warning=True)
    problems.add("two")

    assert _lines(problems) == ["w.yml: one", "w.yml: two"]


def test_ten_errors_are_told_and_warnings_do_not_crowd_them_out() -> None:
    """The eleventh error is dropped; with too many of both only errors are told."""
    problems = Problems("w.yml")
    for number in range(20):
        problems.add(f"warning {number}", is_warning=True)
    for number in range(20):
        problems.add(f"error {number}")

    assert _lines(problems) == [f"w.yml: error {number}" for number in range(10)]


@pytest.mark.parametrize(
    ("length", "is_cut"), [pytest.param(493, False, id="just-fits"), pytest.param(494, True, id="one-more")]
)
def test_a_line_of_more_than_500_characters_is_cut(length: int, is_cut: bool) -> None:
    """File and position count."""
    problems = Problems("w.yml")
    problems.add("x" * length)

    assert _lines(problems) == ["w.yml: " + "x" * 493 + ("[...]" if is_cut else "")]


def test_a_path_that_fills_the_line_leaves_no_message() -> None:
    """Then the message is only the mark of the cut."""
    problems = Problems("w" * 600)
    problems.add("message")

    assert _lines(problems) == ["w" * 600 + ": [...]"]
