"""Jobs and legs that do not wait for each other: whose step is next, what fail-fast cancels, how many at a time."""

from __future__ import annotations

import textwrap

import pytest

from pytest_cicache.errors import EngineError
from pytest_cicache.observation import Conclusion


def jobs(text: str) -> str:
    """A workflow file of these jobs."""
    return f"on: [push]\njobs:\n{textwrap.indent(textwrap.dedent(text).strip(), '  ')}\n"


def test_steps_of_independent_jobs_take_turns(bench):
    """Neither job waits for the other's end; a job that needs one begins when that one has ended."""
    text = jobs(
        """
        a: {runs-on: x, steps: [{id: a1, run: 'true'}, {id: a2, run: 'true'}, {id: a3, run: 'true'}]}
        b: {runs-on: x, steps: [{id: b1, run: 'true'}, {id: b2, run: 'true'}]}
        c: {needs: b, runs-on: x, steps: [{id: c1, run: 'true'}]}
        """
    )
    results, _ = bench.run(text)

    assert bench.announced == ["a1", "b1", "a2", "b2", "a3", "c1"]
    assert [result.id for result in results] == ["a", "b", "c"]


def test_max_parallel_keeps_legs_waiting(bench):
    """With one leg at a time the next begins when the one before has ended."""
    text = jobs(
        """
        a:
          runs-on: x
          strategy: {max-parallel: MOST, matrix: {n: [1, 2, 3]}}
          steps: [{id: one, run: 'true'}, {id: two, run: 'true'}]
        """
    )
    bench.run(text.replace("MOST", "1"))
    assert bench.announced == ["one", "two"] * 3

    bench.announced.clear()
    bench.run(text.replace("MOST", "2"))
    assert bench.announced == ["one", "one", "two", "two", "one", "two"]


def test_only_so_many_jobs_at_a_time(bench):
    """Where the builders are few, jobs wait for their turn as they would for a free runner."""
    text = jobs(
        """
        a: {runs-on: x, steps: [{id: a1, run: 'true'}, {id: a2, run: 'true'}]}
        b: {runs-on: x, steps: [{id: b1, run: 'true'}]}
        """
    )
    bench.most = 1
    bench.run(text)

    assert bench.announced == ["a1", "a2", "b1"]


FAIL_FAST = jobs(
    """
    a:
      runs-on: x
      strategy: {fail-fast: FAST, matrix: {n: [0, 1]}}
      steps:
        - {id: first, run: 'true'}
        - {id: second, run: 'test ${{ matrix.n }} = 1'}
        - {id: third, run: 'true'}
        - {id: told, if: cancelled(), run: 'true'}
        - {id: last, if: always(), run: 'true'}
    """
)


def test_fail_fast_cancels_the_legs_under_way(bench):
    """A leg under way keeps what it did; its next steps are skipped but for those that run on cancellation."""
    (failed, cancelled), conclusion = bench.run(FAIL_FAST.replace("FAST", "true"))

    assert (failed.conclusion, cancelled.conclusion, conclusion) == ("failure", "cancelled", "failure")
    assert cancelled.reason == "fail-fast: another leg of the matrix failed"
    steps = {step.id: str(step.conclusion) for step in cancelled.steps}
    assert steps == {
        "first": "success",
        "second": "success",
        "third": "skipped",
        "told": "success",
        "last": "success",
    }


def test_without_fail_fast_every_leg_goes_on(bench):
    """A failed leg leaves its siblings alone."""
    (failed, other), _ = bench.run(FAIL_FAST.replace("FAST", "false"))

    assert (failed.conclusion, other.conclusion) == ("failure", "success")
    assert other.step("told").conclusion == "skipped"


def test_fail_fast_of_a_call_cancels_its_jobs(bench):
    """A leg that calls a workflow is cancelled with the jobs it has under way; those after them are skipped."""
    bench.called = {
        "./.github/workflows/c.yml": textwrap.dedent(
            """
            on: {workflow_call: {inputs: {n: {type: number}}}}
            jobs:
              one:
                runs-on: x
                steps: [{run: 'test ${{ inputs.n }} = 1'}, {run: 'true'}, {run: 'true'}, {run: 'true'}, {run: 'true'}]
              two: {needs: one, runs-on: x, steps: [{run: 'true'}]}
              report: {needs: one, if: always(), runs-on: x, steps: [{run: 'true'}]}
            """
        )
    }
    text = jobs(
        """
        call:
          strategy: {matrix: {n: [0, 1]}}
          uses: ./.github/workflows/c.yml
          with: {n: '${{ matrix.n }}'}
        after: {needs: call, if: always(), runs-on: x, steps: [{run: 'test ${{ needs.call.result }} = failure'}]}
        """
    )
    results, conclusion = bench.run(text)

    assert {result.name: str(result.conclusion) for result in results} == {
        "call (0) / one": "failure",
        "call (0) / two": "skipped",
        "call (0) / report": "success",
        "call (1) / one": "cancelled",
        "call (1) / two": "skipped",
        "call (1) / report": "success",
        "after": "success",
    }
    assert conclusion is Conclusion.FAILURE


def test_what_cannot_be_simulated_ends_the_jobs_beside_it(bench):
    """An engine that breaks in one job leaves no workspace of another behind."""
    text = jobs(
        """
        a: {runs-on: x, steps: [{run: 'true'}, {run: 'true'}]}
        b: {runs-on: x, steps: [{run: docker buildx build .}]}
        """
    )

    async def break_down(*_):
        raise EngineError("the builder died")

    bench.builder.work = break_down
    before = set(bench.directory.iterdir())
    with pytest.raises(EngineError, match="the builder died"):
        bench.run(text)

    assert {path for path in set(bench.directory.iterdir()) - before if path.name.startswith("job-")} == set()
