"""The shape of a workflow file: what GitHub accepts, what it refuses, in which words and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_cicache.events import EVENTS
from pytest_cicache.permissions import PERMISSIONS
from pytest_cicache.workflow import CONTEXTS, Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_cicache.workflow import Job, Workflow

REST = "jobs: {a: {runs-on: x}}\n"
UNCLEAR = (
    "There's not enough info to determine what you meant. Add one of these properties: cancel-timeout-minutes, "
    "container, continue-on-error, defaults, env, environment, outputs, runs-on, secrets, services, snapshot, "
    "steps, timeout-minutes, uses, with"
)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        pytest.param("- a", ["(Line: 1, Col: 1): A sequence was not expected"], id="root-sequence"),
        pytest.param("a", ["(Line: 1, Col: 1): Unexpected value 'a'"], id="root-scalar"),
        pytest.param(
            "{}",
            [
                "(Line: 1, Col: 1): Required property is missing: on",
                "(Line: 1, Col: 1): Required property is missing: jobs",
            ],
            id="nothing-there",
        ),
        pytest.param(f"on: push\nfoo: 1\n{REST}", ["(Line: 2, Col: 1): Unexpected value 'foo'"], id="unknown-key"),
        pytest.param(
            f"on: push\nNAME: x\nname: y\n{REST}",
            ["(Line: 2, Col: 1): Unexpected value 'NAME'", "(Line: 3, Col: 1): 'name' is already defined"],
            id="keys-ignore-case-only-as-duplicates",
        ),
        pytest.param(f"on: push\n1: x\n{REST}", ["(Line: 2, Col: 1): Unexpected value '1'"], id="number-as-key"),
        pytest.param(f"on: push\nname: [x]\n{REST}", ["(Line: 2, Col: 7): A sequence was not expected"], id="list"),
        pytest.param(f"on: push\nname: {{}}\n{REST}", ["(Line: 2, Col: 7): A mapping was not expected"], id="mapping"),
        pytest.param(
            "on: push\njobs: {}",
            ["(Line: 2, Col: 7): The workflow must contain at least one job with no dependencies."],
            id="no-jobs",
        ),
        pytest.param("on: push\njobs: {a: {name: x}}", [f"(Line: 2, Col: 11): {UNCLEAR}"], id="unclear-job"),
        pytest.param("on: push\njobs: {a: }", ["(Line: 2, Col: 11): Unexpected value ''"], id="empty-job"),
        pytest.param(
            "on: push\njobs: {a: {runs-on: x, uses: y}}",
            ["(Line: 2, Col: 24): Unexpected value 'uses'"],
            id="runs-and-calls",
        ),
        pytest.param(
            f"on: push\nconcurrency: {{group: ''}}\n{REST}",
            ["(Line: 2, Col: 22): Unexpected value ''"],
            id="empty-group",
        ),
        pytest.param(
            f"on: push\nconcurrency: {{cancel-in-progress: x}}\n{REST}",
            [
                "(Line: 2, Col: 35): Unexpected value 'x'",
                "(Line: 2, Col: 14): Required property is missing: group",
            ],
            id="no-group",
        ),
        pytest.param(
            f"on: push\nconcurrency: {{group: x, queue: many}}\n{REST}",
            ["(Line: 2, Col: 32): Unexpected value 'many'"],
            id="queue",
        ),
        pytest.param(
            f"on: push\nconcurrency: {'x' * 401}\n{REST}",
            ["(Line: 2, Col: 14): Concurrency group name must be less than 400 characters"],
            id="long-group",
        ),
        pytest.param(
            f"on: push\npermissions:\n{REST}", ["(Line: 2, Col: 13): Unexpected value ''"], id="no-permissions"
        ),
        pytest.param(
            f"on: push\npermissions: [read-all]\n{REST}",
            ["(Line: 2, Col: 14): A sequence was not expected"],
            id="permission-list",
        ),
        pytest.param(
            f"on: push\npermissions: READ-ALL\n{REST}",
            ["(Line: 2, Col: 14): Unexpected value 'READ-ALL'"],
            id="permissions-heed-case",
        ),
        pytest.param(
            f"on: push\npermissions: {{Contents: read, id-token: read, models: write, metadata: read}}\n{REST}",
            [
                "(Line: 2, Col: 15): Unexpected value 'Contents'",
                "(Line: 2, Col: 41): Unexpected value 'read'",
                "(Line: 2, Col: 55): Unexpected value 'write'",
                "(Line: 2, Col: 62): Unexpected value 'metadata'",
            ],
            id="levels",
        ),
        pytest.param(
            f"on: push\npermissions: {{packages: '${{{{ 1 }}}}'}}\n{REST}",
            ["(Line: 2, Col: 25): A template expression is not allowed in this context"],
            id="permissions-hold-no-expressions",
        ),
        pytest.param(f"on: push\ncache-mode: all\n{REST}", ["(Line: 2, Col: 13): Unexpected value 'all'"], id="mode"),
        pytest.param(
            f"on: push\nenv: {{A: [1], '': x, '${{{{ insert }}}}': 1}}\n{REST}",
            ["(Line: 2, Col: 10): A sequence was not expected", "(Line: 2, Col: 15): Unexpected value ''"],
            id="env",
        ),
        pytest.param(
            f"on: push\ndefaults: {{run: {{shell: '', foo: 1}}}}\n{REST}",
            ["(Line: 2, Col: 25): Unexpected value ''", "(Line: 2, Col: 29): Unexpected value 'foo'"],
            id="defaults",
        ),
    ],
)
def test_a_file_of_another_shape_is_refused(source: str, lines: list[str], refusals: Callable[..., list[str]]) -> None:
    """Words, order and positions are GitHub's."""
    assert refusals(source) == [f"w.yml {line}" for line in lines]


JOB_ROWS = [
    pytest.param("steps: []", ["(Line: 4, Col: 5): Required property is missing: runs-on"], id="no-runner"),
    pytest.param(
        "runs-on: {group: ent/org/x}",
        [
            "(Line: 4, Col: 22): Invalid runs-on group name 'ent/org/x'. Please use 'organization/' or 'enterprise/' "
            "prefix to target a single runner group."
        ],
        id="group-of-three",
    ),
    pytest.param("runs-on: {group: ent/}", ["(Line: 4, Col: 22): Invalid runs-on group name 'ent/'."], id="group-open"),
    pytest.param(
        "runs-on: {group: foo/x}",
        [
            "(Line: 4, Col: 22): Invalid runs-on group name 'foo/x'. Please use 'organization/' or 'enterprise/' "
            "prefix to target a single runner group."
        ],
        id="group-prefix",
    ),
    pytest.param("runs-on: x\ntimeout-minutes: soon", ["(Line: 5, Col: 22): Unexpected value 'soon'"], id="timeout"),
    pytest.param("runs-on: x\ncontinue-on-error: maybe", ["(Line: 5, Col: 24): Unexpected value 'maybe'"], id="error"),
    pytest.param("runs-on: x\ncontainer: {}", ["(Line: 5, Col: 16): Container image cannot be empty"], id="no-image"),
    pytest.param(
        "runs-on: x\ncontainer: docker://", ["(Line: 5, Col: 16): Container image cannot be empty"], id="only-prefix"
    ),
    pytest.param("runs-on: x\ncontainer: {image: ''}", ["(Line: 5, Col: 24): Unexpected value ''"], id="empty-image"),
    pytest.param(
        "runs-on: x\ncontainer: {image: x, entrypoint: y}",
        ["(Line: 5, Col: 27): Unexpected value 'entrypoint'"],
        id="entrypoint-is-for-services",
    ),
    pytest.param("runs-on: x\nservices: {a: ''}", ["(Line: 5, Col: 19): Unexpected value ''"], id="empty-service"),
    pytest.param(
        "runs-on: x\nservices: {a: {image: 'docker://'}}",
        ["(Line: 5, Col: 19): Container image cannot be empty"],
        id="service-image",
    ),
    pytest.param(
        "runs-on: x\ncontainer: {image: x, credentials: {password: '${{ steps.a }}', token: x}}",
        [
            "(Line: 5, Col: 51): Unrecognized named-value: 'steps'. Located at position 1 within expression: steps.a",
            "(Line: 5, Col: 69): Unexpected value 'token'",
        ],
        id="credentials",
    ),
    pytest.param(
        "runs-on: x\nsnapshot: {image-name: x, version: '1'}",
        ["(Line: 5, Col: 15): Expected format '{major-version}.*' Actual '1'"],
        id="snapshot-version",
    ),
    pytest.param(
        "runs-on: x\nsnapshot: {if: 'true'}",
        ["(Line: 5, Col: 15): Required property is missing: image-name"],
        id="snapshot-name",
    ),
    pytest.param(
        "runs-on: x\nenvironment: {url: x}",
        ["(Line: 5, Col: 18): Required property is missing: name"],
        id="environment",
    ),
    pytest.param("runs-on: x\nstrategy: {foo: 1}", ["(Line: 5, Col: 16): Unexpected value 'foo'"], id="strategy"),
    pytest.param("runs-on: x\nstrategy: {matrix: {a: x}}", ["(Line: 5, Col: 28): Unexpected value 'x'"], id="vector"),
    pytest.param(
        "runs-on: x\nstrategy: {matrix: {include: [x]}}", ["(Line: 5, Col: 35): Unexpected value 'x'"], id="include"
    ),
    pytest.param("runs-on: x\noutputs: {a: [x]}", ["(Line: 5, Col: 18): A sequence was not expected"], id="outputs"),
    pytest.param(
        "uses: o/r/.github/workflows/x.yml@v1\nenv: {A: b}",
        ["(Line: 5, Col: 5): Unexpected value 'env'"],
        id="call-has-no-env",
    ),
    pytest.param(
        "uses: ./x.yml@v1",
        ["(Line: 4, Col: 11): invalid value workflow reference: cannot specify version when calling local workflows"],
        id="local-version",
    ),
    pytest.param(
        "uses: o/r/x.yml@v1\nsecrets: inhrit", ["(Line: 5, Col: 14): Unexpected value 'inhrit'"], id="inherit"
    ),
    pytest.param("uses: o/r/x.yml@v1\nwith: {a: [1]}", ["(Line: 5, Col: 15): A sequence was not expected"], id="with"),
    pytest.param(
        "uses: ${{ github.repository }}",
        [
            "(Line: 4, Col: 11): Unrecognized named-value: 'github'. Located at position 1 within expression: "
            "github.repository"
        ],
        id="call-by-expression",
    ),
]


@pytest.mark.parametrize(("source", "lines"), JOB_ROWS)
def test_a_job_of_another_shape_is_refused(
    source: str, lines: list[str], job_refusals: Callable[[str], list[str]]
) -> None:
    """Words, order and positions are GitHub's."""
    assert job_refusals(source) == lines


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("runs-on: [self-hosted, '${{ vars.x }}']", id="labels"),
        pytest.param("runs-on: {group: org/x, labels: [a, b]}", id="group"),
        pytest.param("runs-on: {group: '${{ vars.x }}'}", id="group-expression"),
        pytest.param("runs-on: ${{ fromJSON(vars.x) }}", id="runner-expression"),
        pytest.param("runs-on: x\ncontainer: ''", id="empty-container"),
        pytest.param("runs-on: x\ncontainer: {image: '${{ vars.x }}'}", id="image-expression"),
        pytest.param("runs-on: x\nservices: ${{ fromJSON(vars.x) }}", id="services-expression"),
        pytest.param("runs-on: x\nservices: {a: {image: x, ports: ['80'], command: y, entrypoint: z}}", id="services"),
        pytest.param("runs-on: x\nsnapshot: x", id="snapshot"),
        pytest.param("runs-on: x\nsnapshot: {image-name: x, version: 2.*, if: always()}", id="snapshot-mapping"),
        pytest.param("runs-on: x\nsnapshot: {image-name: x, version: '${{ vars.x }}'}", id="snapshot-expression"),
        pytest.param(
            "runs-on: x\nenvironment: {name: x, url: '${{ steps.a.outputs.b }}', deployment: false}", id="env"
        ),
        pytest.param("runs-on: x\nconcurrency: {group: '${{ github.ref }}', queue: max}", id="concurrency"),
        pytest.param("runs-on: x\nstrategy: ${{ fromJSON(vars.x) }}", id="strategy-expression"),
        pytest.param("runs-on: x\nstrategy: {matrix: '${{ fromJSON(vars.x) }}', fail-fast: false}", id="matrix"),
        pytest.param("runs-on: x\ncache-mode: write-only\ncancel-timeout-minutes: 1", id="new-keys"),
        pytest.param("uses: o/r/x.yml@v1\nwith: {a: 1, b: true, c: '${{ inputs.x }}'}\nsecrets: {s: x}", id="call"),
    ],
)
def test_a_job_as_documented_is_accepted(source: str, job_refusals: Callable[[str], list[str]]) -> None:
    """Every form of https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobs."""
    assert job_refusals(source) == []


@pytest.mark.parametrize("name", sorted(PERMISSIONS))
def test_every_permission_may_be_named(name: str, refusals: Callable[..., list[str]]) -> None:
    """Each permission takes the levels of its row and no others."""
    for level in ("none", "read", "write"):
        found = refusals(f"on: push\npermissions: {{{name}: {level}}}\n{REST}")
        assert bool(found) == (level not in PERMISSIONS[name].allowed)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_may_be_named(name: str, refusals: Callable[..., list[str]]) -> None:
    """An event is known as text, in a list, and, but for `schedule`, as a key without filters."""
    assert refusals(f"on: {name}\n{REST}") == []
    assert refusals(f"on: [{name}]\n{REST}") == []
    assert bool(refusals(f"on: {{{name}: }}\n{REST}")) == (name == "schedule")


def _template(contexts: frozenset[str]) -> str:
    return "${{ " + " && ".join(f"{name}.x" for name in sorted(contexts)) + " }}"


EVERY_CONTEXT = frozenset(
    {"github", "inputs", "vars", "needs", "strategy", "matrix", "job", "jobs", "runner", "env", "secrets", "steps"}
)
PLACES = {
    "run-name": "run-name: {}",
    "concurrency": "concurrency: {}",
    "env": "env: {{A: {}}}",
    "on.workflow_call.inputs.<input_id>.default": (
        "on: {{workflow_call: {{inputs: {{a: {{type: string, default: {}}}}}}}}}"
    ),
    "on.workflow_call.outputs.<output_id>.value": "on: {{workflow_call: {{outputs: {{a: {{value: {}}}}}}}}}",
    "jobs.<job_id>.concurrency": "concurrency: {{group: {}}}",
    "jobs.<job_id>.container": "container: {{image: {}}}",
    "jobs.<job_id>.container.credentials": "container: {{image: x, credentials: {{username: {}}}}}",
    "jobs.<job_id>.container.env.<env_id>": "container: {{image: x, env: {{A: {}}}}}",
    "jobs.<job_id>.continue-on-error": "continue-on-error: {}",
    "jobs.<job_id>.defaults.run": "defaults: {{run: {{shell: {}}}}}",
    "jobs.<job_id>.env": "env: {{A: {}}}",
    "jobs.<job_id>.environment": "environment: {{name: {}}}",
    "jobs.<job_id>.environment.url": "environment: {{name: x, url: {}}}",
    "jobs.<job_id>.if": "if: {}",
    "jobs.<job_id>.name": "name: {}",
    "jobs.<job_id>.outputs.<output_id>": "outputs: {{a: {}}}",
    "jobs.<job_id>.runs-on": "runs-on: [{}]",
    "jobs.<job_id>.secrets.<secret_id>": "secrets: {{a: {}}}",
    "jobs.<job_id>.services": "services: {{a: {}}}",
    "jobs.<job_id>.services.<service_id>.credentials": "services: {{a: {{image: x, credentials: {{username: {}}}}}}}",
    "jobs.<job_id>.services.<service_id>.env.<env_id>": "services: {{a: {{image: x, env: {{A: {}}}}}}}",
    "jobs.<job_id>.snapshot": "snapshot: {{image-name: {}}}",
    "jobs.<job_id>.snapshot.if": "snapshot: {{image-name: x, if: {}}}",
    "jobs.<job_id>.steps.continue-on-error": "steps: [{{run: x, continue-on-error: {}}}]",
    "jobs.<job_id>.steps.env": "steps: [{{run: x, env: {{A: {}}}}}]",
    "jobs.<job_id>.steps.if": "steps: [{{run: x, if: {}}}]",
    "jobs.<job_id>.steps.name": "steps: [{{run: x, name: {}}}]",
    "jobs.<job_id>.steps.run": "steps: [{{run: {}}}]",
    "jobs.<job_id>.steps.timeout-minutes": "steps: [{{run: x, timeout-minutes: {}}}]",
    "jobs.<job_id>.steps.with": "steps: [{{uses: a/b@c, with: {{x: {}}}}}]",
    "jobs.<job_id>.steps.working-directory": "steps: [{{run: x, working-directory: {}}}]",
    "jobs.<job_id>.strategy": "strategy: {{matrix: {{a: [{}]}}}}",
    "jobs.<job_id>.timeout-minutes": "timeout-minutes: {}",
    "jobs.<job_id>.with.<with_id>": "with: {{a: {}}}",
}


def _place(key: str, template: str) -> str:
    text = PLACES[key].format(f'"{template}"')
    if not key.startswith("jobs."):
        return f"{text}\n{'' if text.startswith('on:') else 'on: push'}\n{REST}"
    runner = "" if key.endswith("runs-on") else "runs-on: x"
    first = "uses: o/r/x.yml@v1" if key.endswith(("with_id>", "secret_id>")) else runner
    return f"on: push\njobs:\n  a:\n    {first}\n    {text}\n"


@pytest.mark.parametrize("key", sorted(CONTEXTS))
def test_contexts_are_available_where_documented(key: str, refusals: Callable[..., list[str]]) -> None:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability."""
    available = CONTEXTS[key].contexts

    assert refusals(_place(key, _template(available))) == []
    for name in sorted(EVERY_CONTEXT - available):
        (line,) = refusals(_place(key, f"${{{{ {name}.x }}}}"))[:1]
        assert f"Unrecognized named-value: '{name}'" in line


@pytest.mark.parametrize("key", sorted(CONTEXTS))
def test_special_functions_are_available_where_documented(key: str, refusals: Callable[..., list[str]]) -> None:
    """`hashFiles` needs the runner's files, status functions a condition."""
    available = {name for name, _, _ in CONTEXTS[key].functions}
    calls = {
        "hashFiles": "hashFiles('a')",
        "always": "always()",
        "success": "success()",
        "failure": "failure()",
        "cancelled": "cancelled()",
    }

    for name, call in calls.items():
        found = refusals(_place(key, f"${{{{ {call} }}}}"))
        assert bool(found) == (name not in available)
        assert all(f"Unrecognized function: '{name}'" in line for line in found[:1])


def test_a_job_condition_may_name_jobs(job_refusals: Callable[[str], list[str]]) -> None:
    """`success` and `failure` take job ids in a job's condition, nothing in a step's."""
    assert job_refusals("runs-on: x\nif: success('b') || failure('b', 'c')") == []
    assert job_refusals("runs-on: x\nsteps: [{run: x, if: success('b')}]") == [
        "(Line: 5, Col: 26): Too many parameters supplied: 'success'. Located at position 1 within expression: "
        "success('b')"
    ]


def test_values_get_the_type_of_their_key(job: Callable[[str], Job]) -> None:
    """Numbers and booleans become text where text is wanted: `1.10` is `1.1`, as at GitHub."""
    env = job("runs-on: x\nenv: {A: 1.10, B: true, C: , D: 0x10, E: '1.10'}").env

    assert isinstance(env, Mapping)
    assert env.to_data() == {"A": "1.1", "B": "true", "C": "", "D": "16", "E": "1.10"}


def test_a_quoted_word_in_an_expression_is_the_word(job: Callable[[str], Job]) -> None:
    """GitHub takes `${{ 'it''s' }}` for the text itself, so it may stand where no expression may."""
    read = job("runs-on: ${{ 'it''s' }}\nsteps: [{run: x, id: \"${{ 'b' }}\"}]")

    assert read.steps[0].id == "b"
    assert isinstance(read.runs_on, Scalar)
    assert read.runs_on.value == "it's"
    assert read.runs_on.text == "${{ 'it''s' }}"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param(
            "${{ foo",
            "The expression is not closed. An unescaped ${{ sequence was found, but the closing "
            "}} sequence was not found.",
            id="open",
        ),
        pytest.param("${{ }}", "An expression was expected", id="empty"),
        pytest.param(
            "a ${{ insert }}",
            "The directive 'insert' is not allowed in this context. Directives are not "
            "supported for expressions that are embedded within a string. Directives are only supported when "
            "the entire value is an expression.",
            id="insert-in-text",
        ),
        pytest.param(
            "${{ insert x y }}",
            "Exactly 0 parameter(s) were expected following the directive 'insert'. Actual parameter count: 2",
            id="insert-with-parameters",
        ),
        pytest.param("${{ insert }}", "Unexpected value '${{ insert }}'", id="insert-as-value"),
        pytest.param("${{ github.a }}" + "x" * 21000, "Exceeded max expression length 21000", id="long"),
        pytest.param(
            "${{ contains('a') }}",
            "Too few parameters supplied: 'contains'. Located at position 1 within expression: contains('a')",
            id="arity",
        ),
    ],
)
def test_wrong_expressions_are_refused(name: str, message: str, job_refusals: Callable[[str], list[str]]) -> None:
    """The position is that of the scalar which holds the expression."""
    assert job_refusals(f'runs-on: x\nname: "{name}"') == [f"(Line: 5, Col: 11): {message}"]


def test_a_value_that_is_no_expression_is_checked_for_its_type(job_refusals: Callable[[str], list[str]]) -> None:
    """GitHub then takes the text literally, which does not fit a number."""
    assert job_refusals('runs-on: x\ntimeout-minutes: ${{ "1" }}') == [
        '(Line: 5, Col: 22): Unexpected symbol: \'"1"\'. Located at position 1 within expression: "1"',
        "(Line: 5, Col: 22): Unexpected value '${{ \"1\" }}'",
    ]


def test_keys_may_be_expressions_where_values_may(job_refusals: Callable[[str], list[str]]) -> None:
    """In `env` and `matrix`, and beside known keys; never at the top of a job."""
    assert job_refusals("runs-on: x\nenv: {'${{ github.a }}': b, '${{ insert }}': '${{ fromJSON(vars.x) }}'}") == []
    assert job_refusals("runs-on: x\nconcurrency: {'${{ insert }}': '${{ fromJSON(vars.x) }}'}") == []
    assert job_refusals("runs-on: x\nstrategy: {matrix: {'${{ github.a }}': [1]}}") == []
    assert job_refusals("runs-on: x\n${{ 1 }}: 2") == [
        "(Line: 5, Col: 5): A template expression is not allowed in this context"
    ]


def test_at_most_ten_problems_are_told(refusals: Callable[..., list[str]]) -> None:
    """GitHub stops counting at ten."""
    source = "on: push\n" + "".join(f"x{number}: 1\n" for number in range(20)) + REST

    assert len(refusals(source)) == 10


def test_the_model_of_a_file(read: Callable[..., Workflow]) -> None:
    """Everything a file says at the top is in the model."""
    workflow = read(
        """\
        name: CI
        run-name: run of ${{ github.actor }}
        description: text
        on: [push, workflow_call]
        env: {A: b}
        defaults: {run: {shell: sh}}
        concurrency: x
        cache-mode: read
        permissions: {packages: write}
        jobs:
          one: {runs-on: x, permissions: read-all}
          Two: {needs: ONE, runs-on: x}
        """
    )

    assert workflow.path == "w.yml"
    assert workflow.name == "CI"
    assert workflow.run_name is not None
    assert workflow.run_name.is_template
    assert workflow.env is not None
    assert workflow.env.to_data() == {"A": "b"}
    assert workflow.defaults is not None
    assert workflow.defaults.to_data() == {"run": {"shell": "sh"}}
    assert workflow.concurrency is not None
    assert workflow.concurrency.to_data() == "x"
    assert workflow.cache_mode == "read"
    assert workflow.permissions == {"packages": "write"}
    assert workflow.call is not None
    assert [job.id for job in workflow.jobs] == ["one", "Two"]
    assert workflow.jobs[0].permissions == "read-all"
    assert workflow.jobs[1].needs == ("ONE",)
    assert workflow.job("two") is workflow.jobs[1]
    assert workflow.job("three") is None
    assert workflow.warnings == ()
