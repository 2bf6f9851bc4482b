"""Arithmetic and comparison (go-cty cty/function/stdlib/number.go, bool.go, general.go)."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction

from pytest_cicache.buildx.bake.functions._parameters import boolean, function, nullable, number, text, whole
from pytest_cicache.buildx.bake.hcl import FunctionProblem, HclFunction, Value, ValueProblem, equal
from pytest_cicache.errors import UnsupportedError

__all__ = ["NUMBERS"]

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _binary(run: Callable[[Fraction, Fraction], Value]) -> HclFunction:
    return function(run, number("a"), number("b"))


def _divide(left: Fraction, right: Fraction) -> Fraction:
    if right == 0:
        raise ValueProblem("can't divide zero by zero or infinity by infinity")
    return left / right


def _modulo(left: Fraction, right: Fraction) -> Fraction:
    return left - right * int(left / right) if right else left


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator == 1 and (base != 0 or exponent >= 0) and abs(exponent) < 2048:
        return Fraction(base) ** int(exponent)
    try:
        return Fraction(str(math.pow(float(base), float(exponent))))
    except (OverflowError, ValueError) as error:
        raise UnsupportedError(f"pow({base}, {exponent}) in a bake file is not simulated: it is no number") from error


def _extreme(choose: Callable[[list[Fraction]], Fraction]) -> Callable[..., Value]:
    def run(*numbers: Fraction) -> Value:
        if not numbers:
            raise ValueProblem("must pass at least one number")
        return choose(list(numbers))

    return run


def _parse(written: str, base: Fraction) -> Fraction:
    radix = whole(base)
    if not 2 <= radix <= 62:
        raise FunctionProblem("base must be a whole number between 2 and 62 inclusive", 1)
    sign = -1 if written.startswith("-") else 1
    digits = written.lstrip("+-") if radix > 36 else written.lstrip("+-").lower()
    if not digits or any(_DIGITS.find(digit) not in range(radix) for digit in digits):
        raise FunctionProblem(f'cannot parse "{written}" as a base {radix} integer', 0)
    found = 0
    for digit in digits:
        found = found * radix + _DIGITS.index(digit)
    return Fraction(sign * found)


def _log(value: Fraction, base: Fraction) -> Fraction:
    return Fraction(str(math.log(float(value)) / math.log(float(base))))


def _sign(value: Fraction) -> Fraction:
    return Fraction((value > 0) - (value < 0))


NUMBERS: Mapping[str, HclFunction] = {
    "absolute": function(abs, number("num")),
    "add": _binary(operator.add),
    "and": function(lambda a, b: a and b, boolean("a"), boolean("b")),
    "ceil": function(lambda value: Fraction(math.ceil(value)), number("num")),
    "divide": _binary(_divide),
    "equal": function(equal, nullable("a"), nullable("b")),
    "floor": function(lambda value: Fraction(math.floor(value)), number("num")),
    "greaterthan": _binary(operator.gt),
    "greaterthanorequalto": _binary(operator.ge),
    "int": function(lambda value: Fraction(int(value)), number("num")),
    "lessthan": _binary(operator.lt),
    "lessthanorequalto": _binary(operator.le),
    "log": function(_log, number("num"), number("base")),
    "max": function(_extreme(max), more=number("numbers")),
    "min": function(_extreme(min), more=number("numbers")),
    "modulo": _binary(_modulo),
    "multiply": _binary(operator.mul),
    "negate": function(operator.neg, number("num")),
    "not": function(operator.not_, boolean("val")),
    "notequal": function(lambda a, b: not equal(a, b), nullable("a"), nullable("b")),
    "or": function(lambda a, b: a or b, boolean("a"), boolean("b")),
    "parseint": function(_parse, text("number"), number("base")),
    "pow": function(_power, number("num"), number("power")),
    "signum": function(_sign, number("num")),
    "subtract": _binary(operator.sub),
}
