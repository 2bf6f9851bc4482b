"""What GitHub makes of an `if`."""

from __future__ import annotations

import pytest

from pytest_cicache.expressions import ExpressionError, parse, uses_status_function, wrap_condition


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        pytest.param("", "success()", id="R-conv-empty"),
        pytest.param("  ", "success()", id="R-conv-blank"),
        pytest.param("github.ref == 'x'", "success() && (github.ref == 'x')", id="R-conv-bare"),
        pytest.param("${{ a || b }}", "success() && (a || b)", id="R-conv-wrapped"),
        pytest.param("always()", "always()", id="R-conv-always"),
        pytest.param("!Cancelled()", "!Cancelled()", id="R-conv-any-case"),
        pytest.param("a && (b || FAILURE())", "a && (b || FAILURE())", id="R-conv-deep"),
        pytest.param("contains(success(), a)", "contains(success(), a)", id="R-conv-in-a-call"),
        pytest.param("a[success()] == 1", "a[success()] == 1", id="R-conv-in-an-index"),
        pytest.param("'always()'", "success() && ('always()')", id="R-conv-text-is-no-call"),
        pytest.param("a.always", "success() && (a.always)", id="R-conv-property-is-no-call"),
        pytest.param("true && ${{ false }}", "success() && (format('true && {0}', false))", id="EX-text-is-truthy"),
    ],
)
def test_a_condition_is_completed(text: str, condition: str) -> None:
    """Without a status function `success()` is added."""
    assert wrap_condition(text) == condition


def test_a_wrong_condition_is_refused() -> None:
    """The position is in the condition as it is written."""
    with pytest.raises(ExpressionError, match=r"Unrecognized named-value: 'env'. Located at position 1"):
        wrap_condition("env.X", named_values=["github"], functions=["always"])


def test_an_empty_expression_uses_no_function() -> None:
    """There is nothing in it."""
    assert not uses_status_function(parse(""))
