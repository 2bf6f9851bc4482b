"""`${{ }}` inside text."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pytest_cicache.expressions import (
    ExpressionError,
    ExpressionPart,
    HostFunction,
    Literal,
    evaluate,
    interpolate,
    split_template,
    template_expression,
)

CONTEXTS = {"github": {"ref": "main", "n": 5, "list": [1]}}
NOT_CLOSED = (
    "The expression is not closed. An unescaped ${{ sequence was found, but the closing }} sequence was not found."
)


def test_a_text_is_cut_into_literals_and_expressions() -> None:
    """Both know where they start; expressions are trimmed."""
    assert split_template("a ${{ github.ref }}b${{'}}'}}") == (
        Literal(text="a ", start=0),
        ExpressionPart(text="github.ref", start=2),
        Literal(text="b", start=19),
        ExpressionPart(text="'}}'", start=20),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("", "", id="R-ev-empty"),
        pytest.param("plain {0} }}", "plain {0} }}", id="EX-no-expression"),
        pytest.param("${{ github.n }}", 5.0, id="EX-one-expression-keeps-its-kind"),
        pytest.param("${{ github.list }}", [1], id="EX-one-expression-keeps-an-array"),
        pytest.param(" ${{ github.n }}", " 5", id="EX-space-makes-it-text"),
        pytest.param("${{ github.n }}${{ github.ref }}", "5main", id="EX-two-expressions"),
        pytest.param("it's {${{ github.ref }}} {0}", "it's {main} {0}", id="R-load-quotes-and-braces"),
        pytest.param("${{ github.list }}!", "Array!", id="R-ev-array-in-text"),
        pytest.param("true && ${{ false }}", "true && false", id="EX-text-around-an-expression"),
        pytest.param("${{ '{{' }}", "{{", id="EX-escape"),
        pytest.param("${{ 'it''s }}' }}}}", "it's }}}}", id="R-load-first-closing-outside-quotes"),
        pytest.param("$${{ 1 }}", "$1", id="R-load-dollar-before"),
        pytest.param("${{ github.nope }}x", "x", id="CX-unknown-property-is-empty"),
    ],
)
def test_a_text_with_expressions(text: str, value: Any) -> None:
    """One expression alone keeps its value, all else is text."""
    result = interpolate(text, CONTEXTS)

    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a ${{ 1", NOT_CLOSED, id="R-err-not-closed"),
        pytest.param("${{ '}}", NOT_CLOSED, id="R-err-open-string"),
        pytest.param("${{}", NOT_CLOSED, id="R-err-one-brace"),
        pytest.param("x ${{ }}", "An expression was expected", id="R-err-empty"),
        pytest.param(
            "x ${{ nope }} ${{ 1 }}",
            "Unrecognized named-value: 'nope'. Located at position 1 within expression: nope",
            id="R-err-position-inside-the-part",
        ),
        pytest.param("x${{ fromJSON('') }}", "Error parsing fromJson", id="R-err-evaluation"),
        pytest.param("x" * 21_000 + "${{ 1 }}", "Exceeded max expression length 21000", id="R-load-long-text"),
    ],
)
def test_a_wrong_text_is_refused(text: str, message: str) -> None:
    """The message is GitHub's."""
    with pytest.raises(ExpressionError, match=f"^{re.escape(message)}$"):
        interpolate(text, CONTEXTS)


def test_a_missing_end_is_placed() -> None:
    """The position is that of the opening in the text."""
    with pytest.raises(ExpressionError, match="not closed") as caught:
        evaluate(" ${{ 1", {})

    assert (caught.value.position, caught.value.phase) == (1, "lexing")


def test_a_text_without_expressions_makes_none() -> None:
    """There is nothing to evaluate in it."""
    assert template_expression("plain") is None


def test_a_mixed_text_becomes_a_format() -> None:
    """This is the expression GitHub evaluates and whose length it limits."""
    assert template_expression("it's ${{ a }}{${{ b }}") == "format('it''s {0}{{{1}', a, b)"


def test_a_text_has_the_functions_of_the_caller() -> None:
    """They reach every part."""
    functions = {"always": HostFunction(name="always", minimum=0, maximum=0, call=lambda: True)}

    assert interpolate("${{ always() }}, ${{ always() }}", {}, functions=functions) == "true, true"
