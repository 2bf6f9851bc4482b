"""Texts that fit a narrow screen."""

from __future__ import annotations

import pytest

from pytest_cicache.reporting.html._text import breakable, middle, size


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a word", "a word"),
        ("tests/test_a.py::test_b", "tests/<wbr>test_<wbr>a.py:<wbr>:<wbr>test_<wbr>b"),
        ("app-build:py-3.12", "app-build:<wbr>py-<wbr>3.12"),
        ("--yes <b>", "--yes &lt;b&gt;"),
        ("a\nb c", "a\nb c"),
        ("ghcr.io/o/p@sha256:1", "ghcr.io/<wbr>o/<wbr>p@<wbr>sha256:<wbr>1"),
    ],
)
def test_lines_break_only_behind_signs(text: str, shown: str) -> None:
    """Never within a word, nor between a dash and the word it begins."""
    assert str(breakable(text)) == shown


def test_a_word_without_signs_loses_its_middle() -> None:
    """The title has all of it."""
    word = "0123456789" * 4

    assert str(breakable(word)) == f'<span title="{word}">012345678901234…67890123456789</span>'


def test_a_name_keeps_both_ends_of_its_first_line() -> None:
    """The title has all of it, as text."""
    shown = str(middle("<abcdefgh>\nnext", 7))

    assert shown == '<span class="name" title="&lt;abcdefgh&gt;\nnext">&lt;ab…gh&gt;</span>'
    assert str(middle("short", 7)) == '<span class="name">short</span>'


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2_500_000, "2.5 MB"), (3 * 10**12, "3000.0 GB")]
)
def test_sizes(count: int, told: str) -> None:
    """In the largest unit of which there is one."""
    assert size(count) == told
