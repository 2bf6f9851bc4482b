"""Unknown values: three-valued logic, and markers that survive."""

from __future__ import annotations

import json
import re

import pytest

from pytest_cicache.expressions import (
    PartlyKnown,
    UnknownOrigin,
    evaluate,
    holds_unknown,
    interpolate,
    is_unknown,
    origins,
    secret_placeholder,
    show_unknown,
    told_placeholders,
    unknown,
)

TAG = unknown("steps.version.outputs.tag", "action:ci.yml:7:9")
CONTEXTS = {
    "steps": {
        "version": {"outputs": unknown("steps.version.outputs", "action:ci.yml:7:9"), "outcome": "success"},
        "known": {"outputs": {"x": "y"}},
    },
    "github": {"ref": "refs/heads/main"},
    "list": ["a", TAG],
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("false && steps.version.outputs.a", False, id="false and unknown"),
        pytest.param("steps.version.outputs.a && false", False, id="unknown and false"),
        pytest.param("true || steps.version.outputs.a", True, id="true or unknown"),
        pytest.param("steps.version.outputs.a == 'x' || true", True, id="unknown or true"),
        pytest.param("steps.version.outcome == 'success'", True, id="the outcome of what is assumed is known"),
        pytest.param("format('v{0}', steps.version.outputs.a) == 'main'", False, id="a known start rules it out"),
        pytest.param("startsWith(format('refs/{0}', steps.version.outputs.a), 'refs/')", True, id="a known start"),
        pytest.param("startsWith(format('refs/{0}', steps.version.outputs.a), 'main')", False, id="another start"),
        pytest.param("endsWith(format('{0}-alpine', steps.version.outputs.a), '-alpine')", True, id="a known end"),
        pytest.param("contains(format('x-{0}', steps.version.outputs.a), 'X-')", True, id="a known part"),
        pytest.param("contains(list, 'a')", True, id="a known item"),
        pytest.param("!format('v{0}', steps.version.outputs.a)", False, id="text with a known part is true"),
        pytest.param("format('v{0}', steps.version.outputs.a) && 'x' || 'y'", "x", id="and decides"),
        pytest.param("contains(fromJSON('[]'), steps.version.outputs.a)", False, id="nothing holds nothing"),
        pytest.param("steps.version.outputs.a && fromJSON('{')  && false", False, id="what fails behind an unknown"),
    ],
)
def test_decided(text, value):
    """What an unknown operand cannot change is known."""
    assert evaluate(text, CONTEXTS) == value


@pytest.mark.parametrize(
    "text",
    [
        "steps.version.outputs.a",
        "!steps.version.outputs.a",
        "steps.version.outputs.a == 'x'",
        "steps.version.outputs.a != ''",
        "'x' == steps.version.outputs.a",
        "steps.version.outputs.a < 3",
        "true && steps.version.outputs.a",
        "steps.version.outputs.a || 'main'",
        "steps.version.outputs.a && 'x' || 'y'",
        "format('v{0}', steps.version.outputs.a) == 'v1'",
        "fromJSON(steps.version.outputs.a)",
        "fromJSON(steps.version.outputs.a).include[0].name",
        "fromJSON(steps.version.outputs.a).*.name",
        "toJSON(steps.version)",
        "join(list, ',')",
        "contains(list, 'b')",
        "contains(steps.version.outputs.a, 'b')",
        "contains('abc', steps.version.outputs.a)",
        "startsWith(steps.version.outputs.a, 'v')",
        "startsWith('abc', steps.version.outputs.a)",
        "endsWith(format('{0}e', steps.version.outputs.a), 'one')",
        "case(steps.version.outputs.a == '1', 'x', 'y')",
        "steps.known.outputs[steps.version.outputs.a]",
        "format('{0}{1}', steps.version.outputs.a, steps.version.outputs.b) && 'x' || 'y'",
    ],
)
def test_unknown(text):
    """Everything else is unknown, and rests on the same assumption."""
    value = evaluate(text, CONTEXTS)

    assert holds_unknown(value)
    assert {each for origin in origins(value) for each in origin.assumptions} == {"action:ci.yml:7:9"}


def test_equal_texts_are_equal():
    """An unknown value is itself."""
    assert holds_unknown(evaluate("steps.version.outputs.a == steps.version.outputs.b", CONTEXTS))


def test_a_member_is_named():
    """A person reads where a value comes from."""
    assert show_unknown(f"app:{evaluate('steps.version.outputs.tag', CONTEXTS)}") == "app:<steps.version.outputs.tag>"


def test_interpolated_text():
    """Text around an unknown value stays."""
    text = interpolate("ghcr.io/o/p:${{ steps.version.outputs.tag }}-x", CONTEXTS)

    assert show_unknown(str(text)) == "ghcr.io/o/p:<steps.version.outputs.tag>-x"


@pytest.mark.parametrize(
    "survived",
    [
        str.upper,
        lambda text: f"'{text}'",
        lambda text: json.loads(json.dumps({"a": [text]}))["a"][0],
        lambda text: re.sub(r"[^a-z0-9]", "-", f"refs/heads/{text}"),
        lambda text: text.replace("/", "-"),
        lambda text: text[:7],
    ],
)
def test_a_marker_survives(survived):
    """What text tools do to a value leaves it unknown."""
    assert holds_unknown(survived(TAG))


def test_a_marker_that_was_cut_is_something_unknown():
    """What is left of it does not tell where it came from."""
    assert origins(TAG[:7]) == (UnknownOrigin("an unknown value"),)
    assert show_unknown(TAG[:7]) == "<an unknown value>"


def test_a_marker_is_a_plain_word():
    """Lower-case letters and digits, the same for the same origin, another for another."""
    assert re.fullmatch("[a-z0-9]+", TAG)
    assert TAG == unknown("steps.version.outputs.tag", "action:ci.yml:7:9") != unknown("steps.version.outputs.tag")


@pytest.mark.parametrize("value", [None, 1.5, True, [], {"a": ["b", {"c": "d"}]}, "main"])
def test_what_is_known(value):
    """Values without a marker are known."""
    assert not holds_unknown(value)
    assert origins(value) == ()


def test_unknown_inside_collections():
    """A marker is found at any depth, in keys too."""
    assert holds_unknown({"a": [{"b": TAG}]})
    assert holds_unknown({TAG: 1})


def test_a_partly_known_object():
    """Members that are not among the known ones are members of the unknown rest."""
    outputs = PartlyKnown({"a": "1"}, rest=unknown("steps.s.outputs", "script:ci.yml:1:1"))
    contexts = {"steps": {"s": {"outputs": outputs}}}

    assert evaluate("steps.s.outputs.a", contexts) == "1"
    assert show_unknown(str(evaluate("steps.s.outputs.b", contexts))) == "<steps.s.outputs.b>"


def test_members_of_text_around_an_unknown_value():
    """Text with more in it than the one value is unknown as a whole."""
    value = evaluate("format('v{0}', steps.version.outputs.a)['b']", CONTEXTS)

    assert show_unknown(str(value)) == "<steps.version.outputs.a>"


def test_text_with_a_known_part_is_kept_before_or():
    """It is not empty, so what is behind `||` is not taken."""
    value = evaluate("true && format('v{0}', steps.version.outputs.a) || ''", CONTEXTS)

    assert show_unknown(str(value)) == "v<steps.version.outputs.a>"


@pytest.mark.parametrize(("value", "whole"), [(TAG, True), (f"v{TAG}", False), ("v", False), (None, False)])
def test_one_unknown_value_and_nothing_else(value, whole):
    """No known text stands around it."""
    assert is_unknown(value) is whole


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"ghcr.io/{secret_placeholder('Docker_Repo')}/app:1", "ghcr.io/<secrets.DOCKER_REPO>/app:1"),
        (f"{secret_placeholder('A')}:{secret_placeholder('B2')}-x", "<secrets.A>:<secrets.B2>-x"),
        ("ghcr.io/o/placeholder", "ghcr.io/o/placeholder"),
    ],
)
def test_a_name_made_of_a_placeholder_is_unknown(text: str, told: str) -> None:
    """By the secret that it stands for."""
    found = told_placeholders(text)

    assert show_unknown(found) == told
    assert holds_unknown(found) == (text != told)
