"""The value of a YAML scalar under the YAML 1.2 core schema, as GitHub resolves it.

https://yaml.org/spec/1.2.2/#103-core-schema; the messages are those of the runner's YamlObjectReader.cs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_cicache.workflow._nodes import ScalarValue

__all__ = ["ScalarError", "plain_value", "tagged_value"]

TAG = "tag:yaml.org,2002:"
_NULLS = frozenset({"", "null", "Null", "NULL", "~"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_DECIMAL = re.compile(r"[-+]?[0-9]+", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_OCTAL = re.compile(r"0o[0-7]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_INFINITE = re.compile(r"([-+]?)\.(?:inf|Inf|INF)")
_NOT_A_NUMBER = frozenset({".nan", ".NaN", ".NAN"})
_STYLES = {"'": "SingleQuoted", '"': "DoubleQuoted", "|": "Literal", ">": "Folded"}
_MISSING = object()


class ScalarError(ValueError):
    """A scalar cannot have the type its form or its tag asks for; the message is GitHub's."""


def plain_value(text: str, line: int, column: int) -> ScalarValue:
    """The value of an unquoted scalar without a tag at `line` and `column` (from 1)."""
    if text in _NULLS:
        return None
    boolean = _BOOLEANS.get(text)
    if boolean is not None:
        return boolean
    first = text[0]
    if not (first.isdecimal() or first in "-+."):
        return text
    number = _integer(text, line, column)
    if number is None:
        number = _float(text)
    return text if number is None else number


def tagged_value(text: str, *, tag: str, style: str, line: int, column: int) -> ScalarValue:
    """The value of a scalar with an explicit tag; `style` is its quote or block character, or empty."""
    if tag == f"{TAG}str":
        return text
    if style:
        raise ScalarError(
            f"The scalar style '{_STYLES[style]}' on line {line} and column {column} is not valid with the tag '{tag}'"
        )
    value = _by_tag(text, tag, line, column)
    if value is _MISSING:
        raise _invalid(text, tag, line, column)
    return value  # type: ignore[return-value]


def _by_tag(text: str, tag: str, line: int, column: int) -> object:
    match tag.removeprefix(TAG):
        case "bool":
            return _BOOLEANS.get(text, _MISSING)
        case "null":
            return None if text in _NULLS else _MISSING
        case "int":
            number = _integer(text, line, column)
        case "float":
            number = _float(text)
        case _:
            raise ScalarError(f"Unexpected tag '{tag}'")
    return _MISSING if number is None else number


def _integer(text: str, line: int, column: int) -> float | None:
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _HEXADECIMAL.fullmatch(text):
        return _of_32_bits(text, 16, line, column)
    if _OCTAL.fullmatch(text):
        return _of_32_bits(text, 8, line, column)
    return None


def _of_32_bits(text: str, base: int, line: int, column: int) -> float:
    number = int(text[2:], base)
    if number >= 1 << 32:
        raise _invalid(text, f"{TAG}int", line, column)
    # GitHub reads the bits as a signed number: 0xFFFFFFFF is -1.
    return float(number - (1 << 32) if number >= 1 << 31 else number)


def _float(text: str) -> float | None:
    if infinite := _INFINITE.fullmatch(text):
        return float(f"{infinite[1]}inf")
    if text in _NOT_A_NUMBER:
        return float("nan")
    return float(text) if _FLOAT.fullmatch(text) else None


def _invalid(text: str, tag: str, line: int, column: int) -> ScalarError:
    return ScalarError(f"The value '{text}' on line {line} and column {column} is invalid for the type '{tag}'")
