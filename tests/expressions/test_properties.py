"""What holds for every input: an answer or an ExpressionError, nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_cicache.expressions import (
    ExpressionError,
    evaluate,
    interpolate,
    loosely_equal,
    split_template,
    to_number,
    to_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

FRAGMENTS = (
    *"()[],.!*'&|<>= \n",
    *(
        "==",
        "!=",
        "<=",
        ">=",
        "&&",
        "||",
        "${{",
        "}}",
        "''",
        "'{0}'",
        "'{{'",
        "'[1]'",
        "\u00a0",
        "😀",
        "\ud800",
    ),
    *("null", "true", "NaN", "-Infinity", "0", "-1", ".5", "1e9", "0xFF", "0o7", "9" * 30),
    *("a", "b", "A.b", "a.*", "list", "nope", "contains(", "startsWith(", "endsWith(", "format(", "join("),
    *("toJSON(", "fromJSON(", "case(", "hashFiles("),
)
NAMES = st.sampled_from(["a", "b", "list", "A", "é", ""])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
CONTEXTS = st.dictionaries(NAMES, JSON, max_size=4)
SOUP = st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join)

OPERANDS = st.sampled_from(
    ["null", "true", "0", "'1'", "''", "'x'", "NaN", "a", "b", "list", "a.b", "list[0]", "list.*.b", "a[*]"]
)


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "&&", "||"])
    unary = [
        "(%s)",
        "!%s",
        "(%s).b",
        "(%s)[0]",
        "(%s).*",
        "list[%s]",
        "toJSON(%s)",
        "fromJSON(%s)",
        "join(%s)",
    ]
    binary = [
        "contains(%s, %s)",
        "startsWith(%s, %s)",
        "format(%s, %s)",
        "case(%s == 1, %s, 2)",
        "join(%s, %s)",
    ]
    return (
        st.builds("{} {} {}".format, inner, operators, inner)
        | st.builds(lambda form, value: form % value, st.sampled_from(unary), inner)
        | st.builds(lambda form, pair: form % pair, st.sampled_from(binary), st.tuples(inner, inner))
    )


EXPRESSIONS = st.recursive(OPERANDS, _combined, max_leaves=8)
EVERY_NAME = st.fixed_dictionaries({"a": JSON, "b": JSON, "list": JSON})


def _error(call: Callable[..., Any], text: str, contexts: dict[str, Any]) -> ExpressionError | None:
    try:
        call(text, contexts)
    except ExpressionError as error:
        return error
    return None


@given(text=st.text(max_size=40) | SOUP | EXPRESSIONS, contexts=CONTEXTS)
@settings(max_examples=400, deadline=None)
def test_any_text_gives_a_value_or_an_expression_error(text: str, contexts: dict[str, Any]) -> None:
    """Whatever is wrong is said as GitHub says it, at a place inside the text."""
    for call in (evaluate, interpolate):
        error = _error(call, text, contexts)
        if error is not None:
            assert str(error)
            assert error.phase in ("lexing", "parsing", "evaluation")
            assert error.position is None or 1 <= error.position <= 2 * len(text) + 1


@given(text=EXPRESSIONS, contexts=EVERY_NAME)
@settings(max_examples=200, deadline=None)
def test_a_well_formed_expression_is_never_refused_by_the_parser(text: str, contexts: dict[str, Any]) -> None:
    """Only evaluation can fail, and it fails alike each time."""
    first, second = (_error(evaluate, text, contexts) for _ in range(2))

    assert str(first) == str(second)
    assert first is None or first.phase == "evaluation"


@given(value=JSON)
@settings(deadline=None)
def test_json_survives_a_round_trip(value: Any) -> None:
    """What `toJSON` writes is JSON, numbers shortened to fifteen digits apart."""
    written = str(evaluate("toJSON(a)", {"a": value}))

    json.loads(written)
    assert [character for character in "\x85\u2028\u2029" if character in written] == []


@given(left=JSON, right=JSON)
@settings(deadline=None)
def test_equality_is_symmetric(left: Any, right: Any) -> None:
    """The order of the sides does not matter."""
    assert loosely_equal(left, right) == loosely_equal(right, left)


@given(number=st.floats(min_value=-1e308, max_value=1e308))
@settings(deadline=None)
def test_a_number_is_read_back_from_its_text(number: float) -> None:
    """Fifteen digits are kept."""
    text = to_text(number)

    assert to_text(to_number(text)) == text


@given(text=st.text(max_size=40) | SOUP)
@settings(deadline=None)
def test_the_parts_cover_the_text(text: str) -> None:
    """Literals stand where they say they do."""
    try:
        parts = split_template(text)
    except ExpressionError:
        return
    assert [part.start for part in parts] == sorted({part.start for part in parts})
    assert all(part.text in text for part in parts)
