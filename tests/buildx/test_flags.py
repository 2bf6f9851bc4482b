"""Command lines whose flags are not all known."""

from __future__ import annotations

import pytest

from pytest_cicache.buildx import read_words


@pytest.mark.parametrize(
    ("line", "values", "positional"),
    [
        ("a b", {}, ["a", "b"]),
        ("-q a", {"-q": [""]}, ["a"]),
        ("-t x a", {"-t": ["x"]}, ["a"]),
        ("-tx a", {"-t": ["x"]}, ["a"]),
        ("-t=x --tag y --tag=z a", {"-t": ["x"], "--tag": ["y", "z"]}, ["a"]),
        ("a -t", {"-t": [""]}, ["a"]),
        ("-q -- -t x", {"-q": [""]}, ["-t", "x"]),
        ("-", {}, ["-"]),
    ],
)
def test_flags_and_words_may_mix(line: str, values: dict[str, list[str]], positional: list[str]) -> None:
    """Flags that take a value are named; `--` ends the flags."""
    read = read_words(line.split(), values={"-t", "--tag"})

    assert (read.values, read.positional) == (values, positional)


def test_the_first_word_may_end_the_flags() -> None:
    """As before a command that has flags of its own."""
    read = read_words(["-q", "run", "-t", "x"], values={"-t"}, stop_early=True)

    assert (read.values, read.positional) == ({"-q": [""]}, ["run", "-t", "x"])
