"""What kinds of values functions take."""

from __future__ import annotations

from fractions import Fraction

from pytest_cicache.buildx.bake.hcl import (
    FunctionProblem,
    HclFunction,
    Parameter,
    SetValue,
    Type,
    Value,
    ValueProblem,
    convert,
    to_bool,
    to_number,
    to_text,
    type_name,
)

__all__ = [
    "anything",
    "boolean",
    "function",
    "nullable",
    "number",
    "octets",
    "sequence",
    "setlike",
    "text",
    "texts",
    "whole",
]

_TEXTS = Type("list", element=Type("string"))


def _to_text(value: Value) -> str:
    try:
        return to_text(value)
    except ValueProblem:
        raise ValueProblem(f"string required, but have {type_name(value)}") from None


def _to_number(value: Value) -> Fraction:
    if isinstance(value, (str, Fraction)):
        return to_number(value)
    raise ValueProblem(f"number required, but have {type_name(value)}")


def _to_bool(value: Value) -> bool:
    if isinstance(value, (str, bool)):
        return to_bool(value)
    raise ValueProblem(f"bool required, but have {type_name(value)}")


def _to_set(value: Value) -> SetValue:
    if isinstance(value, (list, tuple, SetValue)):
        return SetValue(value)
    raise ValueProblem("set of any single type required")


def _to_bytes(value: Value) -> Value:
    raise ValueProblem("bytes required")


def octets(name: str) -> Parameter:
    """Bytes, which no value of a bake file is."""
    return Parameter(name, _to_bytes)


def text(name: str) -> Parameter:
    """A string."""
    return Parameter(name, _to_text)


def number(name: str) -> Parameter:
    """A number."""
    return Parameter(name, _to_number)


def boolean(name: str) -> Parameter:
    """A bool."""
    return Parameter(name, _to_bool)


def texts(name: str) -> Parameter:
    """A list of strings."""
    return Parameter(name, lambda value: convert(value, _TEXTS))


def setlike(name: str) -> Parameter:
    """A set."""
    return Parameter(name, _to_set)


def anything(name: str) -> Parameter:
    """Any value but null."""
    return Parameter(name, lambda value: value)


def nullable(name: str) -> Parameter:
    """Any value."""
    return Parameter(name, lambda value: value, takes_null=True)


def function(run: object, *parameters: Parameter, more: Parameter | None = None) -> HclFunction:
    """A function of these parameters; `more` may repeat."""
    assert callable(run)
    return HclFunction(run=run, parameters=parameters, variadic=more)


def whole(value: Fraction, *, lead: str = "") -> int:
    """A number as an int. Raises ValueProblem."""
    if value.denominator != 1:
        raise ValueProblem(f"{lead}value must be a whole number, between -9223372036854775808 and 9223372036854775807")
    return int(value)


def sequence(value: Value, index: int, message: str) -> list[Value]:
    """A list of the elements of a list, tuple or set. Raises FunctionProblem."""
    if isinstance(value, (list, tuple, SetValue)):
        return list(value)
    raise FunctionProblem(message, index)
