"""Jobs: order, conditions, matrices, outputs, calls, names."""

from __future__ import annotations

import textwrap

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.observation import Conclusion


def jobs(text: str, head: str = "") -> str:
    """A workflow file of these jobs."""
    body = textwrap.indent(textwrap.dedent(text).strip("\n"), "  ")
    return f"on: [push, pull_request]\n{textwrap.dedent(head)}\njobs:\n{body}\n"


def job(name: str, script: str = "true", keys: str = "") -> str:
    """A job of one step."""
    extra = textwrap.indent(textwrap.dedent(keys).strip("\n"), "  ")
    return f"{name}:\n  runs-on: ubuntu-latest\n{extra}\n  steps: [{{id: s, run: '{script}'}}]\n"


def ends(results) -> dict[str, str]:
    return {result.name: str(result.conclusion) for result in results}


def test_jobs_run_after_those_they_need(bench):
    """Order is that of the file, but for `needs`."""
    results, _ = bench.run(jobs(job("a", keys="needs: [c]") + job("b") + job("c")))

    assert [result.id for result in results] == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("first", "condition", "conclusion"),
    [
        pytest.param("true", "", "success", id="success"),
        pytest.param("false", "", "skipped", id="failure skips"),
        pytest.param("false", "if: always()", "success", id="always"),
        pytest.param("false", "if: failure()", "success", id="failure()"),
        pytest.param("true", "if: failure()", "skipped", id="failure() after success"),
        pytest.param("false", "if: '!cancelled()'", "success", id="not cancelled"),
        pytest.param("false", "if: github.event_name == 'push'", "skipped", id="no status function"),
        pytest.param("false", "if: always() && needs.a.result == 'failure'", "success", id="result"),
    ],
)
def test_conditions_of_jobs(bench, first, condition, conclusion):
    """A job is skipped when a job it needs failed, unless its condition has a status function."""
    results, _ = bench.run(jobs(job("a", first) + job("b", keys=f"needs: a\n{condition}")))

    assert ends(results)["b"] == conclusion


def test_a_skip_runs_down_the_chain(bench):
    """Ancestors count, not only direct needs; `always()` ends the chain for itself only."""
    text = jobs(
        job("a", keys="if: 'false'")
        + job("b", keys="needs: a")
        + job("c", keys="needs: b\nif: always()")
        + job("d", keys="needs: c")
        + job("e", keys="needs: c\nif: '!failure() && !cancelled()'")
    )
    results, conclusion = bench.run(text)

    assert ends(results) == {"a": "skipped", "b": "skipped", "c": "success", "d": "skipped", "e": "success"}
    assert conclusion is Conclusion.SUCCESS


def test_failure_sees_every_ancestor(bench):
    """`failure()` is true when any ancestor failed."""
    text = jobs(job("a", "false") + job("b", keys="needs: a\nif: always()") + job("c", keys="needs: b\nif: failure()"))

    assert ends(bench.run(text)[0])["c"] == "success"


def test_reasons_of_skips(bench):
    """A skipped job says why."""
    results, _ = bench.run(jobs(job("a", "false") + job("b", keys="needs: a") + job("c", keys="if: github.ref == 'x'")))

    assert [result.reason for result in results] == [
        None,
        "it needs 'a', which failed",
        "its condition is false: github.ref == 'x'",
    ]


def test_needs_and_outputs(bench):
    """`needs` holds results and outputs of direct dependencies only, ids in any case."""
    text = jobs(
        """
        One:
          runs-on: x
          outputs: {a: "${{ steps.s.outputs.a }}"}
          steps: [{id: s, run: 'echo a=1 >> "$GITHUB_OUTPUT"'}]
        two:
          needs: one
          runs-on: x
          steps: [{id: s, run: 'echo "${{ needs.one.outputs.a }} ${{ needs.ONE.result }}"'}]
        three:
          needs: two
          runs-on: x
          steps: [{id: s, run: 'echo "[${{ needs.one.outputs.a }}]"'}]
        """
    )
    results, _ = bench.run(text)

    logs = {result.id: result.step("s").log[-1] for result in results}
    assert logs["two"] == "1 success"
    assert logs["three"] == "[]"


@pytest.mark.parametrize(
    ("keys", "conclusions", "run"),
    [
        pytest.param("", ["success", "failure", "cancelled"], "failure", id="fail-fast"),
        pytest.param("fail-fast: false", ["success", "failure", "success"], "failure", id="not fail-fast"),
        pytest.param(
            "fail-fast: ${{ github.event_name != 'push' }}",
            ["success", "failure", "success"],
            "failure",
            id="expression",
        ),
    ],
)
def test_fail_fast(bench, keys, conclusions, run):
    """A failed leg cancels those after it."""
    text = jobs(
        f"""
        a:
          runs-on: x
          strategy:
            {keys}
            matrix: {{n: [0, 1, 2]}}
          steps: [{{run: 'test ${{{{ matrix.n }}}} != 1'}}]
        b:
          needs: a
          if: always()
          runs-on: x
          steps: [{{run: 'test ${{{{ needs.a.result }}}} = failure'}}]
        """
    )
    results, conclusion = bench.run(text)

    assert [str(result.conclusion) for result in results[:3]] == conclusions
    assert results[3].conclusion == "success"
    assert conclusion == run


def test_a_leg_that_may_fail_cancels_nobody(bench):
    """`continue-on-error` of a leg keeps its siblings and the run."""
    text = jobs(
        """
        a:
          runs-on: x
          continue-on-error: ${{ matrix.n == 0 }}
          strategy: {matrix: {n: [0, 1]}}
          steps: [{run: 'test ${{ matrix.n }} != 0'}]
        b: {needs: a, runs-on: x, steps: [{run: 'true'}]}
        """
    )
    results, conclusion = bench.run(text)

    assert ends(results) == {"a (0)": "failure", "a (1)": "success", "b": "success"}
    assert conclusion is Conclusion.SUCCESS


def test_legs_share_outputs(bench):
    """Outputs of legs merge by name; the last one wins, and an empty one does not."""
    text = jobs(
        """
        a:
          runs-on: x
          strategy: {matrix: {n: [1, 2]}}
          outputs: {last: "${{ matrix.n }}", one: "${{ steps.s.outputs.one }}"}
          steps: [{id: s, run: 'test ${{ matrix.n }} = 2 || echo one=1 >> "$GITHUB_OUTPUT"'}]
        b:
          needs: a
          runs-on: x
          steps: [{id: s, run: 'echo "${{ needs.a.outputs.last }} ${{ needs.a.outputs.one }}"'}]
        """
    )

    assert bench.run(text)[0][-1].step("s").log[-1] == "2 1"


def test_the_strategy_context(bench):
    """Index and total count all legs."""
    text = jobs(
        """
        a:
          runs-on: x
          strategy: {max-parallel: 1, matrix: {n: [a, b]}}
          env: {TOTAL: "${{ strategy.job-total }} ${{ strategy.max-parallel }} ${{ strategy.fail-fast }}"}
          steps: [{id: s, run: 'echo ${{ strategy.job-index }}/$TOTAL'}]
        """
    )

    assert [result.step("s").log[-1] for result in bench.run(text)[0]] == ["0/2 1 true", "1/2 1 true"]


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        pytest.param("", ["a (linux, 3)", "a (mac, 3)"], id="id and values"),
        pytest.param("name: Build", ["Build (linux, 3)", "Build (mac, 3)"], id="plain name and values"),
        pytest.param("name: On ${{ matrix.os }}", ["On linux", "On mac"], id="name with an expression"),
    ],
)
def test_names_of_legs(bench, keys, names):
    """An expression as name stands alone; any other gets the values."""
    text = jobs(
        f"""
        a:
          runs-on: x
          {keys}
          strategy: {{matrix: {{os: [linux, mac], v: [3]}}}}
          steps: [{{run: 'true'}}]
        """
    )

    assert [result.name for result in bench.run(text)[0]] == names


def test_a_matrix_of_an_earlier_job(bench):
    """A matrix may come from an output."""
    text = jobs(
        """
        a:
          runs-on: x
          outputs: {m: '{"n": [1, 2]}'}
          steps: [{run: 'true'}]
        b:
          needs: a
          runs-on: x
          strategy: {matrix: "${{ fromJSON(needs.a.outputs.m) }}"}
          steps: [{run: 'true'}]
        """
    )

    assert [result.name for result in bench.run(text)[0]] == ["a", "b (1)", "b (2)"]


@pytest.mark.parametrize(
    ("matrix", "part"),
    [
        pytest.param("${{ fromJSON('{') }}", "Error parsing fromJson", id="cannot be evaluated"),
        pytest.param("{n: \"${{ fromJSON('[]') }}\"}", "Matrix vector 'n' does not contain any values", id="empty"),
    ],
)
def test_a_broken_matrix_fails_the_job(bench, matrix, part):
    """The job fails with GitHub's words, and the run goes on."""
    text = f"a:\n  runs-on: x\n  strategy:\n    matrix: {matrix}\n  steps: [{{run: 'true'}}]\n"
    results, conclusion = bench.run(jobs(text + job("b")))

    assert part in results[0].reason
    assert [str(result.conclusion) for result in results] == ["failure", "success"]
    assert conclusion is Conclusion.FAILURE


def test_a_broken_condition_fails_the_job(bench):
    """An `if` that cannot be evaluated is a failed job."""
    (result,), _ = bench.run(jobs(job("a", keys="if: fromJSON(github.ref)")))

    assert result.conclusion == "failure"
    assert result.reason == "Error when evaluating 'if' for job 'a'. Error parsing fromJson"


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        pytest.param("container: alpine", "the container of the job 'a' is not started", id="container"),
        pytest.param("services: {db: {image: x}}", "the service 'db' of the job 'a' is not started", id="services"),
    ],
)
def test_containers_are_assumed(bench, keys, what):
    """The steps run without them; the construct is named with the way out."""
    (result,), _ = bench.run(jobs(job("a", "echo here", keys=keys)))

    (assumption,) = result.assumptions
    assert assumption.what.startswith(what)
    assert assumption.stub == "job:a:output=value"
    assert result.steps[0].log[-1] == "here"


@pytest.mark.parametrize(
    "label", ["windows-latest", "macos-15", "${{ format('windows-{0}', 2025) }}", "[self-hosted, Windows]"]
)
def test_jobs_of_other_systems_are_assumed(bench, label):
    """The label counts after evaluation; what needs the job sees that it succeeded."""
    job_text = f"a:\n  runs-on: {label}\n  outputs: {{x: '1'}}\n  steps: [{{run: 'false'}}]\n"
    results, conclusion = bench.run(jobs(job_text + job("b", "echo ${{ needs.a.outputs.x }}", keys="needs: a")))

    assert conclusion == "success"
    assert "which is not simulated, and is assumed to succeed" in results[0].assumptions[0].what
    assert results[0].steps[0].mode == "assumed"
    assert results[1].steps[0].log[-1] == "<needs.a.outputs.x>"


def test_a_job_that_does_not_run_may_be_anything(bench):
    """A skipped job and a stubbed one are not looked into."""
    bench.stubs = type(bench.stubs)(jobs={"b": {"a": "1"}})
    text = jobs(
        job("a", keys="if: 'false'\ncontainer: alpine")
        + job("b", keys="container: alpine")
        + job("c", "test ${{ needs.b.outputs.a }} = 1", keys="needs: b")
    )
    results, _ = bench.run(text)

    assert ends(results) == {"a": "skipped", "b": "success", "c": "success"}
    assert results[1].reason == "a stand-in was given for this job"


def test_one_job_with_what_it_needs(bench):
    """`only_job` leaves out the rest."""
    results, _ = bench.run(jobs(job("a") + job("b") + job("c", keys="needs: a")), job="C")

    assert [result.id for result in results] == ["a", "c"]


MATRIX = jobs(
    "a:\n  runs-on: x\n  strategy: {matrix: {os: [linux, mac], n: [1, 2]}}\n  steps: [{run: 'true'}]\n" + job("b")
)


@pytest.mark.parametrize(
    ("only", "names"),
    [
        ({"os": "mac"}, ["a (mac, 1)", "a (mac, 2)", "b"]),
        ({"os": "mac", "n": "2"}, ["a (mac, 2)", "b"]),
        ({"other": "x"}, ["a (linux, 1)", "a (linux, 2)", "a (mac, 1)", "a (mac, 2)", "b"]),
    ],
    ids=["one key", "two keys", "a key no leg has"],
)
def test_only_some_legs(bench, only, names):
    """Legs with other values are left out; jobs without the key stay."""
    assert [result.name for result in bench.run(MATRIX, matrix=only)[0]] == names


def test_no_leg_fits(bench):
    """A value that no leg has is a usage error that lists those there are."""
    with pytest.raises(UsageError, match="no leg of the job 'a' has os=bsd; its legs have os=linux; os=mac"):
        bench.run(MATRIX, matrix={"os": "bsd"})


CALLED = """
on:
  workflow_call:
    inputs:
      text: {type: string, default: "from ${{ github.ref_name }}"}
      flag: {type: boolean}
      count: {type: number, default: 3}
    secrets: {key: {required: false}}
    outputs: {said: {value: "${{ jobs.inner.outputs.said }}"}}
jobs:
  inner:
    name: Inner
    runs-on: x
    outputs: {said: "${{ steps.s.outputs.said }}"}
    steps:
      - id: s
        env: {KEY: "${{ secrets.key }}"}
        run: |
          echo "[${{ inputs.text }}][${{ inputs.flag }}][${{ inputs.count }}][${#KEY}]"
          echo "said=${{ inputs.text }}" >> "$GITHUB_OUTPUT"
"""


def caller(keys: str) -> str:
    extra = textwrap.indent(textwrap.dedent(keys).strip("\n"), "  ")
    return jobs(f"call:\n  uses: ./.github/workflows/called.yml\n{extra}\n")


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        pytest.param("", "[from feature][false][3][0]", id="defaults"),
        pytest.param("with: {text: x, flag: true, count: 4}", "[x][true][4][0]", id="given"),
        pytest.param(
            "with: {flag: \"${{ github.ref_name == 'feature' }}\"}", "[from feature][true][3][0]", id="expression"
        ),
        pytest.param("secrets: {key: '${{ secrets.other }}'}", "[from feature][false][3][5]", id="secret by name"),
        pytest.param("secrets: inherit", "[from feature][false][3][3]", id="inherit"),
        pytest.param("secrets: {key: '${{ secrets.GITHUB_TOKEN }}'}", "[from feature][false][3][35]", id="the token"),
    ],
)
def test_calls(bench, keys, line):
    """Inputs are typed and have defaults; secrets are those that are passed."""
    bench.called = {"./.github/workflows/called.yml": CALLED}
    bench.secrets = {"other": "12345", "key": "123"}
    (result,), _ = bench.run(caller(keys))

    assert line in result.step("s").log
    assert (result.id, result.name, result.path) == ("inner", "call / Inner", ("call",))


def test_outputs_of_calls(bench):
    """A calling job has the outputs of what it calls, and its result."""
    bench.called = {"./.github/workflows/called.yml": CALLED}
    text = caller("with: {text: hello}") + textwrap.indent(
        job("after", "echo ${{ needs.call.outputs.said }} ${{ needs.call.result }}", keys="needs: call"), "  "
    )

    assert bench.run(text)[0][-1].step("s").log[-1] == "hello success"


def test_a_matrix_of_calls(bench):
    """Each leg calls; the inner jobs have the leg's name and its matrix values."""
    bench.called = {"./.github/workflows/called.yml": CALLED}
    results, _ = bench.run(caller("strategy: {matrix: {n: [1, 2]}}\nwith: {text: 'n${{ matrix.n }}'}"))

    assert [result.name for result in results] == ["call (1) / Inner", "call (2) / Inner"]
    assert [result.matrix for result in results] == [{"n": 1}, {"n": 2}]
    assert "[n2][false][3][0]" in results[1].step("s").log


def test_env_does_not_cross(bench):
    """Workflow `env` of the caller is not in the called file, `github.workflow` is the caller's."""
    bench.called = {
        "./.github/workflows/called.yml": "name: Called\non: workflow_call\njobs:\n  i:\n    runs-on: x\n    steps:\n"
        "      - {id: s, run: 'echo \"[$A] ${{ github.workflow }} ${{ job.workflow_file_path }}\"'}\n"
    }
    text = "name: Caller\nenv: {A: 1}\n" + caller("")

    assert bench.run(text)[0][0].step("s").log[-1] == "[] Caller .github/workflows/called.yml"


def test_nested_calls_may_only_lower_the_token(bench):
    """The innermost token is the meet of all blocks on the way."""
    bench.called = {
        "./.github/workflows/called.yml": "on: workflow_call\njobs:\n  mid:\n    permissions: {contents: read}\n"
        "    uses: ./.github/workflows/inner.yml\n",
        "./.github/workflows/inner.yml": "on: workflow_call\njobs:\n  i:\n    runs-on: x\n    steps: [{run: 'true'}]\n",
    }
    (result,), _ = bench.run(caller("permissions: {contents: read, packages: write}"))

    assert result.path == ("call", "mid")
    assert result.name == "call / mid / i"
    assert (result.token.contents, result.token.packages) == ("read", "none")


def test_a_call_of_skipped_jobs_is_skipped(bench):
    """The calling job's result is what its jobs came to."""
    bench.called = {
        "./.github/workflows/called.yml": "on: workflow_call\njobs:\n  i:\n    if: 'false'\n"
        "    runs-on: x\n    steps: [{run: 'true'}]\n"
    }
    text = caller("") + textwrap.indent(
        job("after", "test ${{ needs.call.result }} = skipped", keys="needs: call\nif: always()"), "  "
    )

    assert bench.run(text)[0][-1].conclusion == "success"


def test_a_called_workflow_that_is_not_on_disk(bench):
    """It is one job that is assumed to succeed; whatever it puts out is unknown, and what rests on it says so."""
    text = jobs(
        "call: {uses: other/repo/.github/workflows/x.yml@v1}\n"
        + job("b", "echo [${{ needs.call.outputs.tag }}] ${{ needs.call.result }}", keys="needs: call")
        + job("c", keys="needs: call\nif: needs.call.outputs.go == 'yes'")
    )
    (call, b, c), conclusion = bench.run(text)

    assert (call.conclusion, conclusion) == ("success", "success")
    assert [item.kind for item in call.assumptions] == ["workflow"]
    assert b.step("s").log[-1] == "[<needs.call.outputs.tag>] success"
    assert b.assumes == (call.assumptions[0].id,)
    assert [item.kind for item in c.assumptions] == ["condition"]
    assert "depends on needs.call.outputs.go, and is assumed to hold" in c.assumptions[0].what


def test_an_unknown_matrix_has_one_leg(bench):
    """The leg's values are unknown; its job runs, and what it rests on is named."""
    text = jobs(
        "call: {uses: other/repo/.github/workflows/x.yml@v1}\n"
        "b:\n  needs: call\n  runs-on: x\n  strategy: {matrix: '${{ fromJSON(needs.call.outputs.m) }}'}\n"
        "  steps: [{id: s, run: 'echo [${{ matrix.tag }}]'}]\n"
    )
    results, _ = bench.run(text)

    assert results[1].name == "b"
    assert results[1].step("s").log[-1] == "[<matrix.tag>]"
    assert results[0].assumptions[0].id in results[1].assumes


def test_a_broken_with_fails_the_calling_job(bench):
    """An input that cannot be evaluated is a failed job."""
    bench.called = {"./.github/workflows/called.yml": CALLED}
    (result,), _ = bench.run(caller("with: {text: \"${{ fromJSON('{') }}\"}"))

    assert result.conclusion == "failure"
    assert "Error parsing fromJson" in result.reason


@pytest.mark.parametrize(("event", "packages"), [("push", "write"), ("fork_pr", "read"), ("pr", "write")])
def test_tokens_of_jobs(bench, event, packages):
    """A job's token is computed for the event."""
    (result,), _ = bench.run(jobs(job("a", keys="permissions: {packages: write}")), event=event)

    assert result.token.packages == packages


def test_a_fork_sees_no_secrets(bench):
    """Secrets of the repository are empty in a fork's pull request."""
    bench.secrets = {"KEY": "value"}
    text = jobs(job("a", "echo [${{ secrets.KEY }}]"))

    assert bench.run(text, event="fork_pr")[0][0].step("s").log[-1] == "[]"


def test_expressions_in_job_keys_that_fail(bench):
    """A job whose `env` or `environment` cannot be evaluated fails."""
    text = jobs(
        job("a", keys="env: {A: \"${{ fromJSON('{') }}\"}") + job("b", keys="environment: ${{ fromJSON('{') }}")
    )

    assert [str(result.conclusion) for result in bench.run(text)[0]] == ["failure", "failure"]
