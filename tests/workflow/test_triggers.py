"""`on:` as triggers, interfaces and inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_cicache.events import Trigger
from pytest_cicache.workflow import read_workflow

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_cicache.workflow import Workflow

REST = "\njobs: {a: {runs-on: x}}\n"


@pytest.mark.parametrize(
    ("source", "triggers"),
    [
        pytest.param("on: push", (Trigger(event="push"),), id="text"),
        pytest.param("on: [push, fork]", (Trigger(event="push"), Trigger(event="fork")), id="list"),
        pytest.param("on: {push: , fork: }", (Trigger(event="push"), Trigger(event="fork")), id="mapping"),
        pytest.param(
            "on: {push: {branches: main, tags: [v1, v2], paths: ['**.py']}}",
            (Trigger(event="push", branches=("main",), tags=("v1", "v2"), paths=("**.py",)),),
            id="filters",
        ),
        pytest.param(
            "on: {push: {branches-ignore: [a], tags-ignore: b, paths-ignore: c}}",
            (Trigger(event="push", branches_ignore=("a",), tags_ignore=("b",), paths_ignore=("c",)),),
            id="ignored",
        ),
        pytest.param(
            "on: {pull_request: {types: [opened, closed]}}",
            (Trigger(event="pull_request", types=("opened", "closed")),),
            id="types",
        ),
        pytest.param(
            "on: {workflow_run: {workflows: [CI], types: completed}}",
            (Trigger(event="workflow_run", workflows=("CI",), types=("completed",)),),
            id="workflow-run",
        ),
        pytest.param(
            "on: {schedule: [{cron: '0 4 * * *', timezone: Europe/Berlin}, {cron: '5 4 * * sun'}]}",
            (Trigger(event="schedule", cron=("0 4 * * *", "5 4 * * sun")),),
            id="schedule",
        ),
        pytest.param(
            "on: {repository_dispatch: {types: [x]}}",
            (Trigger(event="repository_dispatch", types=("x",)),),
            id="any-type",
        ),
    ],
)
def test_events_become_triggers(source: str, triggers: tuple[Trigger, ...], read: Callable[..., Workflow]) -> None:
    """Filters are tuples whether one or many; what the file does not have is `None`."""
    assert read(source + REST).triggers == triggers


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        pytest.param("on: pusk", ["(Line: 1, Col: 5): Unexpected value 'pusk'"], id="unknown-event"),
        pytest.param("on: [pusk]", ["(Line: 1, Col: 6): Unexpected value 'pusk'"], id="unknown-in-list"),
        pytest.param("on: {pusk: }", ["(Line: 1, Col: 6): Unexpected value 'pusk'"], id="unknown-key"),
        pytest.param("on: {push: main}", ["(Line: 1, Col: 12): Unexpected value 'main'"], id="no-mapping"),
        pytest.param("on: {push: {types: x}}", ["(Line: 1, Col: 13): Unexpected value 'types'"], id="filter"),
        pytest.param("on: {fork: {types: x}}", ["(Line: 1, Col: 12): A mapping was not expected"], id="no-filters"),
        pytest.param("on: {issues: {types: [born]}}", ["(Line: 1, Col: 23): Unexpected value 'born'"], id="type"),
        pytest.param("on: {push: {branches: ['']}}", ["(Line: 1, Col: 24): Unexpected value ''"], id="empty-pattern"),
        pytest.param(
            "on: {schedule: [{timezone: x}]}", ["(Line: 1, Col: 17): Required property is missing: cron"], id="no-cron"
        ),
        pytest.param(
            "on: {schedule: [{cron: '* * * *'}]}",
            [
                "(Line: 1, Col: 24): Invalid cron expression. Expected format: '* * * * *' "
                "(minute hour day month weekday)"
            ],
            id="cron",
        ),
        pytest.param(
            "on: {workflow_call: {inputs: {a: {required: true}}}}",
            ["(Line: 1, Col: 34): Required property is missing: type"],
            id="input-type",
        ),
        pytest.param(
            "on: {workflow_call: {inputs: {a: {type: choice}}}}",
            ["(Line: 1, Col: 41): Unexpected value 'choice'"],
            id="call-has-no-choice",
        ),
        pytest.param(
            "on: {workflow_call: {inputs: {a: {type: string, deprecationMessage: x}}}}",
            ["(Line: 1, Col: 49): Unexpected value 'deprecationMessage'"],
            id="call-input-key",
        ),
        pytest.param(
            "on: {workflow_dispatch: {foo: 1, inputs: {a: {bar: 1}}}}",
            ["(Line: 1, Col: 26): Unexpected value 'foo'", "(Line: 1, Col: 47): Unexpected value 'bar'"],
            id="an-ignored-key-is-told-beside-an-error",
        ),
    ],
)
def test_events_of_another_shape_are_refused(source: str, lines: list[str], refusals: Callable[..., list[str]]) -> None:
    """Words and positions are GitHub's."""
    assert refusals(source + REST) == [f"w.yml {line}" for line in lines]


@pytest.mark.parametrize(
    ("source", "line"),
    [
        pytest.param("on: {workflow_dispatch: {foo: 1}}", "(Line: 1, Col: 26): Unexpected value 'foo'", id="key"),
        pytest.param(
            "on: {push: {branches: a, branches-ignore: b}}",
            "(Line: 1, Col: 26): you may only define one of `branches` and `branches-ignore` for a single event",
            id="both-filters",
        ),
        pytest.param(
            "on: {workflow_dispatch: {inputs: {a: {type: boolean, default: 'no'}}}}",
            "(Line: 1, Col: 63): Unexpected value 'no'",
            id="default-is-no-boolean",
        ),
        pytest.param(
            "on: {workflow_dispatch: {inputs: {a: {type: number, default: x}}}}",
            "(Line: 1, Col: 62): Unexpected value 'x'",
            id="default-is-no-number",
        ),
        pytest.param(
            "on: {workflow_dispatch: {inputs: {a: {type: choice}}}}",
            "(Line: 1, Col: 38): Missing 'options' for choice input",
            id="no-options",
        ),
        pytest.param(
            "on: {workflow_dispatch: {inputs: {a: {options: [x]}}}}",
            "(Line: 1, Col: 38): Input type is not 'choice', but 'options' is defined",
            id="options-without-choice",
        ),
    ],
)
def test_what_github_passes_over_is_a_warning(source: str, line: str, read: Callable[..., Workflow]) -> None:
    """The file is accepted, and the model says what has no effect."""
    assert [str(warning) for warning in read(source + REST).warnings] == [f"w.yml {line}"]


def test_the_interface_of_a_reusable_workflow(read: Callable[..., Workflow]) -> None:
    """Inputs, secrets and outputs with all they say."""
    call = read(
        """\
        on:
          workflow_call:
            inputs:
              a: {type: string, required: true, description: text}
              b: {type: boolean, default: true}
              c: {type: number, default: '${{ vars.c }}'}
            secrets:
              s: {required: true, description: text}
              t:
            outputs:
              o: {value: '${{ jobs.a.outputs.x }}', description: text}
        jobs: {a: {runs-on: x}}
        """
    ).call

    assert call is not None
    assert [(each.name, each.type, each.required, each.description) for each in call.inputs] == [
        ("a", "string", True, "text"),
        ("b", "boolean", False, None),
        ("c", "number", False, None),
    ]
    assert [each.default and each.default.value for each in call.inputs] == [None, True, "${{ vars.c }}"]
    assert [(each.name, each.required, each.description) for each in call.secrets] == [
        ("s", True, "text"),
        ("t", False, None),
    ]
    assert [(each.name, each.value.value, each.description) for each in call.outputs] == [
        ("o", "${{ jobs.a.outputs.x }}", "text")
    ]
    assert (call.inputs[0].position.line, call.inputs[0].position.column) == (4, 7)


@pytest.mark.parametrize(
    ("source", "is_callable"),
    [
        pytest.param("on: workflow_call", True, id="text"),
        pytest.param("on: push", False, id="other-text"),
        pytest.param("on: [push, workflow_call]", True, id="list"),
        pytest.param("on: [push]", False, id="other-list"),
        pytest.param("on: {workflow_call: }", True, id="key"),
        pytest.param("on: {push: }", False, id="other-key"),
    ],
)
def test_a_file_can_be_called_when_it_says_so(source: str, is_callable: bool, read: Callable[..., Workflow]) -> None:
    """`workflow_call` counts in every form of `on`."""
    assert (read(source + REST).call is not None) == is_callable


def test_the_inputs_of_a_manual_run(read: Callable[..., Workflow]) -> None:
    """The type is text when the file gives none; an input may be empty."""
    inputs = read(
        """\
        on:
          workflow_dispatch:
            inputs:
              a:
              b: {type: choice, options: [x, y], default: y, required: true, description: text}
              c: {type: boolean, default: false}
              d: {type: number, default: 3, deprecationMessage: old}
        jobs: {a: {runs-on: x}}
        """
    ).dispatch_inputs

    assert [(each.name, each.type, each.required, each.default, each.options) for each in inputs] == [
        ("a", "string", False, None, ()),
        ("b", "choice", True, "y", ("x", "y")),
        ("c", "boolean", False, False, ()),
        ("d", "number", False, 3.0, ()),
    ]
    assert inputs[1].description == "text"


def test_a_manual_run_has_at_most_25_inputs(refusals: Callable[..., list[str]]) -> None:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs."""

    def source(count: int) -> str:
        return (
            f"on: {{workflow_dispatch: {{inputs: {{{', '.join(f'i{number}: ' for number in range(count))}}}}}}}" + REST
        )

    assert refusals(source(25)) == []
    assert refusals(source(26)) == [
        "w.yml (Line: 1, Col: 25): you may only define up to 25 `inputs` for a `workflow_dispatch` event"
    ]


@pytest.mark.parametrize("source", ["on: {workflow_dispatch: }", "on: {workflow_dispatch: {inputs: }}", "on: push"])
def test_a_manual_run_may_have_no_inputs(source: str, read: Callable[..., Workflow]) -> None:
    """Every way to say nothing gives no inputs."""
    assert read(source + REST).dispatch_inputs == ()


@pytest.mark.parametrize("name", ["branches", "branches-ignore", "paths", "paths-ignore", "types"])
def test_a_filter_without_a_value_filters_nothing(name: str) -> None:
    """GitHub starts the run: a filter that lists nothing is none."""
    text = f"on:\n  pull_request:\n    {name}:\njobs: {{a: {{runs-on: x, steps: [{{run: a}}]}}}}\n"
    (trigger,) = read_workflow(text, path="ci.yml").triggers

    assert getattr(trigger, name.replace("-", "_")) is None
