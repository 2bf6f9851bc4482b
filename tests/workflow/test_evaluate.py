"""Nodes with expressions -> values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_cicache.expressions import HostFunction
from pytest_cicache.workflow import WorkflowError, evaluate_node, has_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_cicache.workflow import Job

CONTEXTS = {
    "vars": {"deep": "[" * 60 + "]" * 60, "x": "v", "json": '{"K": "1", "L": {"m": [1, null, true]}}', "list": "[1]"},
    "github": {},
}


@pytest.mark.parametrize(
    ("env", "value"),
    [
        pytest.param("{A: b}", {"A": "b"}, id="nothing-to-do"),
        pytest.param("{A: '${{ vars.x }}', B: 'a ${{ vars.x }}'}", {"A": "v", "B": "a v"}, id="values"),
        pytest.param(
            "{A: '${{ 1 }}', B: '${{ null }}', C: '${{ vars.none }}'}", {"A": 1.0, "B": None, "C": None}, id="kinds"
        ),
        pytest.param("{'${{ vars.x }}': 1}", {"v": "1"}, id="key"),
        pytest.param(
            "{A: x, '${{ insert }}': '${{ fromJSON(vars.json) }}', B: y}",
            {"A": "x", "K": "1", "L": {"m": [1.0, None, True]}, "B": "y"},
            id="insert",
        ),
        pytest.param("${{ fromJSON(vars.json) }}", {"K": "1", "L": {"m": [1.0, None, True]}}, id="whole"),
    ],
)
def test_expressions_are_replaced_by_their_values(env: str, value: Any, job: Callable[[str], Job]) -> None:
    """A single expression keeps its type, text around it makes text, `insert` takes in a mapping."""
    node = job(f"runs-on: x\nenv: {env}").env

    assert node is not None
    assert evaluate_node(node, CONTEXTS) == value


def test_lists_are_evaluated(job: Callable[[str], Job]) -> None:
    """Item by item."""
    node = job("runs-on: [a, '${{ vars.x }}']").runs_on

    assert node is not None
    assert has_template(node)
    assert evaluate_node(node, CONTEXTS) == ["a", "v"]


def test_functions_of_the_caller_are_used(job: Callable[[str], Job]) -> None:
    """`hashFiles` and status functions come from the runner."""
    step = job("runs-on: x\nsteps: [{run: \"${{ hashFiles('a') }}\"}]").steps[0]
    functions = {"hashfiles": HostFunction(name="hashFiles", minimum=1, maximum=255, call=lambda *_: "abc")}

    assert step.run is not None
    assert evaluate_node(step.run, {}, functions) == "abc"


@pytest.mark.parametrize(
    ("env", "message"),
    [
        pytest.param("{A: '${{ fromJSON(vars.x) }}'}", r"^w\.yml:5:14: ", id="fails"),
        pytest.param("{A: '${{ inputs.x }}'}", r"^w\.yml:5:14: Unrecognized named-value: 'inputs'", id="not-given"),
        pytest.param("{A: '${{ fromJSON(vars.deep) }}'}", r"^w\.yml:5:14: Maximum object depth exceeded$", id="deep"),
        pytest.param("{'${{ insert }}': x}", r"^w\.yml:5:28: Expected a mapping$", id="insert-text"),
        pytest.param(
            "{A: '${{ github.object }}'}", r"^w\.yml:5:14: Unable to convert the object to a template token", id="alien"
        ),
    ],
)
def test_what_cannot_be_evaluated_says_where(env: str, message: str, job: Callable[[str], Job]) -> None:
    """The problem has the position of the node in the file."""
    node = job(f"runs-on: x\nenv: {env}").env

    assert node is not None
    with pytest.raises(WorkflowError, match=message):
        evaluate_node(node, {**CONTEXTS, "github": {"object": object()}})
