"""Conditions of which a part is not known yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from pytest_cicache.expressions import ExpressionError, HostFunction, UndecidedError, decide


class Unknown(Mapping[str, Any]):
    """A context of which nothing is known."""

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: str) -> Any:
        raise UndecidedError(f"needs.{key}")

    def __iter__(self) -> Iterator[str]:
        raise UndecidedError("needs")

    def __len__(self) -> int:
        raise UndecidedError("needs")


CONTEXTS = {"github": {"event_name": "push"}, "needs": Unknown()}

DECIDED = [
    pytest.param("github.event_name == 'push'", True, id="known"),
    pytest.param("${{ github.event_name == 'push' }}", True, id="in-braces"),
    pytest.param("", False, id="empty"),
    pytest.param("false && needs.a", False, id="and-stops-before"),
    pytest.param("needs.a && false", False, id="and-decided-behind"),
    pytest.param("needs.a || true", True, id="or-decided-behind"),
    pytest.param("!(needs.a && false)", True, id="not"),
    pytest.param("(needs.a || true) && github.event_name", True, id="nested"),
    pytest.param("github.event_name && 'x'", True, id="last-operand"),
    pytest.param("needs.a && fromJSON('{') && false", False, id="error-behind-an-unknown-does-not-count"),
    pytest.param("success() && false", False, id="unknown-function"),
]


@pytest.mark.parametrize(("text", "expected"), DECIDED)
def test_decided(text: str, expected: bool) -> None:
    """The known parts decide where they can."""
    assert decide(text, CONTEXTS, functions=FUNCTIONS) is expected


def _unknown(*_: object) -> bool:
    raise UndecidedError("whether build succeeds")


FUNCTIONS = {"success": HostFunction(name="success", minimum=0, maximum=0, call=_unknown)}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("needs.a", "needs.a", id="value"),
        pytest.param("needs.a == 'x'", "needs.a", id="comparison"),
        pytest.param("needs.a && true", "needs.a", id="and"),
        pytest.param("needs.a || needs.b", "needs.a", id="first-is-named"),
        pytest.param("!needs.a", "needs.a", id="not"),
        pytest.param("(needs.a && false) == false", "needs.a", id="values-need-the-unknown"),
        pytest.param("contains(toJSON(needs), 'x')", "needs", id="whole-context"),
        pytest.param("success()", "whether build succeeds", id="function"),
    ],
)
def test_undecided(text: str, what: str) -> None:
    """What decides and is not known is named."""
    with pytest.raises(UndecidedError, match=" is not known yet") as caught:
        decide(text, CONTEXTS, functions=FUNCTIONS)

    assert caught.value.what == what


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("fromJSON('{')", "Error parsing fromJson", id="evaluation"),
        pytest.param("nothing.a", "Unrecognized named-value: 'nothing'", id="parsing"),
        pytest.param("true && fromJSON('{')", "Error parsing fromJson", id="operand"),
    ],
)
def test_errors_are_those_of_evaluate(text: str, message: str) -> None:
    """An expression that cannot be evaluated is an error here too."""
    with pytest.raises(ExpressionError, match=message):
        decide(text, CONTEXTS)
