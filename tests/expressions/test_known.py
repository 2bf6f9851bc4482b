"""Expressions for somebody else to evaluate: what is known stands as literals, doubts count as true."""

from __future__ import annotations

import pytest

from pytest_cicache.errors import ExpressionError
from pytest_cicache.expressions import MARKER_START, evaluate, fill_in, fill_in_template, presume, unknown

CONTEXTS = {
    "github": {"event_name": "push", "event": {"names": ["a", "b"], "message": "it's"}},
    "needs": {"build": {"result": "success", "outputs": {"tag": "1"}}},
    "matrix": {"number": 3.0, "flag": True},
}


def knows(context: str, name: str | None) -> bool:
    """All of the contexts but one member of `github`."""
    return context in CONTEXTS and name != "workspace"


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("github.event_name == steps.a.outputs.x", "'push' == steps.a.outputs.x"),
        ("GITHUB['event']['message']", "'it''s'"),
        ("github.workspace", "github.workspace"),
        ("matrix.number && matrix.flag && !matrix.other", "3 && true && !null"),
        ("needs['build'].outputs.tag", "'1'"),
        ("format('github.event_name', env.needs)", "format('github.event_name', env.needs)"),
        ("always()", "always()"),
    ],
)
def test_what_is_known_becomes_a_literal(text, filled):
    assert fill_in(text, CONTEXTS, knows) == filled


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("needs.*.result", ["success"]),
        ("github.event.names[*]", ["a", "b"]),
        ("matrix", {"number": 3.0, "flag": True}),
        ("github.event.names[fromJSON('1')]", "b"),
    ],
)
def test_collections_keep_their_values(text, value):
    """They stand as JSON, and a key that is no literal is left to whoever evaluates."""
    assert evaluate(fill_in(text, CONTEXTS, knows), {}) == value


def test_a_template_is_filled_in_part_by_part():
    text = "a ${{ github.event_name }} b ${{ steps.x.outputs.y }}"

    assert fill_in_template(text, CONTEXTS, knows) == "a ${{ 'push' }} b ${{ steps.x.outputs.y }}"


def test_what_cannot_be_read_is_an_error():
    with pytest.raises(ExpressionError):
        fill_in("github.", CONTEXTS, knows)


MARKER = unknown("steps.a.outputs.x")


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ("steps.a.outputs.x == 'y'", MARKER, True),
        ("steps.a.outputs.x == 'y'", "y", True),
        ("steps.a.outputs.x == 'y'", "z", False),
        ("steps.a.outputs.x != 'y'", MARKER, True),
        ("!(steps.a.outputs.x == 'y')", MARKER, True),
        ("!(steps.a.outputs.x == 'y')", "y", False),
        ("false && steps.a.outputs.x", MARKER, False),
        ("true && !steps.a.outputs.x", MARKER, True),
        ("!(true || steps.a.outputs.x)", MARKER, False),
        ("contains(steps.*.outputs.x, 'q')", MARKER, True),
        ("contains(steps.*.outputs.x, 'q')", "z", False),
        (f"'{MARKER}' == 'a'", "", True),
        ("env.A == 'b' || steps.a.outputs.x == 'b'", "z", False),
        ("github.ref == steps.a.outputs.x", "z", False),
        ("github.ref == steps.a.outputs.x", MARKER, True),
    ],
)
def test_a_condition_holds_where_it_may(condition, value, expected):
    """Three-valued logic for an evaluator that knows no unknown values: here one in which markers are plain text."""
    plain = presume(condition).replace(MARKER_START, "marker")
    contexts = {"steps": {"a": {"outputs": {"x": value.replace(MARKER, "marker12345678")}}}, "env": {}}
    contexts |= {"github": {"ref": "refs/heads/main"}}

    assert bool(evaluate(plain, contexts)) is expected
