"""Operators (hcl/v2 hclsyntax/expression_ops.go)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeVar

from pytest_cicache.buildx.bake.hcl._evaluation import evaluate
from pytest_cicache.buildx.bake.hcl._scope import HclScope
from pytest_cicache.buildx.bake.hcl._syntax import BakeError, Binary, Span, Unary
from pytest_cicache.buildx.bake.hcl._values import Value, ValueProblem, equal, to_bool, to_number

__all__: list[str] = []

_T = TypeVar("_T")


@evaluate.register
def _unary(expression: Unary, scope: HclScope) -> Value:
    value = evaluate(expression.operand, scope)
    if expression.operator == "!":
        return not _operand(value, to_bool, "unary", expression.operand.span)
    return -_operand(value, to_number, "unary", expression.operand.span)


_NUMBERS: Mapping[str, Callable[[Fraction, Fraction], Value]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "%": lambda left, right: left - right * int(left / right) if right else left,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


@evaluate.register
def _binary(expression: Binary, scope: HclScope) -> Value:
    sign, left = expression.operator, evaluate(expression.left, scope)
    if sign in {"==", "!="}:
        same = equal(left, evaluate(expression.right, scope))
        return same if sign == "==" else not same
    if sign in {"&&", "||"}:
        decided = _operand(left, to_bool, "left", expression.left.span)
        if decided is (sign == "||"):
            return decided
        return _operand(evaluate(expression.right, scope), to_bool, "right", expression.right.span)
    first = _operand(left, to_number, "left", expression.left.span)
    second = _operand(evaluate(expression.right, scope), to_number, "right", expression.right.span)
    try:
        return _NUMBERS[sign](first, second)
    except ZeroDivisionError:
        detail = "Error during operation: can't divide zero by zero or infinity by infinity."
        raise BakeError.diagnostic("Operation failed", detail, expression.span) from None


def _operand(value: Value, convert: Callable[[Value], _T], side: str, span: Span) -> _T:
    try:
        if value is None:
            raise ValueProblem("argument must not be null")
        return convert(value)
    except ValueProblem as problem:
        detail = f"Unsuitable value for {side} operand: {problem}."
        raise BakeError.diagnostic("Invalid operand", detail, span) from None
