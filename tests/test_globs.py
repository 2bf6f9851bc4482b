"""The one translator of glob patterns, under rules that differ."""

from __future__ import annotations

import re

import pytest

from pytest_cicache.globs import GlobRules, translate

PLAIN = GlobRules(escapes=False)
ESCAPING = GlobRules(escapes=True, character_class=lambda inner: f"[{inner}]")
CROSSING = GlobRules(escapes=False, stars=lambda has_slash, ends: "(?:.*/)?" if has_slash else ".*")


@pytest.mark.parametrize(
    ("rules", "pattern", "text", "matches"),
    [
        pytest.param(PLAIN, "a*c", "abc", True, id="star"),
        pytest.param(PLAIN, "a*c", "a/c", False, id="star-stops-at-a-slash"),
        pytest.param(PLAIN, "a?c", "a/c", False, id="question-mark-stops-at-a-slash"),
        pytest.param(PLAIN, "a**c", "a/c", False, id="two-stars-are-two-stars"),
        pytest.param(PLAIN, "a.c", "abc", False, id="a-dot-is-a-dot"),
        pytest.param(PLAIN, "[ab]", "[ab]", True, id="brackets-mean-nothing"),
        pytest.param(PLAIN, "a\\*", "a\\bc", True, id="a-backslash-means-nothing"),
        pytest.param(ESCAPING, "a\\*", "a*", True, id="escaped-star"),
        pytest.param(ESCAPING, "a\\*", "ab", False, id="escaped-star-is-no-star"),
        pytest.param(ESCAPING, "[ab]c", "bc", True, id="class"),
        pytest.param(ESCAPING, "[ab", "[ab", True, id="bracket-that-does-not-close"),
        pytest.param(CROSSING, "a/**/c", "a/c", True, id="no-folder"),
        pytest.param(CROSSING, "a/**/c", "a/b/b/c", True, id="folders"),
        pytest.param(CROSSING, "a/**", "a/b/c", True, id="everything-below"),
        pytest.param(PLAIN, "*a*ab", "aab", True, id="the-second-star-takes-nothing"),
        pytest.param(PLAIN, "*a/*b", "a/ab", True, id="a-slash-between-two-stars"),
        pytest.param(CROSSING, "*a**b*c", "abxc/bc", True, id="what-crosses-slashes-between-two-stars"),
        pytest.param(PLAIN, "*a" * 30 + "x", "a" * 200, False, id="many-stars-end-soon"),
    ],
)
def test_a_pattern_matches_by_its_rules(rules: GlobRules, pattern: str, text: str, matches: bool) -> None:
    """What all have in common, and each rule on and off."""
    assert (re.fullmatch(translate(pattern, rules), text) is not None) is matches
