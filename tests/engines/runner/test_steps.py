"""Conditions, conclusions, outputs and names of steps."""

from __future__ import annotations

import pytest

from pytest_cicache.observation import StepMode


@pytest.mark.parametrize(
    ("condition", "after_success", "after_failure"),
    [
        pytest.param("", "success", "skipped", id="none"),
        pytest.param("success()", "success", "skipped", id="success"),
        pytest.param("failure()", "skipped", "success", id="failure"),
        pytest.param("always()", "success", "success", id="always"),
        pytest.param("cancelled()", "skipped", "skipped", id="cancelled"),
        pytest.param("'!cancelled()'", "success", "success", id="not cancelled"),
        pytest.param("true", "success", "skipped", id="no status function"),
        pytest.param("${{ failure() || success() }}", "success", "success", id="in braces"),
        pytest.param("job.status == 'failure' && always()", "skipped", "success", id="job.status"),
        pytest.param("steps.first.outcome == 'failure' && !cancelled()", "skipped", "success", id="outcome"),
    ],
)
@pytest.mark.parametrize("first", ["true", "false"])
def test_conditions_after_a_step(bench, condition, after_success, after_failure, first):
    """A condition without a status function asks for success."""
    job = bench.job(
        f"""
        - id: first
          run: "{first}"
        - id: it
          {f"if: {condition}" if condition else ""}
          run: "true"
        """
    )

    assert job.step("it").conclusion == (after_success if first == "true" else after_failure)


def test_a_skipped_step_says_why(bench):
    """The note names the condition, or the failure before."""
    job = bench.job(
        """
        - id: one
          if: github.ref == 'refs/heads/other'
          run: "true"
        - run: "false"
        - id: two
          run: "true"
        """
    )

    assert job.step("one").note == "its condition is false: github.ref == 'refs/heads/other'"
    assert job.step("two").note == "an earlier step failed"
    assert job.step("two").mode is StepMode.SKIPPED


def test_a_condition_sees_the_steps_own_env(bench):
    """The runner evaluates a step's `env` before its `if`."""
    step = bench.step("echo ran", keys="env: {A: yes-please}\nif: env.A == 'yes-please'")

    assert step.conclusion == "success"


@pytest.mark.parametrize(
    ("keys", "part"),
    [
        pytest.param("if: fromJSON('{')", "Error parsing fromJson", id="if"),
        pytest.param(
            "env: {A: \"${{ fromJSON('{') }}\"}", "ci.yml (Line: 9, Col: 18): Error parsing fromJson", id="env"
        ),
    ],
)
def test_what_cannot_be_evaluated_fails_the_step(bench, keys, part):
    """The step fails with the message, the run goes on."""
    job = bench.job(
        f"""
        - id: it
          {keys}
          run: "true"
        - if: failure()
          id: after
          run: "true"
        """
    )

    assert job.step("it").conclusion == "failure"
    assert part in job.step("it").error
    assert job.step("after").conclusion == "success"


@pytest.mark.parametrize(
    ("value", "conclusion"),
    [("true", "success"), ("false", "failure"), ("${{ github.ref == 'refs/heads/feature' }}", "success")],
)
def test_continue_on_error(bench, value, conclusion):
    """The outcome stays a failure; the conclusion, and with it the job, may be forgiven."""
    job = bench.job(f'- id: it\n  continue-on-error: {value}\n  run: "false"')

    assert job.step("it").outcome == "failure"
    assert job.step("it").conclusion == conclusion
    assert job.conclusion == conclusion


def test_continue_on_error_that_cannot_be_evaluated_forgives_nothing(bench):
    """The step stays failed."""
    job = bench.job("- id: it\n  continue-on-error: ${{ fromJSON('{') }}\n  run: 'false'")

    assert job.step("it").conclusion == "failure"


def test_the_steps_context(bench):
    """Outputs, outcome and conclusion by id; steps without an id are not there."""
    job = bench.job(
        """
        - run: echo a=0 >> "$GITHUB_OUTPUT"
        - id: one
          continue-on-error: true
          run: echo a=1 >> "$GITHUB_OUTPUT"; false
        - id: it
          run: |
            echo '${{ steps.one.outputs.a }} ${{ steps.one.outcome }} ${{ steps.one.conclusion }}'
            echo '${{ join(steps.*.outcome) }}'
        """
    )

    assert job.step("it").log[-2:] == ("1 failure success", "failure")


def test_job_outputs(bench):
    """Outputs of a job are evaluated when it ends."""
    job = bench.job(
        '- id: one\n  run: echo a=1 >> "$GITHUB_OUTPUT"',
        keys="outputs: {x: '${{ steps.one.outputs.a }}', y: '${{ steps.none.outputs.a }}', z: '${{ job.status }}'}",
    )

    assert job.outputs == {"x": "1", "y": "", "z": "success"}


@pytest.mark.parametrize(
    ("step", "name"),
    [
        pytest.param("name: Plain\n  run: 'true'", "Plain", id="given"),
        pytest.param("name: On ${{ github.ref_name }}\n  run: 'true'", "On feature", id="with an expression"),
        pytest.param("run: |\n    echo one\n    echo two", "Run echo one", id="first line of the script"),
        pytest.param("run: echo ${{ github.ref_name }}", "Run echo feature", id="script with an expression"),
        pytest.param("uses: actions/checkout@v5", "Run actions/checkout@v5", id="action"),
    ],
)
def test_names(bench, step, name):
    """A step's name as GitHub shows it."""
    job = bench.job(f"- id: it\n  {step}")

    assert job.step("it").name == name


def test_the_log_starts_with_what_runs(bench):
    """The header and the script come before the output."""
    assert bench.step("echo hi").log == ("Run echo hi", "echo hi", "hi")


def test_the_log_ends_as_the_output_does(bench):
    """Empty lines are kept, and a line need not be ended."""
    assert bench.step("echo one; echo").log[-2:] == ("one", "")
    assert bench.step("echo; printf two").log[-2:] == ("", "two")


def test_ids_are_announced_in_order(bench):
    """Whoever watches hears of each step before it starts, with GitHub's generated ids."""
    bench.job("- run: 'true'\n- id: mine\n  run: 'true'\n- uses: actions/checkout@v5\n- run: 'true'")

    assert bench.announced == ["__run", "mine", "__actions_checkout", "__run_2"]


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param("- id: a\n  background: true\n  run: 'true'\n- wait: [a]", id="background"),
        pytest.param("- parallel:\n  - run: 'true'", id="parallel"),
    ],
)
def test_background_steps_are_assumed(bench, steps):
    """What is not run side by side is said."""
    job = bench.job(steps)

    assert job.conclusion == "success"
    assert any(item.what.startswith("background and parallel steps") for item in job.steps[-1].assumptions)


def test_a_stub_for_a_step(bench):
    """A stand-in for a step gives outputs and does nothing; its condition still counts."""
    bench.stubs = type(bench.stubs)(steps={"job/it": {"a": "1"}, "job/off": {}})
    job = bench.job(
        """
        - id: it
          run: exit 1
        - id: off
          if: "false"
          run: exit 1
        - run: test "${{ steps.it.outputs.a }}" = 1
        """
    )

    assert job.step("it").mode is StepMode.STUBBED
    assert job.step("it").outputs == {"a": "1"}
    assert job.step("off").conclusion == "skipped"
    assert job.conclusion == "success"


def test_a_stub_by_a_steps_name(bench):
    """A step without an id is known by what GitHub shows; a stubbed step may be one that is not simulated."""
    bench.stubs = type(bench.stubs)(steps={"job/Make it": {}, "job/Run exit 2": {}})
    job = bench.job("- {name: Make it, run: exit 1, background: true}\n- run: exit 2\n")

    assert [step.mode for step in job.steps] == [StepMode.STUBBED, StepMode.STUBBED]


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        pytest.param("- run: 'true'", None, id="success"),
        pytest.param("- run: 'false'", None, id="failure"),
        pytest.param("- run: 'true'\n- uses: some/action@v1", None, id="not simulated"),
        pytest.param("- run: mkdir a; touch a/b; chmod 500 a", None, id="read-only folder"),
    ],
)
def test_nothing_is_left_behind(bench, steps, error):
    """The job's folder is gone, however the job ended."""
    before = set(bench.directory.iterdir())
    if error is None:
        bench.job(steps)
    else:
        with pytest.raises(error, match="some/action"):
            bench.job(steps)

    assert {path for path in bench.directory.iterdir() if path.name != "tools"} <= before


def test_an_interrupt_leaves_nothing_behind(bench):
    """Ctrl-C in the middle of a step removes the workspace too."""

    def interrupt(wanted, directory):
        raise KeyboardInterrupt("ctrl-c")

    bench._check_out = interrupt

    with pytest.raises(KeyboardInterrupt, match="ctrl-c"):
        bench.job("- uses: actions/checkout@v5")
    assert not [path for path in bench.directory.iterdir() if path.name.startswith("job-")]
