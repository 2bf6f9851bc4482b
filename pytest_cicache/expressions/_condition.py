"""What GitHub makes of an `if`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cicache.expressions._nodes import Call, walk
from pytest_cicache.expressions._parser import Expression, parse
from pytest_cicache.expressions._template import template_expression

if TYPE_CHECKING:
    from collections.abc import Collection

STATUS_FUNCTIONS = frozenset({"always", "cancelled", "failure", "success"})
"""The functions whose presence keeps GitHub from adding `success()` to a condition."""


def uses_status_function(expression: Expression) -> bool:
    """Whether a condition calls always, cancelled, failure or success, at any depth."""
    if expression.root is None:
        return False
    return any(isinstance(node, Call) and node.name.lower() in STATUS_FUNCTIONS for node in walk(expression.root))


def wrap_condition(
    text: str,
    *,
    named_values: Collection[str] | None = None,
    functions: Collection[str] | None = None,
) -> str:
    """The expression GitHub evaluates for an `if`, written with or without `${{ }}`.

    An empty one is `success()`; one without a status function becomes `success() && (…)`. Raises
    ExpressionError as `parse` does.
    """
    condition = template_expression(text)
    if condition is None:
        condition = text
    expression = parse(condition, named_values=named_values, functions=functions)
    if expression.root is None:
        return "success()"
    return condition if uses_status_function(expression) else f"success() && ({condition})"
