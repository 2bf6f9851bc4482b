"""What GitHub refuses, in its words, and where."""

from __future__ import annotations

import re

import pytest

from pytest_cicache.expressions import ExpressionError, HostFunction, evaluate, parse

CONTEXTS = {"github": {}, "a": {"b": [1]}}

# expression, description and token, position, phase
REFUSED = [
    pytest.param("True", "Unrecognized named-value: 'True'", 1, "parsing", id="EX-true-is-case-sensitive"),
    pytest.param("nope.b", "Unrecognized named-value: 'nope'", 1, "parsing", id="CX-unknown-context"),
    pytest.param("a.b == no", "Unrecognized named-value: 'no'", 8, "parsing", id="CX-unknown-second"),
    pytest.param("nope(1)", "Unrecognized function: 'nope'", 1, "parsing", id="R-tok-unknown-function"),
    pytest.param("a (1)", "Unrecognized function: 'a'", 1, "parsing", id="R-tok-context-is-no-function"),
    pytest.param("success()", "Unrecognized function: 'success'", 1, "parsing", id="CX-host-function-absent"),
    pytest.param("no && )", "Unrecognized named-value: 'no'", 1, "parsing", id="R-tok-first-error-wins"),
    pytest.param("1 && ) no", "Unexpected symbol: ')'", 6, "parsing", id="R-tok-first-error-wins-too"),
    pytest.param('a == "x"', "Unexpected symbol: '\"x\"'", 6, "lexing", id="EX-double-quotes"),
    pytest.param("a == 'x", "Unexpected symbol: ''x'", 6, "lexing", id="R-tok-open-string"),
    pytest.param("'x''", "Unexpected symbol: ''x'''", 1, "lexing", id="R-tok-open-after-doubled-quotes"),
    pytest.param("a = 1", "Unexpected symbol: '='", 3, "lexing", id="R-tok-single-equals"),
    pytest.param("a &b", "Unexpected symbol: '&b'", 3, "lexing", id="R-tok-single-ampersand"),
    pytest.param("a | b", "Unexpected symbol: '|'", 3, "lexing", id="R-tok-single-bar"),
    pytest.param("a + 1", "Unexpected symbol: '+'", 3, "lexing", id="EX-no-arithmetic"),
    pytest.param("a-1 b", "Unrecognized named-value: 'a-1'", 1, "parsing", id="R-tok-hyphen-in-a-name"),
    pytest.param("-0xFF", "Unexpected symbol: '-0xFF'", 1, "lexing", id="R-ev-signed-hexadecimal"),
    pytest.param("0XFF", "Unexpected symbol: '0XFF'", 1, "lexing", id="R-ev-upper-case-prefix"),
    pytest.param("0x", "Unexpected symbol: '0x'", 1, "lexing", id="R-ev-prefix-alone"),
    pytest.param("0o8", "Unexpected symbol: '0o8'", 1, "lexing", id="R-ev-no-octal-digit"),
    pytest.param("0x100000000", "Unexpected symbol: '0x100000000'", 1, "lexing", id="R-ev-beyond-32-bits"),
    pytest.param("0o40000000000", "Unexpected symbol: '0o40000000000'", 1, "lexing", id="R-ev-octal-beyond"),
    pytest.param("1,000", "Unexpected symbol: ','", 2, "parsing", id="R-ev-thousands-separator"),
    pytest.param("1.2.3", "Unexpected symbol: '1.2.3'", 1, "lexing", id="R-ev-two-dots"),
    pytest.param("1_0", "Unexpected symbol: '1_0'", 1, "lexing", id="R-ev-underscore"),
    pytest.param("a.b-é", "Unexpected symbol: 'b-é'", 3, "lexing", id="CX-letters-are-ascii"),
    pytest.param("a.1", "Unexpected symbol: '1'", 3, "parsing", id="CX-property-starts-with-a-letter"),
    pytest.param("a..b", "Unexpected symbol: '.'", 3, "parsing", id="R-tok-two-dots"),
    pytest.param("true.b", "Unexpected symbol: '.'", 5, "parsing", id="R-tok-dot-after-a-literal"),
    pytest.param("'x'[0]", "Unexpected symbol: '['", 4, "parsing", id="R-tok-index-after-a-literal"),
    pytest.param("*", "Unexpected symbol: '*'", 1, "parsing", id="R-tok-star-alone"),
    pytest.param("a.*b", "Unexpected symbol: 'b'", 4, "parsing", id="R-tok-name-after-star"),
    pytest.param("a b", "Unexpected symbol: 'b'", 3, "parsing", id="R-tok-two-names"),
    pytest.param("1 2", "Unexpected symbol: '2'", 3, "parsing", id="R-tok-two-numbers"),
    pytest.param("1 'x'", "Unexpected symbol: ''x''", 3, "parsing", id="R-tok-string-is-quoted-as-written"),
    pytest.param("== 1", "Unexpected symbol: '=='", 1, "parsing", id="R-tok-operator-first"),
    pytest.param("1 ! 2", "Unexpected symbol: '!'", 3, "parsing", id="R-tok-not-between"),
    pytest.param("()", "Unexpected symbol: ')'", 2, "parsing", id="R-tok-empty-group"),
    pytest.param("a[]", "Unexpected symbol: ']'", 3, "parsing", id="R-tok-empty-index"),
    pytest.param("1)", "Unexpected symbol: ')'", 2, "parsing", id="R-tok-end-of-no-group"),
    pytest.param("(a]", "Unexpected symbol: ']'", 3, "parsing", id="R-tok-wrong-end"),
    pytest.param("a[1)", "Unexpected symbol: ')'", 4, "parsing", id="R-tok-wrong-end-of-index"),
    pytest.param("(1, 2)", "Unexpected symbol: ','", 3, "parsing", id="R-tok-comma-in-a-group"),
    pytest.param("join(1,)", "Unexpected symbol: ')'", 8, "parsing", id="R-tok-trailing-comma"),
    pytest.param("join(,1)", "Unexpected symbol: ','", 6, "parsing", id="R-tok-leading-comma"),
    pytest.param("1 &&", "Unexpected end of expression: '&&'", 3, "parsing", id="R-tok-operator-last"),
    pytest.param("!", "Unexpected end of expression: '!'", 1, "parsing", id="R-tok-not-last"),
    pytest.param("a.", "Unexpected end of expression: '.'", 2, "parsing", id="R-tok-dot-last"),
    pytest.param("(1 && 2", "Unexpected end of expression: '2'", 7, "parsing", id="R-tok-open-group"),
    pytest.param("a[1", "Unexpected end of expression: '1'", 3, "parsing", id="R-tok-open-index"),
    pytest.param("join('x'", "Unexpected end of expression: ''x''", 6, "parsing", id="R-tok-open-call"),
    pytest.param("join(", "Unexpected end of expression: '('", 5, "parsing", id="R-tok-open-call-alone"),
    pytest.param("Join()", "Too few parameters supplied: 'Join'", 1, "parsing", id="LS-too-few"),
    pytest.param("join(1, 2, 3)", "Too many parameters supplied: 'join'", 1, "parsing", id="LS-too-many"),
    pytest.param("case(true, 1)", "Too few parameters supplied: 'case'", 1, "parsing", id="LS-case-too-few"),
    pytest.param(
        "1 || case(true, 1, false, 2)",
        "Even number of parameters supplied, requires an odd number of parameters: 'case'",
        6,
        "parsing",
        id="LS-case-even",
    ),
    pytest.param("'😀' b", "Unexpected symbol: 'b'", 6, "parsing", id="R-tok-positions-count-utf-16"),
    pytest.param("1\n&& b", "Unrecognized named-value: 'b'", 6, "parsing", id="R-tok-positions-count-lines"),
    pytest.param("${{ 1 }} ${{ 2 }}", "Unexpected symbol: '${{'", 1, "lexing", id="R-tok-two-wrapped"),
    pytest.param("1 ${{ 2 }}", "Unexpected symbol: '${{'", 3, "lexing", id="R-tok-wrapped-later"),
]


@pytest.mark.parametrize(("expression", "description", "position", "phase"), REFUSED)
def test_a_wrong_expression_is_refused(expression: str, description: str, position: int, phase: str) -> None:
    """Message, position and phase are GitHub's."""
    message = f"{description}. Located at position {position} within expression: {expression}"
    with pytest.raises(ExpressionError, match=f"^{re.escape(message)}$") as caught:
        evaluate(expression, CONTEXTS)

    assert (caught.value.position, caught.value.phase) == (position, phase)
    assert caught.value.expression == expression


def test_positions_count_inside_the_wrapping() -> None:
    """What stands around the expression does not move the position."""
    with pytest.raises(ExpressionError, match=r"Located at position 1 within expression: nope$"):
        evaluate("${{ nope }}", {})


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("!" * 49 + "1", id="not"),
        pytest.param("a" + ".b" * 49, id="property"),
        pytest.param("toJSON(" * 49 + "1" + ")" * 49, id="call"),
        pytest.param("1" + " == 1" * 49, id="comparison"),
        pytest.param("(" * 5000 + "1" + ")" * 5000, id="groups-add-no-level"),
        pytest.param("1" + " && 1" * 4000, id="a-chain-is-one-level"),
        pytest.param("(1 || " * 2000 + "1" + ")" * 2000, id="grouped-chains-are-one-level"),
    ],
)
def test_fifty_levels_are_accepted(expression: str) -> None:
    """The limit is on levels of the tree, not on parentheses."""
    assert parse(expression).root is not None


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("!" * 50 + "1", id="not"),
        pytest.param("a" + ".b" * 50, id="property"),
        pytest.param("a" + "[a" * 50 + "]" * 50, id="index"),
        pytest.param("toJSON(" * 50 + "1" + ")" * 50, id="call"),
        pytest.param("1" + " == 1" * 50, id="comparison"),
        pytest.param("1 && (1 || (" * 25 + "1" + "))" * 25, id="alternating"),
        pytest.param("!" * 20_999 + "1", id="far-beyond"),
    ],
)
def test_more_levels_are_refused(expression: str) -> None:
    """The error has no place, as at GitHub."""
    with pytest.raises(ExpressionError, match=r"^Exceeded max expression depth 50$") as caught:
        parse(expression)

    assert (caught.value.position, caught.value.phase) == (None, "parsing")
    assert caught.value.expression == expression


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("'" + "x" * 20_999 + "'", id="characters"),
        pytest.param("'" + "😀" * 10_500 + "'", id="utf-16"),
    ],
)
def test_a_long_expression_is_refused(expression: str) -> None:
    """21,000 UTF-16 code units are read, one more is not."""
    with pytest.raises(ExpressionError, match=r"^Exceeded max expression length 21000$"):
        parse(expression)


def test_the_longest_expression_is_read() -> None:
    """The limit itself is allowed."""
    assert parse("'" + "x" * 20_998 + "'").root is not None


def test_without_names_every_name_is_allowed() -> None:
    """A syntax check needs no contexts and no functions."""
    expression = parse("anything.at || all(1, 2, 3)")

    assert expression.text == "anything.at || all(1, 2, 3)"
    assert expression.root is not None


def test_functions_by_name_are_not_counted() -> None:
    """Names alone say nothing about the number of arguments."""
    assert parse("Always(1)", functions={"always"}).root is not None
    with pytest.raises(ExpressionError, match="Unrecognized function: 'failure'"):
        parse("failure()", functions={"always"})


def test_host_functions_are_counted() -> None:
    """A record says how many arguments its function takes."""
    always = HostFunction(name="always", minimum=0, maximum=0, call=lambda: True)

    assert parse("always()", functions={"always": always}).root is not None
    with pytest.raises(ExpressionError, match="Too many parameters supplied: 'always'"):
        parse("always(1)", functions={"always": always})


def test_named_values_ignore_case() -> None:
    """`GitHub` is `github`."""
    assert parse("GitHub.ref", named_values=["github"]).root is not None


def test_a_refusal_is_repeated() -> None:
    """A kept syntax error is raised anew each time."""
    errors = []
    for _ in range(2):
        with pytest.raises(ExpressionError, match="Unexpected symbol") as caught:
            parse("1 1")
        errors.append(caught.value)

    assert errors[0] is not errors[1]
