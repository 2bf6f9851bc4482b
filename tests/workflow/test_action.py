"""Action files: what the runner takes and refuses."""

from __future__ import annotations

from textwrap import dedent

import pytest

from pytest_cicache.workflow import ACTION_CONTEXTS, Action, WorkflowError, read_action


def _read(source: str) -> Action:
    return read_action(dedent(source), path="action.yml")


def _refusals(source: str) -> list[str]:
    try:
        _read(source)
    except WorkflowError as error:
        return [str(problem).removeprefix("action.yml") for problem in error.problems]
    return []


def test_a_composite_action() -> None:
    """Inputs, outputs and steps with their ids and conditions."""
    action = _read(
        """\
        name: Name
        description: Text
        author: someone
        inputs:
          a: {description: text, required: true, deprecationMessage: old}
          b: {default: '${{ github.ref }}', required: 'true'}
        outputs:
          o: {description: text, value: '${{ steps.one.outputs.x }}'}
        runs:
          using: composite
          steps:
            - {run: echo, shell: bash, id: one, if: inputs.a}
            - uses: actions/checkout@v4
        branding: {icon: box}
        """
    )

    assert (action.path, action.name, action.description, action.using) == ("action.yml", "Name", "Text", "composite")
    assert [(each.name, each.required, each.description, each.deprecation_message) for each in action.inputs] == [
        ("a", True, "text", "old"),
        ("b", True, None, None),
    ]
    assert action.inputs[0].default is None
    assert action.inputs[1].default is not None
    assert action.inputs[1].default.is_template
    assert [(each.name, each.description, each.value and each.value.value) for each in action.outputs] == [
        ("o", "text", "${{ steps.one.outputs.x }}")
    ]
    assert [(step.id, step.condition.text) for step in action.steps] == [
        ("one", "success() && (inputs.a)"),
        ("__actions_checkout", "success()"),
    ]
    assert action.position.line == 10


def test_a_docker_action() -> None:
    """Its entry points stand for `pre` and `post`."""
    action = _read(
        """\
        runs:
          using: Docker
          image: Dockerfile
          entrypoint: run.sh
          args: ['${{ inputs.a }}', b]
          env: {A: '${{ inputs.a }}'}
          pre-entrypoint: pre.sh
          pre-if: runner.os == 'Linux'
          post-entrypoint: post.sh
          post-if: success()
        """
    )

    assert (action.using, action.image, action.entrypoint) == ("docker", "Dockerfile", "run.sh")
    assert (action.pre, action.pre_if, action.post, action.post_if) == (
        "pre.sh",
        "runner.os == 'Linux'",
        "post.sh",
        "success()",
    )
    assert action.args is not None
    assert action.args.to_data() == ["${{ inputs.a }}", "b"]
    assert action.env is not None
    assert action.env.to_data() == {"A": "${{ inputs.a }}"}


def test_a_node_action() -> None:
    """A script, perhaps with one before and one after."""
    action = _read("runs: {using: node20, main: index.js, pre: a.js, post: b.js}")

    assert (action.using, action.main, action.pre, action.post) == ("node20", "index.js", "a.js", "b.js")
    assert action.pre_if is action.post_if is action.name is None


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        pytest.param("name: x", [": Top level 'runs:' section is required for action.yml"], id="no-runs"),
        pytest.param("runs: x", [" (Line: 1, Col: 7): Unexpected value 'x'"], id="runs-is-text"),
        pytest.param(
            "runs: {using: composite}",
            [
                " (Line: 1, Col: 7): There's not enough info to determine what you meant. Add one of these properties: "
                "args, entrypoint, env, image, main, post, post-entrypoint, pre, pre-entrypoint, steps"
            ],
            id="unclear",
        ),
        pytest.param(
            "runs: {main: x}",
            [
                ": Missing 'using' value. "
                "'using' requires 'composite', 'docker', 'node12', 'node16', 'node20' or 'node24'."
            ],
            id="no-using",
        ),
        pytest.param(
            "runs: {using: node10, main: x}",
            [": 'using: node10' is not supported, use 'docker', 'node12', 'node16', 'node20' or 'node24' instead."],
            id="old-node",
        ),
        pytest.param(
            "runs: {using: docker, args: []}",
            [": You are using a Container Action but an image is not provided in action.yml."],
            id="no-image",
        ),
        pytest.param(
            "runs: {using: node24, post: x}",
            [": You are using a JavaScript Action but there is not an entry JavaScript file provided in action.yml."],
            id="no-script",
        ),
        pytest.param(
            "runs: {using: composite, steps: [{run: x}]}",
            [" (Line: 1, Col: 34): Required property is missing: shell"],
            id="no-shell",
        ),
        pytest.param(
            "runs: {using: composite, steps: [{run: x, shell: y, timeout-minutes: 1}]}",
            [" (Line: 1, Col: 53): Unexpected value 'timeout-minutes'"],
            id="no-timeout",
        ),
        pytest.param(
            "runs: {using: composite, steps: [{uses: x}]}",
            [" (Line: 1, Col: 41): Expected format {org}/{repo}[/path]@ref. Actual 'x'"],
            id="uses",
        ),
        pytest.param(
            "runs: {using: composite, steps: [{uses: a/b@c, if: secrets.x}]}",
            [
                " (Line: 1, Col: 52): Unrecognized named-value: 'secrets'. "
                "Located at position 1 within expression: secrets.x"
            ],
            id="condition",
        ),
        pytest.param(
            "runs: {using: node20, main: x, pre-if: 'a ='}",
            [" (Line: 1, Col: 40): Unrecognized named-value: 'a'. Located at position 1 within expression: a ="],
            id="pre-if",
        ),
        pytest.param(
            "runs: {using: node20, main: x, post-if: '${{ 1 }}'}",
            [" (Line: 1, Col: 41): A template expression is not allowed in this context"],
            id="post-if-is-bare",
        ),
        pytest.param("- x", [" (Line: 1, Col: 1): A sequence was not expected"], id="list"),
        pytest.param(
            "inputs: {a: x}\nruns: {using: node20, main: x}", [" (Line: 1, Col: 13): Unexpected value 'x'"], id="input"
        ),
    ],
)
def test_actions_that_the_runner_refuses(source: str, lines: list[str]) -> None:
    """The words are the runner's."""
    assert _refusals(source) == lines


PLACES = {
    "inputs.<input_id>.default": 'inputs: {{a: {{default: "{}"}}}}\nruns: {{using: node20, main: x}}',
    "outputs.<output_id>.value": 'outputs: {{a: {{value: "{}"}}}}\nruns: {{using: node20, main: x}}',
    "runs.args": 'runs: {{using: docker, image: x, args: ["{}"]}}',
    "runs.env": 'runs: {{using: docker, image: x, env: {{A: "{}"}}}}',
    "runs.pre-if": 'runs: {{using: node20, main: x, pre-if: "{}"}}',
    "runs.steps": 'runs: {{using: composite, steps: [{{shell: bash, run: "{}"}}]}}',
    "runs.steps.if": 'runs: {{using: composite, steps: [{{shell: bash, run: x, if: "{}"}}]}}',
}
EVERY_CONTEXT = {"github", "inputs", "vars", "needs", "strategy", "matrix", "job", "runner", "env", "secrets", "steps"}


@pytest.mark.parametrize("key", sorted(ACTION_CONTEXTS))
def test_contexts_are_available_where_the_runner_has_them(key: str) -> None:
    """`secrets` and `vars` never reach an action."""
    for name in sorted(EVERY_CONTEXT):
        expression = f"{name}.x" if key == "runs.pre-if" else f"${{{{ {name}.x }}}}"
        found = _refusals(PLACES[key].format(expression))
        assert bool(found) == (name not in ACTION_CONTEXTS[key].contexts)
        assert all(f"Unrecognized named-value: '{name}'" in line for line in found)
