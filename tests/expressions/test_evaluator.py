"""What expressions evaluate to: one row a rule, named by its source key in the reference."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any

import pytest

from pytest_cicache.expressions import ExpressionError, HostFunction, evaluate

CONTEXTS: dict[str, Any] = {
    "github": {"event_name": "push", "Ref": "refs/heads/main", "run_number": 7, "0": "zero", "": "nameless"},
    "labels": [{"name": "bug", "id": 1}, {"name": "help wanted"}, {"id": 3}, "loose", ["nested", "list"]],
    "matrix": {"os": ["linux", "windows"], "node": {"lts": [18, 20], "next": [22]}},
    "numbers": [10, 20.5, 30],
    "empty": {},
    "nothing": None,
    "yes": True,
}

VALUES = [
    pytest.param("", None, id="R-tok-empty-text-is-nothing"),
    pytest.param(" \t\n", None, id="R-tok-blank-text-is-nothing"),
    pytest.param("${{ 1 }}", 1.0, id="EX-wholly-wrapped"),
    pytest.param("  ${{github.event_name}}\n", "push", id="EX-wrapped-with-space-around"),
    pytest.param("'${{ 1 }}'", "${{ 1 }}", id="R-tok-opening-inside-a-string"),
    pytest.param("null", None, id="EX-null"),
    pytest.param("true", True, id="EX-true"),
    pytest.param("false", False, id="EX-false"),
    pytest.param("Infinity", math.inf, id="R-ev-infinity"),
    pytest.param("-Infinity", -math.inf, id="R-ev-negative-infinity"),
    pytest.param("+.5e1", 5.0, id="R-ev-sign-dot-exponent"),
    pytest.param("7.", 7.0, id="R-ev-trailing-dot"),
    pytest.param("0xFFFFFFFF", -1.0, id="R-ev-hexadecimal-is-32-bit-signed"),
    pytest.param("0x0000000000ff", 255.0, id="R-ev-hexadecimal-leading-zeros"),
    pytest.param("0o37777777777", -1.0, id="R-ev-octal-is-32-bit-signed"),
    pytest.param("1e999", math.inf, id="R-ev-overflow-is-infinite"),
    pytest.param("'it''s ''''quoted'", "it's ''quoted", id="EX-quotes-are-doubled"),
    pytest.param("\u00a0yes\u2003", True, id="R-tok-unicode-white-space"),
    pytest.param("nothing", None, id="CX-null-context"),
    pytest.param("GITHUB.EVENT_NAME", "push", id="CX-names-ignore-case"),
    pytest.param("github.run_number", 7.0, id="R-ev-numbers-are-doubles"),
    pytest.param("github . event_name", "push", id="R-tok-space-around-the-dot"),
    pytest.param("github['REF']", "refs/heads/main", id="CX-index-ignores-case"),
    pytest.param("github[0]", "zero", id="R-ix-number-as-a-key"),
    pytest.param("github[null]", "nameless", id="R-ix-null-as-a-key"),
    pytest.param("github[numbers]", None, id="R-ix-array-is-no-key"),
    pytest.param("github.nope.deeper", None, id="CX-unknown-property-is-null"),
    pytest.param("github.event_name.length", None, id="R-ix-primitive-has-no-members"),
    pytest.param("numbers[1]", 20.5, id="R-ix-array-item"),
    pytest.param("numbers[0.9]", 10.0, id="R-ix-index-is-floored"),
    pytest.param("numbers['2']", 30.0, id="R-ix-text-as-a-number"),
    pytest.param("numbers[yes]", 20.5, id="R-ix-true-is-one"),
    pytest.param("numbers[null]", 10.0, id="R-ix-null-is-zero"),
    pytest.param("numbers[-1]", None, id="R-ix-negative-index"),
    pytest.param("numbers[-0.5]", None, id="R-ix-negative-fraction"),
    pytest.param("numbers[3]", None, id="R-ix-beyond-the-end"),
    pytest.param("numbers[NaN]", None, id="R-ix-nan-index"),
    pytest.param("numbers[Infinity]", None, id="R-ix-infinite-index"),
    pytest.param("numbers['x']", None, id="R-ix-word-on-an-array"),
    pytest.param("numbers[empty]", None, id="R-ix-object-as-an-index"),
    pytest.param("nothing[fromJSON('')]", None, id="R-ix-index-of-a-primitive-is-not-evaluated"),
    pytest.param("labels.*.name", ["bug", "help wanted"], id="R-ix-filter-drops-items-without-it"),
    pytest.param("labels.*.nope", [], id="R-ix-filter-without-hits"),
    pytest.param("labels.*[0]", ["nested"], id="R-ix-index-after-a-filter-is-per-item"),
    pytest.param("matrix.*", [["linux", "windows"], CONTEXTS["matrix"]["node"]], id="R-ix-filter-of-object"),
    pytest.param("matrix[*].*", ["linux", "windows", [18, 20], [22]], id="R-ix-filter-of-a-filter"),
    pytest.param("matrix.node.*.*", [18, 20, 22], id="R-ix-filter-flattens-a-level"),
    pytest.param("matrix.node.*[0]", [18, 22], id="R-ix-filter-numbers"),
    pytest.param("yes.*", [], id="R-ix-filter-of-a-primitive"),
    pytest.param("matrix[* == '*']", None, id="R-ix-star-as-an-operand-is-text"),
    pytest.param("(labels.*.name)[0]", [], id="R-ix-group-keeps-the-filter"),
    pytest.param("!github.nope", True, id="EX-not"),
    pytest.param("!!'x'", True, id="EX-not-twice"),
    pytest.param("!0 == true", True, id="R-tok-not-binds-before-equality"),
    pytest.param("1 < 2 == 3 > 2", True, id="R-tok-relations-bind-before-equality"),
    pytest.param("3 > 2 > 1", False, id="R-tok-relations-go-left-to-right"),
    pytest.param("false && true || 'x'", "x", id="R-tok-and-binds-before-or"),
    pytest.param("'x' || false && true", "x", id="R-tok-or-after-and"),
    pytest.param("(1 || 2) && 3", 3.0, id="R-tok-grouping"),
    pytest.param("0 && fromJSON('')", 0.0, id="R-ev-and-stops-at-falsy"),
    pytest.param("'a' || fromJSON('')", "a", id="R-ev-or-stops-at-truthy"),
    pytest.param("1 && 'b' && null", None, id="R-ev-and-gives-the-last"),
    pytest.param("0 || '' || NaN == 1", False, id="R-ev-or-gives-the-last"),
    pytest.param("1 && (2 && 3)", 3.0, id="R-ev-and-joins-a-group"),
    pytest.param("github.event_name == 'push' && 'a' || 'b'", "a", id="EX-ternary-idiom"),
    pytest.param("empty && 1", 1.0, id="R-ev-empty-object-is-truthy"),
    pytest.param("'PUSH' == github.event_name", True, id="R-ev-equality-ignores-case"),
    pytest.param("'1' == 1", True, id="R-ev-text-becomes-a-number"),
    pytest.param("'0x10' == 16", True, id="R-ev-hexadecimal-text"),
    pytest.param("'infinity' == Infinity", False, id="R-ev-infinity-is-case-sensitive"),
    pytest.param("null == false", True, id="R-ev-null-and-false-are-zero"),
    pytest.param("null == ''", True, id="R-ev-null-equals-empty-text"),
    pytest.param("NaN == NaN", False, id="R-ev-nan-equals-nothing"),
    pytest.param("NaN != NaN", True, id="R-ev-nan-differs-from-nan"),
    pytest.param("matrix == matrix", True, id="R-ev-objects-are-equal-to-themselves"),
    pytest.param("fromJSON('[]') == fromJSON('[]')", False, id="R-ev-arrays-are-compared-by-identity"),
    pytest.param("numbers == 'Array'", False, id="R-ev-array-equals-no-text"),
    pytest.param("'ı' == 'I'", False, id="R-ev-dotless-i-is-no-i"),
    pytest.param("'ä' == 'Ä'", True, id="R-ev-ordinal-case"),
    pytest.param("'ß' == 'SS'", False, id="R-ev-ordinal-case-keeps-length"),
    pytest.param("'b' > 'A'", True, id="R-ev-text-order-ignores-case"),
    pytest.param("'_' < 'a'", False, id="R-ev-text-order-is-of-upper-case"),
    pytest.param("'10' < '9'", True, id="R-ev-two-texts-are-compared-as-text"),
    pytest.param("'10' < 9", False, id="R-ev-text-and-number-as-numbers"),
    pytest.param("true > false", True, id="R-ev-booleans-have-an-order"),
    pytest.param("1 > null", True, id="R-ev-null-is-zero-in-order"),
    pytest.param("null > null", False, id="R-ev-null-is-not-above-null"),
    pytest.param("null >= null", True, id="R-ev-null-is-at-least-null"),
    pytest.param("null <= null", True, id="R-ev-null-is-at-most-null"),
    pytest.param("NaN <= NaN", False, id="R-ev-nan-has-no-order"),
    pytest.param("numbers < 1", False, id="R-ev-arrays-have-no-order"),
    pytest.param("numbers >= numbers", True, id="R-ev-same-array-is-at-least-itself"),
    pytest.param("2 <= 2", True, id="R-ev-at-most"),
    pytest.param("3 <= 2", False, id="R-ev-not-at-most"),
    pytest.param("1 >= 2", False, id="R-ev-not-at-least"),
]


@pytest.mark.parametrize(("expression", "value"), VALUES)
def test_an_expression_has_its_value(expression: str, value: Any) -> None:
    """The value and its kind are GitHub's."""
    result = evaluate(expression, CONTEXTS)

    assert result == value
    assert type(result) is type(value)


def test_nan_is_a_literal() -> None:
    """NaN is written as such, and equals nothing."""
    result = evaluate("NaN", {})

    assert isinstance(result, float)
    assert math.isnan(result)


def test_contexts_may_be_any_mapping_and_sequence() -> None:
    """What reads like JSON is read like JSON."""
    contexts = {"env": MappingProxyType({"A": (1, 2)}), "odd": object()}

    assert evaluate("env.a[1]", contexts) == 2.0
    assert evaluate("format('{0} {1} {2}', env, env.A, odd)", contexts) == "Object Array Object"


@pytest.mark.parametrize(
    ("number", "value"),
    [
        pytest.param(10**400, math.inf, id="above"),
        pytest.param(-(10**400), -math.inf, id="below"),
        pytest.param(2**53 + 1, float(2**53), id="beyond-exact"),
    ],
)
def test_whole_numbers_become_doubles(number: int, value: float) -> None:
    """A context's integers of any size are doubles in the language."""
    assert evaluate("n", {"n": number}) == value


def test_an_exact_key_comes_before_one_that_differs_in_case() -> None:
    """The environment may hold names that differ in case only."""
    env = {"Path": "first", "PATH": "second"}

    assert evaluate("env.PATH", {"env": env}) == "second"
    assert evaluate("env.path", {"env": env}) == "first"


def _host(*names: str) -> dict[str, HostFunction]:
    return {name: HostFunction(name=name, minimum=0, maximum=2, call=lambda *values: list(values)) for name in names}


def test_the_caller_answers_its_own_functions() -> None:
    """Host functions get the values of their arguments; their names ignore case."""
    assert evaluate("HashFiles('a', 1 == 1)", {}, functions=_host("hashfiles")) == ["a", True]


def test_the_language_comes_before_the_caller() -> None:
    """A host function cannot replace one of the language."""
    assert evaluate("contains('ab', 'b')", {}, functions=_host("contains")) is True


def test_an_error_while_evaluating_names_the_expression() -> None:
    """The phase is evaluation and the expression the bare one."""
    with pytest.raises(ExpressionError, match=r"^Error parsing fromJson$") as caught:
        evaluate("${{ fromJSON('{') }}", {})

    assert caught.value.phase == "evaluation"
    assert caught.value.expression == "fromJSON('{')"
    assert caught.value.position is None
