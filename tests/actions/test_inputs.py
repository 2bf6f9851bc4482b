"""How inputs are read."""

from __future__ import annotations

import pytest

from pytest_cicache.actions import ActionCall, ActionReference
from pytest_cicache.actions._inputs import boolean, items, lines, quoted_lines, switch
from pytest_cicache.errors import UsageError


@pytest.mark.parametrize(
    ("text", "by_line", "by_comma"),
    [
        pytest.param("", [], [], id="empty"),
        pytest.param("a\nb", ["a", "b"], ["a", "b"], id="lines"),
        pytest.param("a,b", ["a,b"], ["a", "b"], id="commas"),
        pytest.param(" a , b \n\n c ", ["a , b", "c"], ["a", "b", "c"], id="trimmed"),
        pytest.param("a,,b", ["a,,b"], ["a", "b"], id="empty items"),
        pytest.param('"a,b"', ["a,b"], ["a,b"], id="quoted"),
        pytest.param('k="v"', ['k="v"'], ['k="v"'], id="quotes inside"),
        pytest.param('"k=one\ntwo"\nb', ["k=one\ntwo", "b"], ["k=one\ntwo", "b"], id="quoted over lines"),
        pytest.param('"a"b', ["ab"], ["ab"], id="text after a quote"),
        pytest.param("#C=1", ["#C=1"], ["#C=1"], id="no comments"),
        pytest.param("a\r\nb\r\n", ["a", "b"], ["a", "b"], id="carriage returns"),
    ],
)
def test_lists(text, by_line, by_comma):
    """Lists are CSV records; some are split at commas as well."""
    assert lines(text) == by_line
    assert items(text) == by_comma


def test_quoted_lines_keep_quotes():
    """Some lists keep their quotes."""
    assert quoted_lines(' "type=oci,dest=a" \n\n b') == ['"type=oci,dest=a"', "b"]


def call(**values: str) -> ActionCall:
    return ActionCall(reference=ActionReference.parse("o/n@v1"), inputs=values, github={}, environment=values)


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False)],
)
def test_booleans(text, value):
    """The words of YAML 1.2."""
    assert boolean(call(push=f" {text} "), "push") is value


@pytest.mark.parametrize("text", ["yes", "1", "", "tRUE"])
def test_other_words_are_no_booleans(text):
    """The toolkit's message names the input."""
    with pytest.raises(UsageError, match='"Core Schema" specification: push\nSupport boolean input list: `true'):
        boolean(call(push=text), "push")


def test_a_boolean_that_is_not_given():
    """It has its default."""
    assert boolean(call(), "push", default="true") is True
    assert boolean(call(), "push") is False


@pytest.mark.parametrize(("text", "value"), [("1", True), ("t", True), ("TRUE", True), ("0", False), ("on", False)])
def test_switches(text, value):
    """Environment switches have words of their own."""
    assert switch(call(X=text), "X") is value
    assert switch(call(), "X") is False


def test_a_quote_without_its_end():
    """It is an error, as in the actions."""
    with pytest.raises(UsageError, match=r"^Quote Not Closed: the parsing is finished .* at line 2$"):
        lines('a\n"b')
