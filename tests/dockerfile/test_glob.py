"""Patterns of COPY sources and of .dockerignore, as Go and moby/patternmatcher match them."""

from __future__ import annotations

import pytest

from pytest_cicache.dockerfile import IgnorePatterns, read_ignore_file
from pytest_cicache.dockerfile._glob import has_wildcards, match_path
from pytest_cicache.errors import DockerfileError


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        pytest.param("*.txt", "a.txt", True, id="star"),
        pytest.param("*.txt", "d/a.txt", False, id="star-stops-at-slash"),
        pytest.param("d/?", "d/a", True, id="question-mark"),
        pytest.param("[a-c]x", "bx", True, id="class"),
        pytest.param("[^a-c]x", "dx", True, id="negated-class"),
        pytest.param("[^a]x", "/x", False, id="class-stops-at-slash"),
        pytest.param(r"\*", "*", True, id="escaped"),
        pytest.param("[", "[", True, id="lone-bracket"),
    ],
)
def test_path_patterns(pattern: str, path: str, expected: bool) -> None:
    """The whole path must match."""
    assert (match_path(pattern).match(path) is not None) is expected


@pytest.mark.parametrize(("text", "expected"), [("a*", True), (r"a\*", False), (r"a\\*", True), ("a", False)])
def test_wildcards(text: str, expected: bool) -> None:
    """A backslash takes the meaning away."""
    assert has_wildcards(text) is expected


def test_reading_an_ignore_file() -> None:
    """Comments and empty lines go, paths are cleaned, leading slashes and spaces too."""
    text = "\ufeff# no\n\n /a/b/ \n!./c\n! d\n!\n  # kept\n*/../x\n/\n"

    assert read_ignore_file(text) == ("a/b", "!c", "!d", "!", "# kept", "x", "/")


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        pytest.param(["a"], "a", True, id="name"),
        pytest.param(["a"], "a/b", True, id="in-a-folder"),
        pytest.param(["a"], "b/a", False, id="only-at-the-top"),
        pytest.param(["*/a"], "b/a", True, id="one-deep"),
        pytest.param(["**/a"], "a", True, id="any-depth-none"),
        pytest.param(["**/a"], "x/y/a", True, id="any-depth"),
        pytest.param(["a/**"], "a/b/c", True, id="everything-below"),
        pytest.param(["a/**"], "a", False, id="not-the-folder-itself"),
        pytest.param(["**"], "x/y", True, id="everything"),
        pytest.param(["x/**/y"], "x/y", True, id="no-folder-between"),
        pytest.param(["*.md", "!README.md"], "README.md", False, id="taken-back"),
        pytest.param(["*.md", "!README.md", "R*"], "README.md", True, id="taken-again"),
        pytest.param(["a", "!a/b"], "a/b", False, id="taken-back-in-a-folder"),
        pytest.param(["a", "!a/b"], "a/c", True, id="its-sibling-stays"),
        pytest.param(["[ab]?"], "bx", True, id="class"),
        pytest.param([r"a\*"], "a*", True, id="escaped"),
        pytest.param([" ", "a"], "a", True, id="blank-pattern"),
        pytest.param(["a.b"], "axb", False, id="a-dot-is-a-dot"),
    ],
)
def test_ignore_patterns(patterns: list[str], path: str, expected: bool) -> None:
    """Later patterns win, a folder's fate is its files'."""
    assert IgnorePatterns(patterns).match(path)[0] is expected


def test_a_folders_result_is_handed_down() -> None:
    """With the parent's result the parent's names are not matched again."""
    patterns = IgnorePatterns(["a", "!a/b"])
    _, above = patterns.match("a")

    assert patterns.takes_back
    assert patterns.match("a/b", above)[0] is False
    assert patterns.match("a/c", above)[0] is True


@pytest.mark.parametrize(
    ("pattern", "message"), [("!", 'illegal exclusion pattern: "!"'), ("[", "syntax error in pattern")]
)
def test_bad_patterns(pattern: str, message: str) -> None:
    """In the words of moby/patternmatcher."""
    with pytest.raises(DockerfileError, match=message):
        IgnorePatterns([pattern])
