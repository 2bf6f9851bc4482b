"""The YAML 1.2 core schema, row by row: https://yaml.org/spec/1.2.2/#103-core-schema."""

from __future__ import annotations

import math

import pytest

from pytest_cicache.workflow._scalars import ScalarError, plain_value, tagged_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("", None, id="empty"),
        pytest.param("~", None, id="tilde"),
        pytest.param("Null", None, id="null"),
        pytest.param("nULL", "nULL", id="mixed-case-null-is-text"),
        pytest.param("TRUE", True, id="true"),
        pytest.param("False", False, id="false"),
        pytest.param("yes", "yes", id="yes-is-text"),
        pytest.param("on", "on", id="on-is-text"),
        pytest.param("0", 0.0, id="zero"),
        pytest.param("007", 7.0, id="leading-zeros"),
        pytest.param("-12", -12.0, id="negative"),
        pytest.param("+12", 12.0, id="plus"),
        pytest.param("1_000", "1_000", id="underscore-is-text"),
        pytest.param("12:30", "12:30", id="sexagesimal-is-text"),
        pytest.param("0x1F", 31.0, id="hexadecimal"),
        pytest.param("0xFFFFFFFF", -1.0, id="hexadecimal-of-32-bits-is-signed"),
        pytest.param("0X1F", "0X1F", id="upper-case-prefix-is-text"),
        pytest.param("-0x1F", "-0x1F", id="signed-hexadecimal-is-text"),
        pytest.param("0o17", 15.0, id="octal"),
        pytest.param("0o18", "0o18", id="no-octal-is-text"),
        pytest.param("1.50", 1.5, id="float"),
        pytest.param(".5", 0.5, id="no-integer-part"),
        pytest.param("1.", 1.0, id="no-fraction"),
        pytest.param("1e3", 1000.0, id="exponent"),
        pytest.param("1e", "1e", id="no-exponent-is-text"),
        pytest.param(".", ".", id="dot-is-text"),
        pytest.param("-", "-", id="dash-is-text"),
        pytest.param("1.2.3", "1.2.3", id="version-is-text"),
        pytest.param("1e400", math.inf, id="too-large-is-infinite"),
        pytest.param("-.inf", -math.inf, id="minus-infinity"),
        pytest.param(".Inf", math.inf, id="infinity"),
        pytest.param("2022-10-26", "2022-10-26", id="timestamp-is-text"),
        pytest.param("٣", "٣", id="other-digits-are-text"),
    ],
)
def test_plain_scalars_have_the_core_schema_type(text: str, value: object) -> None:
    """An unquoted scalar is null, a boolean, a number or text by its form alone."""
    found = plain_value(text, 1, 1)

    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_a_number() -> None:
    """`.nan` is the number that equals nothing."""
    found = plain_value(".NaN", 1, 1)

    assert isinstance(found, float)
    assert math.isnan(found)


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [
        pytest.param("str", "true", "true", id="str"),
        pytest.param("bool", "true", True, id="bool"),
        pytest.param("null", "~", None, id="null"),
        pytest.param("int", "0x10", 16.0, id="int"),
        pytest.param("float", "12", 12.0, id="float"),
    ],
)
def test_a_tag_says_the_type(tag: str, text: str, value: object) -> None:
    """A scalar with a tag of the core schema has that type."""
    found = tagged_value(text, tag=f"tag:yaml.org,2002:{tag}", style="", line=1, column=1)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("tag", "text", "style", "message"),
    [
        pytest.param(
            "int", "test", "", "The value 'test' on line 4 and column 14 is invalid for the type 'T:int'", id="int"
        ),
        pytest.param(
            "bool", "yes", "", "The value 'yes' on line 4 and column 14 is invalid for the type 'T:bool'", id="bool"
        ),
        pytest.param(
            "null", "x", "", "The value 'x' on line 4 and column 14 is invalid for the type 'T:null'", id="null"
        ),
        pytest.param(
            "float", "x", "", "The value 'x' on line 4 and column 14 is invalid for the type 'T:float'", id="float"
        ),
        pytest.param(
            "int",
            "0x100000000",
            "",
            "The value '0x100000000' on line 4 and column 14 is invalid for the type 'T:int'",
            id="more-than-32-bits",
        ),
        pytest.param("timestamp", "2022", "", "Unexpected tag 'T:timestamp'", id="unknown-tag"),
        pytest.param(
            "int",
            "3",
            '"',
            "The scalar style 'DoubleQuoted' on line 4 and column 14 is not valid with the tag 'T:int'",
            id="quoted",
        ),
        pytest.param(
            "bool",
            "true",
            "|",
            "The scalar style 'Literal' on line 4 and column 14 is not valid with the tag 'T:bool'",
            id="block",
        ),
    ],
)
def test_a_wrong_tag_is_refused_in_githubs_words(tag: str, text: str, style: str, message: str) -> None:
    """A tag that does not fit its scalar, or that GitHub does not know, is an error."""
    with pytest.raises(ScalarError, match="tag") as caught:
        tagged_value(text, tag=f"tag:yaml.org,2002:{tag}", style=style, line=4, column=14)

    assert str(caught.value) == message.replace("T:", "tag:yaml.org,2002:")


def test_a_number_out_of_range_is_refused_without_a_tag_too() -> None:
    """Hexadecimal of more than 32 bits is no text but an error."""
    with pytest.raises(ScalarError, match="'0x1FFFFFFFF' on line 2 and column 3 is invalid"):
        plain_value("0x1FFFFFFFF", 2, 3)
