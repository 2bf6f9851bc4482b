"""The values of the expression language and GitHub's coercions between them.

A value is what JSON has; numbers are doubles. The rules are those of the runner's
`EvaluationResult.cs` and `ExpressionUtility.cs` (reference 6.2).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeAlias

Value: TypeAlias = bool | float | str | list[Any] | dict[str, Any] | None
"""What an expression evaluates to; numbers are floats, collections hold JSON."""

# What .NET's Char.IsWhiteSpace and String.Trim take for white space.
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_HEXADECIMAL = re.compile(r"0x0*([0-9a-fA-F]{0,8})")
_OCTAL = re.compile(r"0o0*([0-7]{0,11})")
_INFINITIES = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}


class Kind(StrEnum):
    """The kinds of values, in the words GitHub prints for them."""

    NULL = "Null"
    BOOLEAN = "Boolean"
    NUMBER = "Number"
    STRING = "String"
    ARRAY = "Array"
    OBJECT = "Object"


class FilteredArray(list[Any]):
    """What a `*` gives: an array whose next index applies to each of its items."""

    __slots__ = ()


_KINDS: dict[type, Kind] = {
    type(None): Kind.NULL,
    bool: Kind.BOOLEAN,
    float: Kind.NUMBER,
    int: Kind.NUMBER,
    str: Kind.STRING,
    list: Kind.ARRAY,
    FilteredArray: Kind.ARRAY,
    dict: Kind.OBJECT,
}
_FAMILIES: tuple[tuple[type | tuple[type, ...], Kind], ...] = (
    (str, Kind.STRING),
    ((int, float), Kind.NUMBER),
    ((list, tuple), Kind.ARRAY),
    (Mapping, Kind.OBJECT),
)


def kind_of(value: Any) -> Kind:
    """The kind of a value; a thing JSON does not have counts as an object without members."""
    kind = _KINDS.get(type(value))
    if kind is not None:
        return kind
    return next((kind for family, kind in _FAMILIES if isinstance(value, family)), Kind.OBJECT)


def is_primitive(value: Any) -> bool:
    """Whether a value is neither an array nor an object."""
    return kind_of(value) not in (Kind.ARRAY, Kind.OBJECT)


def canonical(value: Any) -> Any:
    """The value as the language holds it: whole numbers become doubles, or infinite beyond their range."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def is_truthy(value: Any) -> bool:
    """Whether a value counts as true: all but null, false, 0, NaN and the empty string."""
    kind = kind_of(value)
    if kind is Kind.NUMBER:
        return bool(value != 0 and value == value)
    return kind in (Kind.ARRAY, Kind.OBJECT) or bool(value)


def to_text(value: Any) -> str:
    """The value as GitHub puts it into text; arrays and objects give only the name of their kind."""
    kind = kind_of(value)
    match kind:
        case Kind.STRING:
            return str(value)
        case Kind.NULL:
            return ""
        case Kind.BOOLEAN:
            return "true" if value else "false"
        case Kind.NUMBER:
            return _number_text(canonical(value))
    return str(kind)


def _number_text(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    # .NET's G15; negative zero is written without its sign.
    return format(number, ".15G") if number else "0"


def to_number(value: Any) -> float:
    """The value as a number; NaN for text that is none, for arrays and for objects."""
    match kind_of(value):
        case Kind.NUMBER:
            return float(canonical(value))
        case Kind.STRING:
            return parse_number(value)
        case Kind.NULL:
            return 0.0
        case Kind.BOOLEAN:
            return 1.0 if value else 0.0
    return math.nan


def parse_number(text: str) -> float:
    """Read a number as GitHub does: decimal, `0x` and `0o` in 32 bits, infinities; NaN for all else."""
    text = text.strip(WHITE_SPACE)
    if not text:
        return 0.0
    if _DECIMAL.fullmatch(text):
        return float(text)
    for pattern, base in ((_HEXADECIMAL, 16), (_OCTAL, 8)):
        digits = pattern.fullmatch(text)
        if digits and len(text) > len("0x"):
            return _signed_32_bits(int(digits[1] or "0", base))
    return _INFINITIES.get(text, math.nan)


def _signed_32_bits(number: int) -> float:
    if number >= 1 << 32:
        return math.nan
    return float(number if number < 1 << 31 else number - (1 << 32))


class _SimpleUpperCase(dict[int, str]):
    """One character for one character, as ordinal comparison needs it; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        # Some letters have an upper case of several characters; their title case may be a single one.
        candidates = (character.upper(), character.title())
        self[code] = next((upper for upper in candidates if len(upper) == 1), character)
        return self[code]


# .NET leaves the dotless i and the long s alone, whose upper case would be ASCII.
_UPPER_CASE = _SimpleUpperCase({0x131: "\u0131", 0x17F: "\u017f"})


def fold(text: str) -> str:
    """The text as it compares when case is ignored; its length stays the same."""
    return text.upper() if text.isascii() else text.translate(_UPPER_CASE)


def _order(text: str) -> bytes:
    # Ordinal comparison goes by UTF-16 code units, which differs from code points beyond U+FFFF.
    return fold(text).encode("utf-16-be", "surrogatepass")


def _comparable(left: Any, right: Any) -> tuple[Kind | None, Any, Any]:
    """Both values as one kind, `None` for the kind where they have none in common."""
    left_kind, right_kind = kind_of(left), kind_of(right)
    if left_kind is right_kind:
        return left_kind, left, right
    if is_primitive(left) and is_primitive(right):
        return Kind.NUMBER, to_number(left), to_number(right)
    return None, left, right


def loosely_equal(left: Any, right: Any) -> bool:
    """Whether `left == right` in the language: coerced to numbers, case ignored, collections by identity."""
    kind, left, right = _comparable(left, right)
    match kind:
        case Kind.STRING:
            return fold(left) == fold(right)
        case Kind.NUMBER:
            return to_number(left) == to_number(right)
        case Kind.BOOLEAN:
            return bool(left == right)
        case Kind.NULL:
            return True
    return kind is not None and left is right


def is_less(left: Any, right: Any) -> bool:
    """Whether `left < right` in the language; never for NaN, null against null, or collections."""
    kind, left, right = _comparable(left, right)
    match kind:
        case Kind.STRING:
            return _order(left) < _order(right)
        case Kind.NUMBER:
            return to_number(left) < to_number(right)
        case Kind.BOOLEAN:
            return bool(left < right)
    return False


def member(mapping: Mapping[str, Any], key: str) -> tuple[bool, Any]:
    """Whether the mapping has the key, case ignored, and its value; an exact match comes first."""
    if key in mapping:
        return True, canonical(mapping[key])
    folded = fold(key)
    for name, value in mapping.items():
        if len(name) == len(key) and fold(name) == folded:
            return True, canonical(value)
    return False, None
