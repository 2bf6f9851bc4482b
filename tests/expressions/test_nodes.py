"""The normal form of expressions."""

from __future__ import annotations

import pytest

from pytest_cicache.expressions import parse
from pytest_cicache.expressions._nodes import render, walk


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        pytest.param("null", "null", id="null"),
        pytest.param("true", "true", id="boolean"),
        pytest.param("0x10", "16", id="number"),
        pytest.param("'it''s'", "'it''s'", id="string"),
        pytest.param("a['b'] . c", "a.b.c", id="index-by-a-name"),
        pytest.param("a['b c'][0]", "a['b c'][0]", id="index-by-other"),
        pytest.param("a[*].b.*", "a.*.b.*", id="filter"),
        pytest.param("!(a)", "!a", id="not"),
        pytest.param("a&&b||c", "((a && b) || c)", id="logical"),
        pytest.param("a && (b && c)", "(a && b && c)", id="flattened"),
        pytest.param("(a || b) && c", "((a || b) && c)", id="not-flattened"),
        pytest.param("a<b == c>=d", "((a < b) == (c >= d))", id="comparisons"),
        pytest.param("Join(a,'x')", "Join(a, 'x')", id="call"),
        pytest.param("a[* == 1]", "a[(* == 1)]", id="star-as-an-operand"),
    ],
)
def test_an_expression_has_a_normal_form(text: str, normal: str) -> None:
    """It is the form in which the runner repeats expressions."""
    root = parse(text).root

    assert root is not None
    assert render(root) == normal


def test_walking_meets_every_node() -> None:
    """Calls, indexes, comparisons, negations and their operands."""
    root = parse("!a.b && f(c == 1)").root

    assert root is not None
    assert len(list(walk(root))) == 9
