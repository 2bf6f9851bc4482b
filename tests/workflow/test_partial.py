"""Contexts of which only a part is known."""

from __future__ import annotations

import pytest

from pytest_cicache.expressions import UndecidedError, evaluate
from pytest_cicache.workflow import Undecided
from pytest_cicache.workflow._partial import PartialContext

INPUTS = PartialContext("inputs", {"Tag": Undecided("needs.a.outputs.t"), "push": True})
OUTPUTS = PartialContext("needs.a.outputs", {"known": "x"}, is_open=True)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        pytest.param("inputs.push", True, id="known"),
        pytest.param("inputs.PUSH", True, id="case-is-ignored"),
        pytest.param("outputs.known", "x", id="known-of-an-open-one"),
    ],
)
def test_known_values_are_given(expression: str, value: object) -> None:
    """What is known can be used in expressions."""
    assert evaluate(expression, {"inputs": INPUTS, "outputs": OUTPUTS}) == value


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        pytest.param("inputs.tag", "needs.a.outputs.t", id="marked"),
        pytest.param("toJSON(inputs)", "needs.a.outputs.t", id="whole-with-a-marked-one"),
        pytest.param("outputs.other", "needs.a.outputs.other", id="open"),
        pytest.param("toJSON(outputs)", "needs.a.outputs", id="whole-of-an-open-one"),
        pytest.param("join(outputs.*)", "needs.a.outputs", id="filter"),
        pytest.param("inputs.missing", "needs.a.outputs.t", id="missing-beside-a-marked-one"),
    ],
)
def test_unknown_values_are_named(expression: str, what: str) -> None:
    """What is not known says what it depends on."""
    with pytest.raises(UndecidedError, match=" is not known yet") as caught:
        evaluate(expression, {"inputs": INPUTS, "outputs": OUTPUTS})

    assert caught.value.what == what


def test_names_keep_their_case() -> None:
    """A context lists its names as they were given."""
    assert list(INPUTS) == ["Tag", "push"]
    assert len(INPUTS) == 2
    with pytest.raises(UndecidedError, match=r"needs\.a\.outputs is not known yet"):
        len(OUTPUTS)
    with pytest.raises(UndecidedError, match=r"needs\.a\.outputs is not known yet"):
        list(OUTPUTS)
