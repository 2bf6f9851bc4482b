"""GitHub's coercions."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Any

import pytest

from pytest_cicache.expressions import is_truthy, loosely_equal, to_number, to_text
from pytest_cicache.expressions._values import fold, is_less


class Level(StrEnum):
    READ = "read"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(None, "", id="R-ev-null"),
        pytest.param(True, "true", id="R-ev-true"),
        pytest.param(False, "false", id="R-ev-false"),
        pytest.param("a", "a", id="R-ev-text"),
        pytest.param(Level.READ, "read", id="R-ev-text-of-a-closed-set"),
        pytest.param([1], "Array", id="R-ev-array"),
        pytest.param({}, "Object", id="R-ev-object"),
        pytest.param(3, "3", id="R-ev-whole"),
        pytest.param(-0.0, "0", id="R-ev-negative-zero"),
        pytest.param(0.1 + 0.2, "0.3", id="R-ev-fifteen-digits"),
        pytest.param(1 / 3, "0.333333333333333", id="R-ev-third"),
        pytest.param(123456789012345.0, "123456789012345", id="R-ev-fifteen-whole-digits"),
        pytest.param(1e15, "1E+15", id="R-ev-scientific-from-1e15"),
        pytest.param(1234567890123456.0, "1.23456789012346E+15", id="R-ev-scientific-rounds"),
        pytest.param(0.0001, "0.0001", id="R-ev-small"),
        pytest.param(0.00001, "1E-05", id="R-ev-scientific-below-1e-4"),
        pytest.param(1e100, "1E+100", id="R-ev-three-digits-of-exponent"),
        pytest.param(-2.50, "-2.5", id="R-ev-no-trailing-zeros"),
        pytest.param(math.inf, "Infinity", id="R-ev-infinity"),
        pytest.param(-math.inf, "-Infinity", id="R-ev-negative-infinity"),
        pytest.param(math.nan, "NaN", id="R-ev-nan"),
        pytest.param(10**400, "Infinity", id="R-ev-huge"),
    ],
)
def test_a_value_as_text(value: Any, text: str) -> None:
    """Numbers are written with fifteen significant digits, collections as their kind."""
    assert to_text(value) == text


@pytest.mark.parametrize(
    ("value", "number"),
    [
        pytest.param(None, 0.0, id="R-ev-null"),
        pytest.param(True, 1.0, id="R-ev-true"),
        pytest.param(False, 0.0, id="R-ev-false"),
        pytest.param(5, 5.0, id="R-ev-number"),
        pytest.param("", 0.0, id="R-ev-empty"),
        pytest.param(" \u00a01.5e1\n", 15.0, id="R-ev-trimmed"),
        pytest.param("0x1F", 31.0, id="R-ev-hexadecimal"),
        pytest.param("0x80000000", -2147483648.0, id="R-ev-hexadecimal-sign"),
        pytest.param("0x7fffffff", 2147483647.0, id="R-ev-hexadecimal-largest"),
        pytest.param("0x0", 0.0, id="R-ev-hexadecimal-zero"),
        pytest.param("0o17", 15.0, id="R-ev-octal"),
        pytest.param("-Infinity", -math.inf, id="R-ev-infinity"),
    ],
)
def test_a_value_as_number(value: Any, number: float) -> None:
    """Text is read as a number where it is one."""
    assert to_number(value) == number


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(text, id=f"R-ev-{text}")
        for text in ("x", "1,000", "0b1", "0X1", "0x", "0o8", "1e", ".", "+", "infinity", "NaN", "1 2", "١")
    ]
    + [pytest.param([], id="R-ev-array"), pytest.param({}, id="R-ev-object")],
)
def test_a_value_that_is_no_number(value: Any) -> None:
    """All else is NaN."""
    assert math.isnan(to_number(value))


@pytest.mark.parametrize("value", [None, False, 0, 0.0, -0.0, math.nan, ""])
def test_falsy_values(value: Any) -> None:
    """Seven values are false."""
    assert not is_truthy(value)


@pytest.mark.parametrize("value", [True, 1, -0.5, math.inf, "false", "0", " ", [], {}])
def test_truthy_values(value: Any) -> None:
    """Every other is true, the text `false` and empty collections too."""
    assert is_truthy(value)


def test_values_of_no_json_kind_are_objects() -> None:
    """They equal themselves, and nothing else."""
    thing = object()

    assert loosely_equal(thing, thing)
    assert not loosely_equal(thing, object())
    assert is_truthy(thing)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("aZ_1", "AZ_1", id="ascii"),
        pytest.param("äöü", "ÄÖÜ", id="latin"),
        pytest.param("ß", "ß", id="sharp-s-has-no-single-upper-case"),
        pytest.param("ŉ", "ŉ", id="upper-case-of-two-characters"),
        pytest.param("ᾳ", "ᾼ", id="title-case-where-upper-case-is-two"),
        pytest.param("ı", "ı", id="dotless-i"),
        pytest.param("ſ", "ſ", id="long-s"),
        pytest.param("\ud800x", "\ud800X", id="lone-surrogate"),
    ],
)
def test_case_is_ignored_character_by_character(text: str, folded: str) -> None:
    """Ordinal ignore-case comparison maps one character to one."""
    assert fold(text) == folded


def test_text_order_is_that_of_utf_16() -> None:
    """A character beyond U+FFFF comes before U+FF5E, whose code point is lower."""
    assert is_less("😀", "\uff5e")
    assert not is_less("\uff5e", "😀")
