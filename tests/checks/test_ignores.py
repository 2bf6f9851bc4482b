"""Which findings a comment or an entry is about, and what is wrong with one."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_cicache.checks import Finding, Severity, ignores_in, ignores_of_settings, unused_ignores
from pytest_cicache.errors import UsageError

PATH = ".github/workflows/ci.yml"


def _finding(line: int, path: str = PATH, check: str = "min-mode") -> Finding:
    return Finding(check=check, severity=Severity.WARNING, message="m", cure="c", workflow=PATH).at(f"{path}:{line}:5")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("a\ncache-to: x  # cicache: ignore[min-mode] small\nb", [2], id="line"),
        pytest.param("a\n  # cicache: ignore[min-mode] small\nb\nc", [3], id="line-below"),
        pytest.param("a\nb # cicache: ignore[unbounded-tags, min-mode] small", [2], id="several"),
        pytest.param("a\nb\n# cicache: ignore-workflow[min-mode] small", [1, 2, 3, 4], id="workflow"),
        pytest.param("a\nb # cicache: ignore[unbounded-tags] small", [], id="other-check"),
    ],
)
def test_a_comment_is_about_its_line_or_its_workflow(text: str, lines: list[int]) -> None:
    """The next line where it stands alone."""
    ignores = list(ignores_in(text, PATH))

    assert [n for n in range(1, 5) if any(each.fits(_finding(n)) for each in ignores)] == lines


def test_a_comment_of_a_called_workflow_is_about_that_file() -> None:
    """Whoever calls it."""
    (ignore,) = ignores_in("x # cicache: ignore[min-mode] small", "called.yml")

    assert ignore.fits(_finding(1, "called.yml"))
    assert not ignore.fits(_finding(1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\nb # cicache: ignore[min-mode]", "ci.yml:2:3: the ignore of 'min-mode' has no reason"),
        ("# cicache: ignore[mim-mode] x", "ci.yml:1:1: there is no check 'mim-mode'; did you mean 'min-mode'"),
        (
            "a # cicache ignore[min-mode] x",
            "ci.yml:1:3: '# cicache ignore[min-mode] x' ignores nothing; write '# cicache: ",
        ),
        ("# cicache: ignore min-mode", "ci.yml:1:1: '# cicache: ignore min-mode' ignores nothing; write '# cicache: "),
        ("# cicache: ignores[min-mode] x", "ci.yml:1:1: 'ignores' is no comment for cicache; did you mean 'ignore'"),
    ],
)
def test_a_wrong_comment_is_named_with_its_place(text: str, message: str) -> None:
    """No ignore is without a reason, none is of nothing."""
    with pytest.raises(UsageError, match=message.replace("[", r"\[")):
        list(ignores_in(text, "ci.yml"))


def test_an_entry_is_about_one_workflow_or_all() -> None:
    """By its path or its name."""
    everywhere, here, elsewhere = ignores_of_settings(
        [
            {"check": "min-mode", "reason": "r"},
            {"check": "min-mode", "reason": "r", "workflow": "ci.yml"},
            {"check": "min-mode", "reason": "r", "workflow": "other.yml"},
        ],
        "pyproject.toml",
    )

    assert [each.fits(_finding(3)) for each in (everywhere, here, elsewhere)] == [True, True, False]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"check": "min-mode"}, "number 1: the ignore of 'min-mode' has no reason"),
        ({"check": "nothing", "reason": "r"}, "number 1: there is no check 'nothing'"),
        ({"reason": "r"}, "number 1 is no table with 'check' and 'reason'"),
        ({"check": "min-mode", "reason": "r", "file": "x"}, "number 1 has 'file'; it takes check, reason and workflow"),
    ],
)
def test_a_wrong_entry_is_named(entry: dict[str, Any], message: str) -> None:
    """With its number."""
    with pytest.raises(UsageError, match=message):
        list(ignores_of_settings([entry], "pyproject.toml"))


def test_an_ignore_that_matches_nothing_is_told_at_its_place() -> None:
    """One that matches something is not."""
    ignores = list(ignores_in("a # cicache: ignore[min-mode] r\nb # cicache: ignore[unbounded-tags] r", PATH))

    (note,) = unused_ignores(ignores, [_finding(1)])

    assert (note.check, note.where, note.severity) == ("unused-ignore", f"{PATH}:2:3", Severity.NOTE)
