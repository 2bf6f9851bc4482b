"""The functions of the language: one row a rule, named by its source key."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pytest_cicache.expressions import ExpressionError, evaluate

CONTEXTS: dict[str, Any] = {
    "list": ["linux", None, 1, True, ["x"], {"k": 1}],
    "object": {"Name": "value", "n": 1.5, "list": [1, []], "empty": {}, "text": 'a"b\\c\n\x01é😀\u2028\x85'},
    "none": [],
    "one": ["only"],
}

VALUES = [
    pytest.param("CONTAINS('Hello', 'ELL')", True, id="R-fn-contains-ignores-case"),
    pytest.param("contains('Hello', list)", False, id="R-fn-contains-array-in-text"),
    pytest.param("contains(123, 2)", True, id="R-fn-contains-casts"),
    pytest.param("contains(null, '')", True, id="R-fn-contains-null-is-empty-text"),
    pytest.param("contains(list, 'LINUX')", True, id="R-fn-contains-item-loosely"),
    pytest.param("contains(list, '1')", True, id="R-fn-contains-item-coerced"),
    pytest.param("contains(list, 'lin')", False, id="R-fn-contains-whole-items"),
    pytest.param("contains(list, object)", False, id="R-fn-contains-object-by-identity"),
    pytest.param("contains(object, 'value')", False, id="R-fn-contains-in-an-object"),
    pytest.param("contains(none, fromJSON('('))", False, id="R-fn-contains-empty-array-is-lazy"),
    pytest.param("contains(object, fromJSON('('))", False, id="R-fn-contains-object-is-lazy"),
    pytest.param("startsWith('Refs/heads', 'refs/')", True, id="R-fn-starts-ignoring-case"),
    pytest.param("startsWith('abc', 'b')", False, id="R-fn-starts-not"),
    pytest.param("startsWith(123, 12)", True, id="R-fn-starts-casts"),
    pytest.param("startsWith(list, 'A')", False, id="R-fn-starts-array"),
    pytest.param("startsWith('Array', list)", False, id="R-fn-starts-with-array"),
    pytest.param("startsWith(list, fromJSON('('))", False, id="R-fn-starts-is-lazy"),
    pytest.param("endsWith('v1-RC', '-rc')", True, id="R-fn-ends-ignoring-case"),
    pytest.param("endsWith('abc', 'b')", False, id="R-fn-ends-not"),
    pytest.param("endsWith(null, '')", True, id="R-fn-ends-null"),
    pytest.param("endsWith(object, 't')", False, id="R-fn-ends-object"),
    pytest.param("format('{1}-{0}-{1}', 'a', 2)", "2-a-2", id="R-fn-format-order"),
    pytest.param("format('{{{0}}}', 'a')", "{a}", id="R-fn-format-escapes"),
    pytest.param("format('{007}', 0,1,2,3,4,5,6,'x')", "x", id="R-fn-format-leading-zeros"),
    pytest.param("format('{0:}', 'a')", "a", id="R-fn-format-empty-specifiers"),
    pytest.param("format('x', fromJSON('('))", "x", id="R-fn-format-unused-argument-is-not-evaluated"),
    pytest.param("format(1.50)", "1.5", id="R-fn-format-casts"),
    pytest.param("format('{0}', list)", "Array", id="R-ev-array-as-text"),
    pytest.param("format('{0}', object)", "Object", id="R-ev-object-as-text"),
    pytest.param("join(list)", "linux,,1,true,Array,Object", id="R-fn-join-default-separator"),
    pytest.param("join(list.*.k, '')", "1", id="R-fn-join-filtered"),
    pytest.param("join(object.list, ' - ')", "1 - Array", id="R-fn-join-separator"),
    pytest.param("join(object.list, null)", "1Array", id="R-fn-join-separator-is-cast"),
    pytest.param("join(object.list, list)", "1,Array", id="R-fn-join-separator-is-an-array"),
    pytest.param("join(one, fromJSON('('))", "only", id="R-fn-join-one-item-needs-no-separator"),
    pytest.param("join(none, '-')", "", id="R-fn-join-empty"),
    pytest.param("join('text', '-')", "text", id="R-fn-join-primitive"),
    pytest.param("join(object)", "", id="R-fn-join-object"),
    pytest.param("toJSON(null)", "null", id="R-fn-to-json-null"),
    pytest.param("toJSON(true)", "true", id="R-fn-to-json-boolean"),
    pytest.param("toJSON(1e15)", "1E+15", id="R-fn-to-json-number-is-g15"),
    pytest.param("toJSON(-0)", "0", id="R-fn-to-json-negative-zero"),
    pytest.param("toJSON(NaN)", "NaN", id="R-fn-to-json-nan"),
    pytest.param("toJSON(none)", "[]", id="R-fn-to-json-empty-array"),
    pytest.param("toJSON(object.empty)", "{}", id="R-fn-to-json-empty-object"),
    pytest.param(
        "toJSON(object.text)",
        '"a\\"b\\\\c\\n\\u0001é😀\\u2028\\u0085"',
        id="R-fn-to-json-escapes",
    ),
    pytest.param(
        'toJSON(fromJSON(\'{"a":[1,{"b":[]},[2,3]],"c":{"d":null}}\'))',
        '{\n  "a": [\n    1,\n    {\n      "b": []\n    },\n    [\n      2,\n      3\n    ]\n  ],\n'
        '  "c": {\n    "d": null\n  }\n}',
        id="R-fn-to-json-layout",
    ),
    pytest.param("fromJSON('1e2')", 100.0, id="R-fn-from-json-double"),
    pytest.param("fromJSON(' [true, \"x\"] ')", [True, "x"], id="R-fn-from-json-array"),
    pytest.param("fromJSON('\"2020-01-01T00:00:00Z\"')", "2020-01-01T00:00:00Z", id="R-fn-from-json-date"),
    pytest.param("fromJSON(1)", 1.0, id="R-fn-from-json-casts"),
    pytest.param("fromJSON('\"\\ud800\"')", "\ud800", id="R-fn-from-json-lone-surrogate"),
    pytest.param('fromJSON(\'{"A": 1, "b": 2, "a": 3}\')', {"A": 3.0, "b": 2.0}, id="R-fn-from-json-keys-ignore-case"),
    pytest.param("fromJSON('{\"Key\": 5}').kEY", 5.0, id="R-fn-from-json-then-property"),
    pytest.param("case(false, 1, true, 2, 3)", 2.0, id="EX-case-first-true"),
    pytest.param("case(1 == 2, 'a', 'b')", "b", id="EX-case-default"),
    pytest.param("case(true, 1, fromJSON('('), 2, 3)", 1.0, id="R-fn-case-is-lazy"),
    pytest.param("case(false, fromJSON('('), 3)", 3.0, id="R-fn-case-skips-values"),
]


@pytest.mark.parametrize(("expression", "value"), VALUES)
def test_a_function_gives_its_value(expression: str, value: Any) -> None:
    """The value is the runner's."""
    result = evaluate(expression, CONTEXTS)

    assert result == value
    assert type(result) is type(value)


INVALID = "The following format string is invalid: "
REFUSED = [
    pytest.param("format('{')", INVALID + "{", id="R-fn-format-open"),
    pytest.param("format('}')", INVALID + "}", id="R-fn-format-close"),
    pytest.param("format('{}', 1)", INVALID + "{}", id="R-fn-format-no-number"),
    pytest.param("format('{x}', 1)", INVALID + "{x}", id="R-fn-format-name"),
    pytest.param("format('{ 0}', 1)", INVALID + "{ 0}", id="R-fn-format-space"),
    pytest.param("format('{-1}', 1)", INVALID + "{-1}", id="R-fn-format-negative"),
    pytest.param("format('{٣}', 1)", INVALID + "{٣}", id="R-fn-format-other-digits"),
    pytest.param("format('{256}', 1)", INVALID + "{256}", id="R-fn-format-index-is-a-byte"),
    pytest.param("format('{9999999999}', 1)", INVALID + "{9999999999}", id="R-fn-format-huge-index"),
    pytest.param("format('{0:x}}', 1)", INVALID + "{0:x}}", id="R-fn-format-specifiers-not-closed"),
    pytest.param(
        "format('{0:x}}y}', null)",
        "The format specifiers 'x}y' are not valid for objects of type 'Null'",
        id="R-fn-format-specifiers",
    ),
    pytest.param(
        "format('{1}', 1)",
        "The following format string references more arguments than were supplied: {1}",
        id="R-fn-format-too-few",
    ),
    pytest.param("fromJSON('')", "Error parsing fromJson", id="R-fn-from-json-empty"),
    pytest.param("fromJSON('{')", "Error parsing fromJson", id="R-fn-from-json-open"),
    pytest.param("fromJSON('1 2')", "Error parsing fromJson", id="R-fn-from-json-two"),
    pytest.param("fromJSON('NaN')", "Error parsing fromJson", id="R-fn-from-json-nan"),
    pytest.param("fromJSON(list)", "Error parsing fromJson", id="R-fn-from-json-array-is-its-kind"),
    pytest.param(f"fromJSON('{'[' * 65}{']' * 65}')", "Error parsing fromJson", id="R-fn-from-json-65-levels"),
    pytest.param("case(1, 2, 3)", "case predicate must evaluate to a boolean value", id="R-fn-case-number"),
    pytest.param("case(null, 2, 3)", "case predicate must evaluate to a boolean value", id="R-fn-case-null"),
]


@pytest.mark.parametrize(("expression", "message"), REFUSED)
def test_a_function_refuses(expression: str, message: str) -> None:
    """The message is the runner's."""
    with pytest.raises(ExpressionError, match=f"^{re.escape(message)}$") as caught:
        evaluate(expression, CONTEXTS)

    assert (caught.value.phase, caught.value.position) == ("evaluation", None)


@pytest.mark.parametrize("number", [254, 255])
def test_format_takes_254_values(number: int) -> None:
    """255 arguments are the limit, the format itself among them."""
    text = f"format('{{{number - 1}}}'{', 1' * number})"
    if number == 254:
        assert evaluate(text, {}) == "1"
    else:
        with pytest.raises(ExpressionError, match=r"^Too many parameters supplied: 'format'"):
            evaluate(text, {})


def test_sixty_four_levels_of_json_are_read() -> None:
    """Brackets in strings do not count, nor do those that are closed again."""
    text = "[" * 63 + '{"]]]\\"[[[": [1, [], "[[[["]}' + "]" * 63
    shallow = "[" + ", ".join(["[]"] * 100) + "]"

    assert evaluate("fromJSON(text)", {"text": text.replace("[1, [], ", "").replace('"]}', '"}')}) is not None
    with pytest.raises(ExpressionError, match="Error parsing fromJson"):
        evaluate("fromJSON(text)", {"text": text})
    assert evaluate("fromJSON(text)", {"text": shallow}) == [[]] * 100


def test_a_result_has_a_size_limit() -> None:
    """Ten MiB are GitHub's limit; the message repeats the expression in its normal form."""
    message = "The maximum allowed memory size was exceeded while evaluating the following expression: "
    with pytest.raises(ExpressionError, match=f"^{re.escape(message)}join\\(a\\[0\\], a.b\\)$"):
        evaluate("1 && join( a [0],a.b)", {"a": [["x" * 6_000_000] * 2]})


def test_nested_formats_cannot_grow_without_end() -> None:
    """Each format doubles its text; the limit ends it."""
    expression = "'x'"
    for _ in range(40):
        expression = f"format('{{0}}{{0}}', {expression})"
    with pytest.raises(ExpressionError, match="maximum allowed memory size was exceeded"):
        evaluate(expression, {})


def test_deep_data_is_written_without_recursion() -> None:
    """Depth alone is no error; the size of the indentation may be one."""
    data: list[Any] = []
    for _ in range(1500):
        data = [data]

    assert str(evaluate("toJSON(data)", {"data": data})).count("[") == 1501
    for _ in range(100_000):
        data = [data]
    with pytest.raises(ExpressionError, match="maximum allowed memory size was exceeded"):
        evaluate("toJSON(data)", {"data": data})


@pytest.mark.parametrize("text", ['{"a": 1}"', " [1] x"])
def test_what_stands_behind_a_json_value_is_not_looked_at(text: str) -> None:
    """As in scripts that leave a quote too many behind a matrix."""
    assert evaluate("fromJSON(text)", {"text": text}) in ({"a": 1.0}, [1.0])
