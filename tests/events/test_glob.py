"""GitHub's glob language: its worked examples, edge cases, properties against a regular expression."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_cicache.events import glob_matches, matches_glob

CASES = [
    pytest.param("*", "main", True, id="WS-star"),
    pytest.param("*", "feature/x", False, id="WS-star-no-slash"),
    pytest.param("**", "all/the/branches", True, id="WS-two-stars"),
    pytest.param("feature/*", "feature/my-branch", True, id="WS-segment"),
    pytest.param("feature/*", "feature/a/b", False, id="WS-segment-one-level"),
    pytest.param("feature/**", "feature/beta-a/my-branch", True, id="WS-below"),
    pytest.param("feature/**", "feature", False, id="below-not-itself"),
    pytest.param("releases/mona-the-cat", "releases/mona-the-cat", True, id="WS-literal"),
    pytest.param("*feature", "mona-feature", True, id="WS-ending"),
    pytest.param("*feature", "feature", True, id="WS-ending-empty"),
    pytest.param("*feature", "ver-10-feature", True, id="WS-ending-dashes"),
    pytest.param("v2*", "v2.0", True, id="WS-prefix"),
    pytest.param("v[12].[0-9]+.[0-9]+", "v1.10.1", True, id="WS-class-plus"),
    pytest.param("v[12].[0-9]+.[0-9]+", "v2.0.0", True, id="WS-class-plus-two"),
    pytest.param("v[12].[0-9]+.[0-9]+", "v3.0.0", False, id="WS-class-plus-other"),
    pytest.param("v[12].[0-9]+.[0-9]+", "v1..1", False, id="plus-needs-one"),
    pytest.param("*.jsx?", "page.js", True, id="WS-question"),
    pytest.param("*.jsx?", "page.jsx", True, id="WS-question-present"),
    pytest.param("*.jsx?", "page.jsxx", False, id="question-at-most-one"),
    pytest.param("**.js", "src/js/app.js", True, id="WS-any-extension"),
    pytest.param("**.js", "index.js", True, id="WS-any-extension-root"),
    pytest.param("docs/*", "docs/README.md", True, id="WS-docs"),
    pytest.param("docs/*", "docs/a/b.md", False, id="WS-docs-one-level"),
    pytest.param("docs/**", "docs/a/b.md", True, id="WS-docs-below"),
    pytest.param("docs/**/*.md", "docs/README.md", True, id="WS-no-directory"),
    pytest.param("docs/**/*.md", "docs/mona/hello-world.md", True, id="WS-one-directory"),
    pytest.param("docs/**/*.md", "docs/a/markdown/file.md", True, id="WS-two-directories"),
    pytest.param("docs/**/*.md", "docs/a/b.txt", False, id="WS-other-extension"),
    pytest.param("**/docs/**", "docs/hello.md", True, id="WS-anywhere-at-root"),
    pytest.param("**/docs/**", "dir/docs/my-file.txt", True, id="WS-anywhere"),
    pytest.param("**/docs/**", "space/docs/plan/space.doc", True, id="WS-anywhere-deep"),
    pytest.param("**/docs/**", "mydocs/x", False, id="anywhere-whole-segment"),
    pytest.param("**/README.md", "README.md", True, id="WS-readme-root"),
    pytest.param("**/README.md", "js/README.md", True, id="WS-readme"),
    pytest.param("**/README.md", "jsREADME.md", False, id="readme-whole-segment"),
    pytest.param("**/*src/**", "a/src/app.js", True, id="WS-src"),
    pytest.param("**/*src/**", "my-src/code/js/app.js", True, id="WS-src-ending"),
    pytest.param("**/*-post.md", "my-post.md", True, id="WS-post-root"),
    pytest.param("**/*-post.md", "path/their-post.md", True, id="WS-post"),
    pytest.param("**/migrate-*.sql", "db/sept/migrate-v1.sql", True, id="WS-sql"),
    pytest.param("*.md", "README.md", True, id="WS-root-only"),
    pytest.param("*.md", "a/README.md", False, id="WS-root-only-not-below"),
    pytest.param("main", "Main", False, id="case-sensitive"),
    pytest.param("a.c", "abc", False, id="dot-is-literal"),
    pytest.param("a(b|c)$", "a(b|c)$", True, id="regex-characters-are-literal"),
    pytest.param(r"a\*b", "a*b", True, id="escape"),
    pytest.param(r"a\*b", "axb", False, id="escape-is-literal"),
    pytest.param("a\\", "a\\", True, id="escape-at-end"),
    pytest.param("a**b", "a/x/b", True, id="stars-inside-a-segment"),
    pytest.param("a**/b", "a/x/b", True, id="stars-before-slash-inside-a-segment"),
    pytest.param("a**/b", "ab", False, id="stars-before-slash-keep-the-slash"),
    pytest.param("***", "a/b", True, id="three-stars"),
    pytest.param("a/***/b", "a/b", True, id="three-stars-as-directories"),
    pytest.param("?a", "?a", True, id="question-first-is-literal"),
    pytest.param("+a", "+a", True, id="plus-first-is-literal"),
    pytest.param("*?a", "xya", True, id="question-behind-star"),
    pytest.param("*+a", "xya", True, id="plus-behind-star"),
    pytest.param("**/?a", "x/a", True, id="question-behind-directories"),
    pytest.param("ab?+c", "ac", True, id="quantifier-behind-quantifier"),
    pytest.param("[", "[", True, id="open-bracket-is-literal"),
    pytest.param("[]", "[]", True, id="empty-class-is-literal"),
    pytest.param("[a-]", "-", True, id="dash-at-end-of-class"),
    pytest.param("[a-c]x", "bx", True, id="range"),
    pytest.param("[a-c]x", "dx", False, id="outside-of-range"),
    pytest.param("[c-a]", "b", False, id="backward-range-is-empty"),
    pytest.param("", "", True, id="empty"),
    pytest.param("", "a", False, id="empty-matches-nothing-else"),
    pytest.param("a/**/b", "a/x/y/b", True, id="directories"),
    pytest.param("a/**/b", "a/xb", False, id="directories-end-at-a-slash"),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), CASES)
def test_pattern(pattern: str, text: str, expected: bool) -> None:
    """A pattern matches the texts that GitHub's page says it does."""
    assert glob_matches(pattern, text) is expected


@pytest.mark.parametrize(
    ("patterns", "text", "expected"),
    [
        pytest.param(["releases/**", "!releases/**-alpha"], "releases/10", True, id="WS-included"),
        pytest.param(["releases/**", "!releases/**-alpha"], "releases/10-alpha", False, id="WS-taken-out"),
        pytest.param(["*.md", "!README.md", "README*"], "README.md", True, id="WS-taken-in-again"),
        pytest.param(["!README.md", "*.md"], "README.md", True, id="order-decides"),
        pytest.param(["!main"], "dev", False, id="only-negative-never-matches"),
        pytest.param([], "main", False, id="empty-list"),
    ],
)
def test_list_of_patterns_is_read_in_order(patterns: list[str], text: str, expected: bool) -> None:
    """Later patterns take out and take in again; only `!` patterns match nothing [WS]."""
    assert matches_glob(patterns, text) is expected


PATTERNS = st.text(alphabet="ab/*?+[]-.!\\", max_size=14)
TEXTS = st.text(alphabet="ab/-.", max_size=14)


@settings(deadline=None)
@given(PATTERNS, TEXTS)
def test_any_pattern_matches_or_not(pattern: str, text: str) -> None:
    """No pattern is an error, and literal text matches itself."""
    assert glob_matches(pattern, text) in (True, False)
    assert glob_matches(text, text)


SIMPLE = st.lists(st.sampled_from(["a", "b", "/", ".", "*", "**", "[ab]", "a+", "b?", "/**/"]), max_size=7)


def translated(parts: list[str]) -> str | None:
    """A pattern as a regular expression, where that translation is settled."""
    pattern = "".join(parts)
    if "***" in pattern or "*+" in pattern or "*?" in pattern:
        return None
    pattern = re.sub(r"(?<![^/])\*\*/", "<D>", pattern)
    pattern = pattern.replace(".", r"\.").replace("**", "<A>").replace("*", "[^/]*")
    return pattern.replace("<A>", ".*").replace("<D>", "(?:.*/)?")


@settings(deadline=None)
@given(SIMPLE, TEXTS)
def test_automaton_agrees_with_the_regular_expression(parts: list[str], text: str) -> None:
    """Where the rules are settled, the matcher is GitHub's language as a regular expression."""
    expression = translated(parts)
    if expression is not None:
        assert glob_matches("".join(parts), text) is (re.fullmatch(expression, text) is not None)


def test_hostile_pattern_is_answered() -> None:
    """A pattern on which a backtracking matcher would never come to an end gets its answer."""
    assert not glob_matches("*a" * 40 + "b", "a" * 240)
    assert not glob_matches("**/" * 30 + "b", "a/" * 120)
