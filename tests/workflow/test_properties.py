"""What holds for any file."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from pytest_cicache.workflow import WorkflowError, expand_matrix, read_action, read_workflow

WORDS = st.sampled_from(
    [
        "on",
        "push",
        "jobs",
        "runs-on",
        "steps",
        "run",
        "uses",
        "with",
        "env",
        "if",
        "needs",
        "strategy",
        "matrix",
        "include",
        "exclude",
        "workflow_call",
        "workflow_dispatch",
        "schedule",
        "inputs",
        "secrets",
        "permissions",
        "container",
        "services",
        "wait",
        "parallel",
        "id",
        "a",
        "",
        "${{ github.ref }}",
        "${{ insert }}",
        "${{ fromJSON('[]') }}",
        "${{ '",
        "x/y/z.yml@v1",
        "runs",
        "using",
        "composite",
    ]
)
SCALARS = WORDS | st.none() | st.booleans() | st.integers(-2, 2) | st.text(max_size=4)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6), max_leaves=25
)


def _yaml(value: object) -> str:
    """The value in YAML's flow style, every text in double quotes."""
    match value:
        case None | bool() | int():
            return {None: "null", True: "true", False: "false"}.get(value, str(value))  # type: ignore[call-overload]
        case list():
            return f"[{', '.join(map(_yaml, value))}]"
        case dict():
            return f"{{{', '.join(f'{_yaml(key)}: {_yaml(each)}' for key, each in value.items())}}}"
    escaped = "".join(f"\\U{ord(character):08X}" for character in str(value))
    return f'"{escaped}"'


def _outcome(source: str, called: str = "") -> int:
    """How many problems a file has, as a workflow and as an action; anything but `WorkflowError` goes through."""
    count = 0
    try:
        workflow = read_workflow(source, path="w.yml", fetch=lambda _: called)
        for job in workflow.jobs:
            expand_matrix(job.strategy, {"github": {}})
    except WorkflowError as error:
        count += len(error.problems)
    try:
        read_action(source, path="action.yml")
    except WorkflowError as error:
        count += len(error.problems)
    return count


@given(st.dictionaries(WORDS, VALUES, max_size=6))
def test_any_structure_is_accepted_or_refused(value: dict[str, object]) -> None:
    """At most ten problems for each way to read it."""
    assert 0 <= _outcome(_yaml(value)) <= 20


@given(VALUES, VALUES)
def test_any_job_and_any_called_file_are_accepted_or_refused(job: object, called: object) -> None:
    """Deep inside the file too."""
    rest = _yaml({"on": "workflow_call", "jobs": {"a": job}})

    assert 0 <= _outcome(_yaml({"on": "push", "jobs": {"a": job, "b": called}}), rest) <= 20
    assert 0 <= _outcome('on: push\njobs: {a: {uses: "x/y/z.yml@v1"}}', rest) <= 20


@given(st.text(max_size=80))
def test_any_text_is_accepted_or_refused(text: str) -> None:
    """Nothing but `WorkflowError` is raised."""
    assert _outcome(text) > 0


def test_the_yaml_library_is_not_loaded_with_the_package() -> None:
    """It loads with the first file that is read."""
    code = "import sys, pytest_cicache.workflow; sys.exit('yaml' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
