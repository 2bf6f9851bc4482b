"""Jobs: ids, conditions, needs, what the model holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_cicache.workflow import WorkflowError, read_workflow

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_cicache.workflow import Job

FORM = "IDs may only contain alphanumeric characters, '_', and '-'. IDs must start with a letter or '_' and and must be"


def _jobs(*lines: str) -> str:
    return "on: push\njobs:\n" + "".join(f"  {line}\n" for line in lines)


def test_a_job_that_needs_no_job_there_is_has_it_named() -> None:
    """GitHub says only that no job can start; the hint says why."""
    with pytest.raises(WorkflowError) as caught:
        read_workflow("on: push\njobs:\n  a: {needs: zz, runs-on: x, steps: [{run: a}]}\n", path="w.yml")

    told = "The workflow must contain at least one job with no dependencies."
    assert str(caught.value.problems[0]) == f"w.yml (Line: 3, Col: 3): {told}"
    assert str(caught.value) == f"w.yml:3:3: {told} (job 'a' needs 'zz', which is no job)"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        pytest.param(
            ["1a: {runs-on: x}"],
            [f"(Line: 3, Col: 3): The identifier '1a' is invalid. {FORM} less than 100 characters."],
            id="id",
        ),
        pytest.param(["a: {runs-on: x}", "A: {runs-on: x}"], ["(Line: 4, Col: 3): 'A' is already defined"], id="twice"),
        pytest.param(
            ["a: {needs: b, runs-on: x}"],
            ["(Line: 3, Col: 3): The workflow must contain at least one job with no dependencies."],
            id="no-start",
        ),
        pytest.param(
            ["a: {runs-on: x}", "b: {needs: [a, c], runs-on: x}"],
            ["(Line: 4, Col: 18): Job 'b' depends on unknown job 'c'."],
            id="unknown",
        ),
        pytest.param(
            ["a: {runs-on: x}", "b: {needs: [A, c], runs-on: x}", "c: {needs: B, runs-on: x}"],
            [
                "(Line: 4, Col: 18): Job 'b' depends on job 'c' which creates a cycle in the dependency graph.",
                "(Line: 5, Col: 14): Job 'c' depends on job 'B' which creates a cycle in the dependency graph.",
            ],
            id="cycle",
        ),
        pytest.param(
            ["1a: {needs: z, runs-on: x}", "b: {needs: [y], runs-on: x}"],
            [f"(Line: 3, Col: 3): The identifier '1a' is invalid. {FORM} less than 100 characters."],
            id="needs-are-looked-at-only-when-jobs-are-right",
        ),
        pytest.param(
            ["a: {runs-on: x, steps: [{uses: y}], if: secrets.x, strategy: {matrix: {}}}"],
            [
                "(Line: 3, Col: 34): Expected format {org}/{repo}[/path]@ref. Actual 'y'",
                "(Line: 3, Col: 43): Unrecognized named-value: 'secrets'. Located at position 1 within expression: "
                "secrets.x",
                "(Line: 3, Col: 73): Matrix must define at least one vector",
            ],
            id="order-of-the-file",
        ),
    ],
)
def test_jobs_that_github_refuses(lines: list[str], found: list[str], refusals: Callable[..., list[str]]) -> None:
    """Words, order and positions are GitHub's."""
    assert refusals(_jobs(*lines)) == [f"w.yml {line}" for line in found]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        pytest.param(None, "success()", id="none"),
        pytest.param("", "success()", id="empty"),
        pytest.param("'  '", "success()", id="blank"),
        pytest.param("github.ref == 'x'", "success() && (github.ref == 'x')", id="bare"),
        pytest.param("${{ github.ref }}", "success() && (github.ref)", id="wrapped"),
        pytest.param("true", "success() && (true)", id="boolean"),
        pytest.param("3", "success() && (3)", id="number"),
        pytest.param("always()", "always()", id="status"),
        pytest.param("github.ref && !Cancelled()", "github.ref && !Cancelled()", id="status-inside"),
        pytest.param("contains('always()', 'x')", "success() && (contains('always()', 'x'))", id="status-as-text"),
        pytest.param("${{ github.ref }} == 'x'", "success() && (format('{0} == ''x''', github.ref))", id="mixed"),
    ],
)
def test_conditions_are_completed(given: str | None, text: str, job: Callable[[str], Job]) -> None:
    """Without a status function the job before must have succeeded."""
    read = job("runs-on: x" if given is None else f"runs-on: x\nif: {given}")

    assert read.condition.text == text
    assert (read.condition.given is None) == (given is None)
    assert (read.condition.position.line, read.condition.position.column) == (
        (3, 3) if given is None else (5, 9 - bool(not given))
    )


def test_a_job_has_all_that_the_file_says(job: Callable[[str], Job]) -> None:
    """Every key of a normal job is in the model; expressions stay."""
    read = job(
        """\
        name: n ${{ matrix.a }}
        runs-on: [a, b]
        permissions: {packages: write}
        strategy: {fail-fast: false, max-parallel: 2, matrix: {a: [1]}}
        env: {A: b}
        outputs: {o: x}
        defaults: {run: {shell: sh}}
        container: alpine
        services: {s: redis}
        environment: prod
        concurrency: {group: g, cancel-in-progress: true}
        snapshot: image
        timeout-minutes: 5
        cancel-timeout-minutes: 6
        continue-on-error: ${{ matrix.a }}
        cache-mode: read
        steps: [{run: x}]
        """
    )

    nodes = {
        "runs_on": read.runs_on,
        "env": read.env,
        "outputs": read.outputs,
        "defaults": read.defaults,
        "container": read.container,
        "services": read.services,
        "environment": read.environment,
        "concurrency": read.concurrency,
        "snapshot": read.snapshot,
        "timeout": read.timeout_minutes,
        "cancel": read.cancel_timeout_minutes,
        "continue": read.continue_on_error,
        "name": read.name,
    }
    assert {name: node and node.to_data() for name, node in nodes.items()} == {
        "runs_on": ["a", "b"],
        "env": {"A": "b"},
        "outputs": {"o": "x"},
        "defaults": {"run": {"shell": "sh"}},
        "container": "alpine",
        "services": {"s": "redis"},
        "environment": "prod",
        "concurrency": {"group": "g", "cancel-in-progress": True},
        "snapshot": "image",
        "timeout": 5,
        "cancel": 6,
        "continue": "${{ matrix.a }}",
        "name": "n ${{ matrix.a }}",
    }
    assert read.strategy is not None
    assert [node and node.to_data() for node in (read.strategy.fail_fast, read.strategy.max_parallel)] == [False, 2]
    assert read.strategy.matrix is not None
    assert read.permissions == {"packages": "write"}
    assert read.cache_mode == "read"
    assert len(read.steps) == 1
    assert (read.position.path, read.position.line, read.position.column) == ("w.yml", 3, 3)
    assert read.uses is read.called is None


def test_a_job_that_calls(job: Callable[[str], Job]) -> None:
    """Its inputs and secrets are nodes; without `fetch` nothing is called."""
    read = job("uses: ./x.yml\nwith: {a: 1}\nsecrets: {s: '${{ secrets.s }}'}")
    inheriting = job("uses: ./x.yml\nsecrets: inherit")

    assert read.uses is not None
    assert read.uses.value == "./x.yml"
    assert read.with_ is not None
    assert read.with_.to_data() == {"a": 1}
    assert read.secrets is not None
    assert not isinstance(read.secrets, str)
    assert read.secrets.to_data() == {"s": "${{ secrets.s }}"}
    assert inheriting.secrets == "inherit"
    assert read.called is None
