"""Steps: ids, conditions, the kinds of step, parallel blocks."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_cicache.workflow import Step


@pytest.fixture
def step_refusals(job_refusals: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    """What is wrong with steps, whose sequence starts on line 6, column 7."""

    def call(source: str) -> list[str]:
        return job_refusals("runs-on: x\nsteps:\n" + indent(source, "  "))

    return call


def test_a_step_without_id_gets_githubs(steps: Callable[[str], tuple[Step, ...]]) -> None:
    """Generated ids come after all given ones and count up."""
    read = steps(
        """\
        - run: a
        - uses: actions/checkout@v4
        - uses: actions/checkout@v4
        - run: b
        - uses: docker://alpine:3
        - uses: ./x
        - uses: $/x
        - {run: c, id: given}
        """
    )

    assert [step.id for step in read] == [
        "__run",
        "__actions_checkout",
        "__actions_checkout_2",
        "__run_2",
        "__alpine_3",
        "__self",
        "__selfRepository",
        "given",
    ]
    assert [step.given_id for step in read] == [False] * 7 + [True]


def test_a_step_has_all_that_the_file_says(steps: Callable[[str], tuple[Step, ...]]) -> None:
    """Every key of a `run` step and of a `uses` step is in the model."""
    run, uses = steps(
        """\
        - name: n ${{ github.ref }}
          id: one
          if: github.ref
          run: echo
          shell: bash
          working-directory: d
          env: {A: b}
          continue-on-error: true
          timeout-minutes: 5
          background: true
        - uses: a/b@c
          with: {x: 1}
        """
    )

    assert run.name is not None
    assert run.name.is_template
    assert run.condition.text == "success() && (github.ref)"
    assert [run.run and run.run.value, run.shell and run.shell.value] == ["echo", "bash"]
    assert run.working_directory is not None
    assert run.working_directory.value == "d"
    assert run.env is not None
    assert run.env.to_data() == {"A": "b"}
    assert run.continue_on_error is not None
    assert run.continue_on_error.value is True
    assert run.timeout_minutes is not None
    assert run.timeout_minutes.value == 5
    assert run.background
    assert (run.position.line, run.position.column) == (6, 9)
    assert uses.uses is not None
    assert uses.uses.value == "a/b@c"
    assert uses.with_ is not None
    assert uses.with_.to_data() == {"x": "1"}
    assert not uses.background


def test_steps_that_wait_and_cancel(steps: Callable[[str], tuple[Step, ...]]) -> None:
    """They name steps before them, and GitHub gives them a name."""
    read = steps(
        """\
        - {id: a, run: x, background: true}
        - {id: b, run: x, background: true}
        - wait: [a, b]
        - {wait: a, name: mine}
        - cancel: b
        - wait-all:
        - wait-all: true
        """
    )

    assert [step.id for step in read] == ["a", "b", "__wait", "__wait_2", "__cancel", "__wait-all", "__wait-all_2"]
    assert [step.name and step.name.value for step in read[2:]] == [
        "Wait",
        "mine",
        "Cancel",
        "Wait for all",
        "Wait for all",
    ]
    assert [step.wait for step in read[2:4]] == [("a", "b"), ("a",)]
    assert read[4].cancel == "b"
    assert [step.wait_all for step in read[4:]] == [False, True, True]


def test_a_parallel_block_holds_steps(steps: Callable[[str], tuple[Step, ...]]) -> None:
    """Its steps have ids of their own and a name is given to the block."""
    (block,) = steps("- parallel:\n    - run: a\n    - uses: a/b@c\n")

    assert block.id == "__parallel"
    assert block.name is not None
    assert block.name.value == "Parallel group"
    assert [step.id for step in block.parallel] == ["__run", "__a_b"]


HINT = (
    "There's not enough info to determine what you meant. "
    "Add one of these properties: parallel, run, shell, uses, with, working-directory"
)
NAMED_HINT = HINT.replace("parallel, ", "")


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        pytest.param("- x", ["(Line: 6, Col: 9): Unexpected value 'x'"], id="text"),
        pytest.param(
            "- runn: x", ["(Line: 6, Col: 9): Unexpected value 'runn'", f"(Line: 6, Col: 9): {HINT}"], id="typo"
        ),
        pytest.param("- name: x", [f"(Line: 6, Col: 9): {NAMED_HINT}"], id="only-a-name"),
        pytest.param("- shell: x", ["(Line: 6, Col: 9): Required property is missing: run"], id="only-a-shell"),
        pytest.param("- with: {}", ["(Line: 6, Col: 9): Required property is missing: uses"], id="only-inputs"),
        pytest.param("- {run: x, uses: a/b@c}", ["(Line: 6, Col: 18): Unexpected value 'uses'"], id="run-and-uses"),
        pytest.param("- {run: x, RUN: y}", ["(Line: 6, Col: 18): 'RUN' is already defined"], id="duplicate"),
        pytest.param("- {run: x, id: ''}", ["(Line: 6, Col: 22): Unexpected value ''"], id="empty-id"),
        pytest.param(
            "- {run: x, if: github ==}",
            [
                "(Line: 6, Col: 22): Unexpected end of expression: '=='. "
                "Located at position 8 within expression: github =="
            ],
            id="condition",
        ),
        pytest.param(
            "- {run: x, if: secrets.a}",
            [
                "(Line: 6, Col: 22): Unrecognized named-value: 'secrets'. Located at "
                "position 1 within expression: secrets.a"
            ],
            id="condition-has-no-secrets",
        ),
        pytest.param(
            "- uses: x", ["(Line: 6, Col: 15): Expected format {org}/{repo}[/path]@ref. Actual 'x'"], id="uses"
        ),
        pytest.param("- {uses: a/b@c, with: [x]}", ["(Line: 6, Col: 29): A sequence was not expected"], id="with"),
        pytest.param("- {wait: a, if: x}", ["(Line: 6, Col: 19): Unexpected value 'if'"], id="wait-has-no-condition"),
        pytest.param("- wait: a", ["(Line: 6, Col: 15): Step references unknown step ID 'a'"], id="wait-for-nothing"),
        pytest.param(
            "- cancel: __a",
            ["(Line: 6, Col: 17): The identifier '__a' is invalid. IDs starting with '__' are reserved."],
            id="cancel-reserved",
        ),
        pytest.param("- {id: a, wait: [A]}", ["(Line: 6, Col: 24): Step 'a' cannot reference itself"], id="itself"),
        pytest.param(
            "- wait-all: false",
            ["(Line: 6, Col: 19): The value of 'wait-all' must be true or omitted"],
            id="wait-all-false",
        ),
        pytest.param(
            "- parallel:\n  - {run: x, background: true}",
            [
                "(Line: 6, Col: 9): 'background' is not allowed inside a parallel block. "
                "Steps in a parallel block are automatically run as background steps."
            ],
            id="background-in-parallel",
        ),
        pytest.param(
            "- {id: a, run: x}\n- parallel: [wait-all: , cancel: b]",
            [
                "(Line: 7, Col: 40): Step references unknown step ID 'b'",
                "(Line: 7, Col: 9): 'wait-all' is not allowed inside a parallel block.",
                "(Line: 7, Col: 9): 'cancel' is not allowed inside a parallel block.",
            ],
            id="waiting-in-parallel",
        ),
        pytest.param(
            "- parallel: [parallel: x]",
            ["(Line: 6, Col: 9): Nested 'parallel' blocks are not allowed."],
            id="parallel-in-parallel",
        ),
        pytest.param("- parallel: x", ["(Line: 6, Col: 19): Unexpected value 'x'"], id="parallel-text"),
    ],
)
def test_steps_that_github_refuses(source: str, lines: list[str], step_refusals: Callable[[str], list[str]]) -> None:
    """Words, order and positions are GitHub's."""
    assert step_refusals(source) == lines
