"""The language of `${{ }}`: parse, evaluate, and put values into text. Knows no workflow."""

from __future__ import annotations

from pytest_cicache.errors import ExpressionError
from pytest_cicache.expressions._condition import STATUS_FUNCTIONS, uses_status_function, wrap_condition
from pytest_cicache.expressions._functions import HostFunction
from pytest_cicache.expressions._known import fill_in, fill_in_template, presume
from pytest_cicache.expressions._parser import Expression, parse
from pytest_cicache.expressions._placeholder import secret_placeholder, told_placeholders
from pytest_cicache.expressions._template import (
    ExpressionPart,
    Literal,
    evaluate,
    interpolate,
    split_template,
    template_expression,
)
from pytest_cicache.expressions._unknown import (
    MARKER_START,
    PartlyKnown,
    UnknownOrigin,
    combined,
    holds_unknown,
    is_unknown,
    origins,
    register_marker,
    show_unknown,
    unknown,
)
from pytest_cicache.expressions._values import Value, is_truthy, loosely_equal, to_number, to_text

__all__ = [
    "MARKER_START",
    "STATUS_FUNCTIONS",
    "Expression",
    "ExpressionError",
    "ExpressionPart",
    "HostFunction",
    "Literal",
    "PartlyKnown",
    "UnknownOrigin",
    "Value",
    "combined",
    "evaluate",
    "fill_in",
    "fill_in_template",
    "holds_unknown",
    "interpolate",
    "is_truthy",
    "is_unknown",
    "loosely_equal",
    "origins",
    "parse",
    "presume",
    "register_marker",
    "secret_placeholder",
    "show_unknown",
    "split_template",
    "template_expression",
    "to_number",
    "to_text",
    "told_placeholders",
    "unknown",
    "uses_status_function",
    "wrap_condition",
]
