"""Scripts that use what is only assumed."""

from __future__ import annotations

import pytest


def only(step):
    return [(item.kind.value, item.what) for item in step.assumptions]


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        pytest.param('v=$(cargo version); echo "v=$v"', "<the output of cargo>", id="captured"),
        pytest.param('v=$(cargo version | tr a-z A-Z | tr A-Z a-z); echo "v=$v"', "<the output of cargo>", id="tr"),
        pytest.param("v=$(cargo version | sed 's/^v//'); echo \"v=$v\"", "<the output of cargo>", id="sed"),
        pytest.param('v=$(cargo version | cut -d. -f1); echo "v=$v"', "<the output of cargo>", id="cut"),
        pytest.param("v=$(cargo metadata | jq -r '.a[0].b'); echo \"v=$v\"", "<the output of cargo>", id="jq"),
        pytest.param('cargo version >f; echo "v=$(cat f)"', "<the output of cargo>", id="file"),
        pytest.param('v=$(cargo version); echo "v=${v::7}"', "<an unknown value>", id="shortened"),
        pytest.param(
            'v=$(python3 -m setuptools_scm); echo "v=$v"', "<the output of python3 -m setuptools_scm>", id="module"
        ),
        pytest.param('v=$(env A=1 sh -c "cargo x"); echo "v=$v"', "<the output of cargo>", id="through others"),
        pytest.param('echo "v=$(nowhere-to-be-found x)"', "<the output of nowhere-to-be-found>", id="not there"),
    ],
)
def test_what_a_script_captures_is_unknown(bench, script, shown):
    """A marker survives text tools, files and outputs, and is shown by its origin."""
    step = bench.step(f'{{ {script}; }} >>"$GITHUB_OUTPUT"')

    assert step.conclusion == "success"
    assert step.outputs["v"] == shown


def test_the_log_holds_no_marker(bench):
    """What nobody captures is not there."""
    assert bench.step("cargo build\necho done").log[-2:] == ("cicache: stubbed: cargo build", "done")


def test_the_results_of_a_build_that_is_assumed_are_unknown(bench):
    """What later steps read from them is unknown too, instead of nothing."""
    job = bench.job(
        """
        - {id: b, uses: docker/build-push-action@v7, with: {call: outline}}
        - {id: it, run: "echo ${{ steps.b.outputs.digest }}"}
        """
    )

    assert job.step("b").outputs["digest"] == "<steps.b.outputs.digest>"
    assert job.step("it").log[-1] == "<steps.b.outputs.digest>"


def test_later_steps_and_conditions(bench):
    """An unknown output goes on into variables, conditions and other steps, which rest on the same assumption."""
    job = bench.job(
        """
        - id: v
          run: echo "tag=$(cargo version)" >>"$GITHUB_OUTPUT"
        - id: if
          if: steps.v.outputs.tag == 'x'
          run: echo "${{ steps.v.outputs.tag }}"
        """
    )
    first, second = job.steps

    assert second.conclusion == "success"
    assert second.log[-1] == "<the output of cargo>"
    assert only(second)[0][0] == "condition"
    assert "depends on the output of cargo, and is assumed to hold" in only(second)[0][1]
    assert set(first.assumes) <= set(second.assumes)


@pytest.mark.parametrize(
    ("script", "conclusion"),
    [
        pytest.param("npm run build && cp dist/x .", "success", id="what a stub would have made"),
        pytest.param('v=$(cargo version); test "$v" = 1.0', "success", id="what a stub would have said"),
        pytest.param("docker run x ls | grep -q something", "success", id="what a container would have said"),
        pytest.param("exit 3", "failure", id="by itself"),
    ],
)
def test_a_failure_that_may_not_be_one(bench, script, conclusion):
    """A script that used something assumed is taken to have succeeded; one that did not fails as it does."""
    step = bench.step(script)

    assert step.conclusion == conclusion
    assert any("the script failed here" in what for _, what in only(step)) is (conclusion == "success")


@pytest.mark.parametrize("script", ["cat package/made/by/npm", "shopt -s nullglob; mv package/*.tgz"])
def test_files_of_an_earlier_step(bench, script):
    """What an assumed step would have brought is missing here alone."""
    job = bench.job(f"- run: npm ci\n- id: it\n  run: {script}\n- id: other\n  run: exit 3\n")

    assert job.step("it").conclusion == "success"
    assert job.step("other").conclusion == "failure"


def test_outputs_that_a_stub_may_have_set(bench):
    """Those it did not set here are unknown; a command that sets none leaves them empty."""
    job = bench.job(
        """
        - {id: a, run: 'echo x=1 >>"$GITHUB_OUTPUT"; cargo xtask outputs'}
        - {id: b, run: curl x}
        - {id: c, run: "echo '${{ steps.a.outputs.x }}|${{ steps.a.outputs.y }}|${{ steps.b.outputs.y }}|'"}
        """
    )

    assert job.step("c").log[-1] == "1|<steps.a.outputs.y>||"


def test_waiting_takes_no_time(bench):
    """`sleep` moves the clock that `date` tells."""
    step = bench.step("date +%H:%M:%S; sleep 1h 30m; sleep 1.5; date +%H:%M:%S")

    assert step.log[-2:] == ("09:30:00", "11:00:01")


@pytest.mark.parametrize(
    ("keys", "message", "cancelled"),
    [
        (
            "timeout-minutes: 10",
            "The action 'Run while true; do sleep 30; done' has timed out after 10 minutes.",
            False,
        ),
        ("", "The operation was canceled.", True),
    ],
)
def test_polling_ends_by_the_time_limit(bench, keys, message, cancelled):
    """In simulated time, at once."""
    step = bench.step("while true; do sleep 30; done", keys=keys)

    assert step.error == message
    assert (step.conclusion == "cancelled") is cancelled


def test_timeout_counts_simulated_time(bench):
    """The command ends its child when the clock has moved that far."""
    step = bench.step("timeout 5m sh -c 'while true; do sleep 20; done' || echo \"ended $?\"; date +%H:%M")

    assert step.log[-2:] == ("ended 124", "09:35")


@pytest.mark.parametrize("script", ["while true; do :; done", "yes", "tail -f /dev/null"])
def test_a_busy_script_is_stopped(bench, script):
    """After a bound of real time, with what it has started; it is taken to have succeeded."""
    bench.patience = 0.2
    step = bench.step(script)

    assert step.conclusion == "success"
    assert "stopped after 0.2 s of real time" in only(step)[0][1]


@pytest.mark.parametrize(
    ("value", "why"),
    [("$(printf '(%.0s' $(seq 2000))", "nests too deep to be followed"), ("pow(9, 9999)", "is not simulated")],
)
def test_a_bake_file_that_is_beyond_python(bench, value, why):
    """The command is taken to succeed."""
    step = bench.step(f'echo "target a {{ args = {{ A = {value} }} }}" >docker-bake.hcl; docker buildx bake a')

    assert step.conclusion == "success"
    assert why in only(step)[0][1]


def test_history_that_is_not_here(bench):
    """With the whole history fetched, tags and counts are those of the real repository, which nobody knows."""
    script = "git init -q; git config cicache.history whole; "
    step = bench.step(script + 'echo "v=$(git describe --tags)" >>"$GITHUB_OUTPUT"')
    shallow = bench.step("git init -q; git describe --tags")

    assert step.outputs["v"] == "<the output of git describe>"
    assert shallow.conclusion == "failure"


def test_folders_of_the_machine_stay_out_of_reach(bench):
    """Whatever a step puts on PATH, the docker command is the simulation's."""
    job = bench.job('- run: echo /usr/bin >>"$GITHUB_PATH"\n- {id: it, run: "command -v docker"}')

    assert str(bench.directory) in job.step("it").log[-1]
