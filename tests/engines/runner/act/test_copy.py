"""The copy of a job that act reads."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from pytest_cicache.engines.runner.act._copy import JobCopy, step_key
from pytest_cicache.errors import UnsupportedError
from pytest_cicache.workflow import read_workflow

CONTEXTS = {
    "github": {"event_name": "pull_request", "workflow": "CI", "ref_name": "7/merge", "event": {"number": 7.0}},
    "needs": {"first": {"result": "success", "outputs": {"tag": "it's"}}},
    "matrix": {"os": "a"},
    "runner": {"os": "Linux", "temp": "/somewhere"},
}


def copy_of(steps: str, *, keys: str = "", told: tuple[str, ...] = ()) -> dict[str, Any]:
    """The document for a job with these steps."""
    body = textwrap.indent(textwrap.dedent(steps).strip("\n"), "      ")
    text = "on: pull_request\njobs:\n  first: {runs-on: u, steps: [{run: a}]}\n  job:\n    needs: first\n"
    workflow = read_workflow(f"{text}    runs-on: u\n{keys}    steps:\n{body}\n", path="ci.yml")
    job = workflow.job("job")
    assert job is not None
    made = JobCopy(
        workflow=workflow,
        job=job,
        contexts=CONTEXTS,
        is_told=lambda step: step.id in told,
        inward=lambda text: text.replace("/tmp", "/own"),
        inward_script=lambda text: text.replace("/tmp", "/own"),
    )
    return made.document()


def step_of(steps: str, **more: Any) -> dict[str, Any]:
    (step,) = copy_of(steps, **more)["jobs"]["job"]["steps"]
    return step


def test_only_the_job_is_in_it():
    document = copy_of("- run: a", keys="    env: {A: '${{ matrix.os }}', PATH: /p}\n    timeout-minutes: 3\n")

    assert (document["name"], document["on"], list(document["jobs"])) == ("CI", "pull_request", ["job"])
    assert set(document["jobs"]["job"]) == {"runs-on", "steps", "env"}
    assert document["jobs"]["job"]["env"] == {"A": "${{ 'a' }}", "CICACHE_PATH": "/p"}


def test_a_script_keeps_what_only_steps_tell():
    step = step_of(
        "- id: it\n  run: echo ${{ needs.first.outputs.tag }} ${{ steps.x.outputs.y }} ${{ runner.temp }} /tmp/a"
    )

    assert step["run"] == "echo ${{ 'it''s' }} ${{ steps.x.outputs.y }} ${{ runner.temp }} /own/a"
    assert (step["id"], step["env"]["CICACHE_STEP"], step["env"]["CICACHE_SALT"]) == ("it", "it", "ci.yml:8:9")


@pytest.mark.parametrize(
    ("given", "written"),
    [("bash", "bash"), ("sh", "sh"), ("python", "python"), ("perl {0}", "cicache-shell perl {0}")],
)
def test_a_shell_of_the_workflow_waits_for_its_turn(given, written):
    assert step_of(f"- run: a\n  shell: {given}")["shell"] == written


def test_the_inputs_of_a_told_step_are_its_script():
    steps = """
        - id: it
          uses: docker/build-push-action@v7
          with:
            push: true
            tags: a:${{ steps.x.outputs.y }}-${{ github.event.number }}
            quoted: say "it's"
        """
    step = step_of(steps, told=("it",))

    assert step["shell"] == "cicache-step {0}"
    assert step["run"] == (
        '{"push": "true", "tags": ${{ toJSON(format(\'a:{0}-{1}\', steps.x.outputs.y, 7)) }}, '
        '"quoted": "say \\"it\'s\\""}'
    )


@pytest.mark.parametrize("uses", ["./act", "$/act"])
def test_a_use_that_act_runs_stays(uses):
    assert step_of(f"- uses: {uses}\n  with: {{a: '${{{{ matrix.os }}}}'}}") | {"env": {}, "name": ""} == {
        "uses": "./act",
        "with": {"a": "${{ 'a' }}"},
        "env": {},
        "name": "",
    }


def test_a_condition_asks_for_doubts():
    step = step_of("- run: a\n  if: github.ref_name == 'main' || steps.x.outputs.y == 'z'")

    assert step["if"].replace("qzxjv", "MARK") == (
        "(success() && (('7/merge' == 'main') || (contains(toJSON(steps.x.outputs.y), 'MARK') || "
        "(steps.x.outputs.y == 'z'))))"
    )


def test_a_key_that_is_an_expression_is_refused_with_its_place():
    with pytest.raises(UnsupportedError, match=r"ci\.yml:9:14: act takes no expression for all of 'env'"):
        copy_of("- run: a\n  env: ${{ fromJSON('{}') }}")


def test_steps_without_an_id_go_by_their_number():
    workflow = read_workflow("on: push\njobs:\n  j: {runs-on: u, steps: [{run: a}, {run: b, id: b}]}", path="ci.yml")
    first, second = workflow.jobs[0].steps

    assert (step_key(first, 0), step_key(second, 1)) == ("0", "b")
