"""The values of a bake file: what cty makes of texts, numbers, lists and maps (go-cty docs/types.md, docs/convert.md).

Tuples and lists are lists here, objects and maps are dicts; where cty's types differ in what a file can see of
them, a function says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

from pytest_cicache.golang import go_json

__all__ = [
    "MapValue",
    "SetValue",
    "Value",
    "ValueProblem",
    "elements",
    "equal",
    "from_json",
    "number_text",
    "sort_key",
    "to_bool",
    "to_json",
    "to_number",
    "to_text",
    "type_name",
]

_DIGITS = 154  # what 512 bits hold, cty's precision


class SetValue:
    """A set: its elements without duplicates, in cty's order."""

    __slots__ = ("items",)

    def __init__(self, items: Iterable[Value]) -> None:
        found: list[Value] = []
        for item in items:
            if not any(equal(item, other) for other in found):
                found.append(item)
        self.items: tuple[Value, ...] = tuple(sorted(found, key=sort_key))

    def __iter__(self) -> Iterator[Value]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


class MapValue(dict[str, "Value"]):
    """A map where cty tells it from an object: what it says of a missing key differs."""


Value = None | bool | str | Fraction | Sequence["Value"] | dict[str, "Value"] | SetValue


class ValueProblem(Exception):  # noqa: N818 - the text of a diagnostic, which only its place makes an error
    """What is wrong with a value, in cty's words."""


def type_name(value: Value) -> str:
    """What cty calls the type of a value (cty/type.go, FriendlyName)."""
    match value:
        case None:
            return "dynamic"
        case bool():
            return "bool"
        case str():
            return "string"
        case Fraction():
            return "number"
        case dict():
            return "object"
        case SetValue():
            return "set"
        case _:
            return "tuple"


def number_text(number: Fraction) -> str:
    """A number as cty writes it: the shortest text, never with an exponent."""
    if number.denominator == 1:
        return str(number.numerator)
    with localcontext() as context:
        context.prec = _DIGITS
        text = format(Decimal(number.numerator) / Decimal(number.denominator), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_text(value: Value) -> str:
    """A value as a string. Raises ValueProblem for what cty does not convert."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case Fraction():
            return number_text(value)
        case _:
            raise ValueProblem("string required")


def to_number(value: Value) -> Fraction:
    """A value as a number. Raises ValueProblem."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, str):
        try:
            if value.strip() == value and "/" not in value and "_" not in value:
                return Fraction(value)
        except ValueError:
            pass
        raise ValueProblem("a number is required")
    raise ValueProblem("number required")


def to_bool(value: Value) -> bool:
    """A value as a bool. Raises ValueProblem."""
    if isinstance(value, bool):
        return value
    if value in ("true", "1"):
        return True
    if value in ("false", "0"):
        return False
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        raise ValueProblem(f'a bool is required; to convert from string, use lowercase "{value.lower()}"')
    raise ValueProblem("a bool is required" if isinstance(value, str) else "bool required")


def elements(value: Value) -> list[tuple[Value, Value]] | None:
    """Keys and elements in the order cty iterates them, `None` for what has none."""
    match value:
        case dict():
            return [(key, value[key]) for key in sorted(value, key=lambda key: key.encode())]
        case SetValue():
            return [(item, item) for item in value]
        case list() | tuple():
            return [(Fraction(index), item) for index, item in enumerate(value)]
        case _:
            return None


def equal(left: Value, right: Value) -> bool:
    """Whether two values are the same; a text never equals a number."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    if isinstance(left, SetValue) or isinstance(right, SetValue):
        both = isinstance(left, SetValue) and isinstance(right, SetValue)
        return both and equal(list(left), list(right))  # type: ignore[arg-type]
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(map(equal, left, right))
    return type(left) is type(right) and left == right


def sort_key(value: Value) -> tuple[int, object]:
    """The order of a set's elements: numbers, texts by their bytes, the rest by their JSON."""
    match value:
        case bool():
            return 0, value
        case Fraction():
            return 1, value
        case str():
            return 2, value.encode(errors="surrogateescape")
        case _:
            return 3, to_json(value)


def to_json(value: Value) -> str:
    """A value as cty's JSON: no blanks, keys sorted, HTML characters escaped."""
    match value:
        case None:
            return "null"
        case Fraction():
            return number_text(value)
        case bool() | str():
            return go_json(value)
        case dict():
            pairs = (f"{go_json(str(key))}:{to_json(item)}" for key, item in elements(value) or ())
            return f"{{{','.join(pairs)}}}"
        case _:
            return f"[{','.join(to_json(item) for item in value)}]"


def from_json(text: str) -> Value:
    """The value of a JSON text. Raises ValueError."""
    return _plain(json.loads(text, parse_int=Fraction, parse_float=Fraction))


def _plain(value: object) -> Value:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if value is None or isinstance(value, (bool, str, Fraction)):
        return value
    raise ValueError(f"no JSON value: {value!r}")
