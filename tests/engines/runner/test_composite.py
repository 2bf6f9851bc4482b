"""Composite actions of the workspace and of folders at hand."""

from __future__ import annotations

import re
import textwrap

import pytest

CHECKOUT = "- uses: actions/checkout@v5\n"


def action(steps: str, head: str = "") -> str:
    """The text of a composite action."""
    body = textwrap.indent(textwrap.dedent(steps).strip("\n"), "    ")
    return f"name: An action\n{textwrap.dedent(head)}\nruns:\n  using: composite\n  steps:\n{body}\n"


@pytest.fixture
def use(bench):
    """Run a job that checks out, then uses `./act` with more keys; return the job."""

    def run(files: dict[str, str], keys: str = "", more: str = "", **settings: str):
        bench.files = {**bench.files, **files}
        extra = textwrap.indent(textwrap.dedent(keys).strip("\n"), "  ")
        return bench.job(f"{CHECKOUT}- id: it\n  uses: ./act\n{extra}\n{textwrap.dedent(more)}", **settings)

    return run


def test_inputs_defaults_and_outputs(use):
    """Inputs come with their defaults, as text, and outputs from the inner steps."""
    head = """
        inputs:
          who: {description: w, default: world}
          Greeting: {description: g, default: "${{ github.ref_name }}"}
        outputs:
          said: {description: s, value: "${{ steps.say.outputs.text }}"}
        """
    inner = """
        - id: say
          shell: bash
          run: echo "text=${{ inputs.greeting }} ${{ inputs.who }} ${{ inputs.count }}" >> "$GITHUB_OUTPUT"
        """
    job = use({"act/action.yml": action(inner, head)}, "with: {who: you, count: 3}")

    assert job.step("it").outputs == {"said": "feature you 3"}


def test_inputs_are_no_environment(use):
    """A composite action gets no INPUT_ variables."""
    inner = '- shell: bash\n  run: test -z "$INPUT_WHO"'

    assert use({"act/action.yml": action(inner)}, "with: {who: you}").conclusion == "success"


def test_the_env_of_the_calling_step_reaches_inside(use):
    """Inner steps inherit the caller's variables, and their own win."""
    inner = """
        - shell: bash
          env: {B: inner}
          run: test "$A $B ${{ env.A }}" = "outer inner outer"
        """
    job = use({"act/action.yml": action(inner)}, "env: {A: outer, B: outer}", '- run: test -z "$A"\n')

    assert job.conclusion == "success"


def test_variables_and_paths_reach_the_steps_after(use):
    """GITHUB_ENV and GITHUB_PATH of inner steps are the job's."""
    inner = '- shell: bash\n  run: echo A=1 >> "$GITHUB_ENV"; echo /mine >> "$GITHUB_PATH"'
    job = use({"act/action.yml": action(inner)}, more='- run: test "$A${PATH%%:*}" = 1/mine\n')

    assert job.conclusion == "success"


def test_the_action_path(use):
    """`github.action_path` and GITHUB_ACTION_PATH lead to the action's folder, inside only."""
    inner = """
        - shell: bash
          run: sh "$GITHUB_ACTION_PATH/tool.sh" && test "${{ github.action_path }}" = "$GITHUB_ACTION_PATH"
        """
    files = {"act/action.yml": action(inner), "act/tool.sh": "echo from the tool\n"}
    job = use(files, more='- run: test -z "$GITHUB_ACTION_PATH"\n')

    assert "from the tool" in job.step("it").log
    assert job.conclusion == "success"


@pytest.mark.parametrize("name", ["secrets.GITHUB_TOKEN", "vars.V", "needs"])
def test_some_contexts_are_not_there(use, name):
    """`secrets`, `vars` and `needs` are unknown inside."""
    inner = f'- shell: bash\n  run: echo "${{{{ {name} }}}}"'

    step = use({"act/action.yml": action(inner)}).step("it")

    assert step.conclusion == "failure"
    assert f"Unrecognized named-value: '{name.split('.')[0]}'" in step.error


def test_defaults_of_the_workflow_stay_outside(use, bench):
    """`defaults.run` does not reach into an action."""
    inner = '- shell: bash\n  run: test "$PWD" = "$GITHUB_WORKSPACE"'
    bench.files = {"sub/x": ""}
    job = use({"act/action.yml": action(inner)}, top="defaults: {run: {working-directory: sub}}")

    assert job.conclusion == "success"


def test_status_functions_look_at_the_actions_own_steps(use):
    """Inside, success and failure are about the action's steps; outside, about the job's."""
    inner = """
        - shell: bash
          run: exit 3
        - if: failure()
          shell: bash
          run: echo inner failure seen
        - shell: bash
          run: echo never
        - if: always()
          shell: bash
          run: echo always
        """
    job = use({"act/action.yml": action(inner)}, "continue-on-error: true", "- run: echo goes on\n")

    step = job.step("it")
    assert "inner failure seen" in step.log
    assert "always" in step.log
    assert "never" not in step.log
    assert step.error == "Process completed with exit code 3."
    assert (step.outcome, step.conclusion) == ("failure", "success")
    assert job.conclusion == "success"


def test_a_failed_job_does_not_fail_inside(use):
    """An action that runs with `if: always()` starts with a status of its own."""
    inner = "- shell: bash\n  run: echo inside"
    job = use({"act/action.yml": action(inner)}, "if: always()", "")

    assert "inside" in job.step("it").log


def test_the_error_is_in_the_log_once(use):
    """The inner step's error is not repeated for the outer one."""
    step = use({"act/action.yml": action("- shell: bash\n  run: exit 3")}).step("it")

    assert step.log.count("Error: Process completed with exit code 3.") == 1


def test_inner_steps_are_not_in_the_outer_steps_context(use):
    """Ids inside and outside do not meet."""
    inner = '- id: one\n  shell: bash\n  run: echo a=inner >> "$GITHUB_OUTPUT"'
    job = use({"act/action.yml": action(inner)}, more='- run: test -z "${{ steps.one.outputs.a }}"\n')

    assert job.conclusion == "success"


def test_actions_may_use_actions(use):
    """A composite action uses another one of the workspace, and known actions."""
    head = "outputs: {v: {description: v, value: '${{ steps.deep.outputs.v }}'}}"
    files = {
        "act/action.yml": action(
            "- id: deep\n  uses: ./deep\n  with: {x: 1}\n- uses: docker/setup-buildx-action@v3", head
        ),
        "deep/action.yml": action(
            '- id: s\n  shell: bash\n  run: echo "v=${{ inputs.x }}" >> "$GITHUB_OUTPUT"',
            "inputs: {x: {description: x}}\noutputs: {v: {description: v, value: '${{ steps.s.outputs.v }}'}}",
        ),
    }

    assert use(files).step("it").outputs == {"v": "1"}


def test_what_is_assumed_in_an_action_has_its_place(use):
    """Two uses of one unknown action inside another one are two assumptions, in its file."""
    step = use({"act/action.yml": action("- uses: some/action@v1\n- uses: some/action@v1")}).step("it")

    assert [item.where.partition(":")[0] for item in step.assumptions] == ["act/action.yml"] * 2
    first, second = (int(item.where.split(":")[1]) for item in step.assumptions)
    assert second == first + 1


def test_what_a_script_in_an_action_assumes_has_its_place(use):
    """The line of the script's step, not of the one that uses the action."""
    step = use({"act/action.yml": action("- shell: bash\n  run: npm ci")}).step("it")

    assert [item.where.partition(":")[0] for item in step.assumptions] == ["act/action.yml"]


def test_an_action_reads_the_matrix_and_the_runner(bench):
    """Those of the job it is used in."""
    inner = '- shell: bash\n  run: echo "${{ matrix.a }} ${{ runner.arch }} ${{ github.workflow_ref }}"'
    bench.files["act/action.yml"] = action(inner)
    (job,), _ = bench.run(
        """
        on: push
        jobs:
          job:
            runs-on: ubuntu-24.04-arm
            strategy: {matrix: {a: [1]}}
            steps: [{uses: actions/checkout@v4}, {id: it, uses: ./act}]
        """
    )

    assert job.step("it").log[-1].startswith("1 ARM64 octo/app/.github/workflows/ci.yml@")


def test_actions_do_not_nest_without_end(use):
    """An action that uses itself ends with GitHub's message."""
    step = use({"act/action.yml": action("- uses: ./act")}).step("it")

    assert step.error == "Composite action depth exceeded max depth 9"


def test_a_missing_action_has_githubs_hint(bench):
    """Without a check-out there is no local action."""
    step = bench.job("- id: it\n  uses: ./act").step("it")

    assert step.error.startswith("Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '")
    assert step.error.endswith(
        "/work/app/app/act'. Did you forget to run actions/checkout before running your local action?"
    )


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param(
            {"act/action.yml": "name: x\nruns: {using: node20, main: index.js}\n"},
            "the node20 action './act' is not run, and is assumed to succeed",
            id="node",
        ),
        pytest.param(
            {"act/action.yaml": "name: x\nruns: {using: docker, image: Dockerfile}\n"},
            "the docker action './act' is not run, and is assumed to succeed",
            id="docker",
        ),
        pytest.param(
            {"act/Dockerfile": "FROM x\n"},
            "the container action './act' is not run, and is assumed to succeed",
            id="Dockerfile",
        ),
    ],
)
def test_other_kinds_are_assumed(use, files, message):
    """The assumption names the action, where it is used and how to stub it."""
    step = use(files).step("it")

    assert (step.mode, step.conclusion) == ("assumed", "success")
    (assumption,) = step.assumptions
    assert (assumption.kind, assumption.what, assumption.stub) == ("action", message, "action:./act:output=value")
    assert re.fullmatch(r"\.github/workflows/ci\.yml:\d+:\d+", assumption.where)


def test_a_broken_action_file_fails_the_step(use):
    """What the runner would refuse fails the step with the file's position."""
    step = use({"act/action.yml": "name: x\n"}).step("it")

    assert step.conclusion == "failure"
    assert "act/action.yml" in step.error


def test_an_action_of_a_folder_at_hand(bench, tmp_path):
    """An action of another repository runs from a copy of the folder named for it."""
    inner = """
        - shell: bash
          run: |
            sh "$GITHUB_ACTION_PATH/t.sh"
            echo "$GITHUB_ACTION_REPOSITORY@$GITHUB_ACTION_REF"
            touch "$GITHUB_ACTION_PATH/made"
        """
    (tmp_path / "action.yml").write_text(action(inner))
    (tmp_path / "t.sh").write_text("echo tool\n")
    bench.sources = {"other/act@v2": tmp_path}

    step = bench.job("- id: it\n  uses: other/act@v2").step("it")

    assert step.log[-2:] == ("tool", "other/act@v2")
    assert not (tmp_path / "made").exists()


def test_stubbed_commands_inside_are_noted(use):
    """The note of the outer step tells of stubs inside."""
    step = use({"act/action.yml": action("- shell: bash\n  run: npm ci")}).step("it")

    assert step.note == "stubbed: npm"
