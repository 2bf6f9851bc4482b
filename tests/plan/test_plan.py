"""Plans: which jobs an event gives, what is decided before a run, and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from pytest_cicache import events
from pytest_cicache.events import Commits, Repository
from pytest_cicache.expressions import unknown
from pytest_cicache.plan import Plan, Verdict, plan
from pytest_cicache.workflow import Workflow, WorkflowError, read_workflow

Planner = Callable[..., Plan]


@pytest.fixture
def planned(read: Callable[..., Workflow]) -> Planner:
    """Plan a file `w.yml` under an event, given as text; called files come from `files`."""

    def planned(
        source: str,
        event: str = "push",
        *,
        files: dict[str, str] | None = None,
        inputs: dict[str, Any] | None = None,
        changed: tuple[str, ...] | None = None,
        **fields: Any,
    ) -> Plan:
        repository = Repository(**{"owner": "octo", "name": "app"} | fields)
        commits = Commits(base="a" * 40, head="b" * 40, merge="c" * 40, before="a" * 40, changed_files=changed)
        now = datetime(2026, 11, 24, tzinfo=UTC)
        delivery = events.deliver(events.from_text(event), repository, commits, now=now, run_id=1, run_number=1)
        texts = {f"./.github/workflows/{name}": dedent(text) for name, text in (files or {}).items()}
        workflow: Workflow | WorkflowError
        try:
            workflow = read(source, fetch=texts.get, default_permissions=repository.default_permissions)
        except WorkflowError as error:
            workflow = error
        return plan(workflow, delivery, inputs=inputs)

    return planned


OUTPUTS = "outputs: {m: '${{ steps.s.outputs.m }}', t: '${{ steps.s.outputs.t }}', x: '${{ steps.s.outputs.x }}'}"


def jobs(text: str, on: str = "push") -> str:
    """A file of these jobs, each of which is given its runner, outputs and a step where it calls nothing."""
    body = dedent(text).strip("\n")
    parts = []
    for block in body.split("\n\n"):
        given = block if "uses:" in block else f"{block}\n  runs-on: x\n  {OUTPUTS}\n  steps: [{{id: s, run: echo}}]"
        parts.append(given)
    return f"on: {on}\njobs:\n" + indent("\n".join(parts), "  ")


def said(plan: Plan) -> list[tuple[str, str, str | None]]:
    """What a plan says of its jobs: name, verdict, reason."""
    return [(job.name, str(job.verdict), job.reason) for job in plan.jobs]


def test_untriggered_workflow_has_no_jobs(planned: Planner) -> None:
    """The filter that keeps the workflow from starting is the reason."""
    made = planned("on: {push: {branches: [main]}}\njobs: {a: {runs-on: x, steps: [{run: echo}]}}")

    assert (made.triggered, made.jobs, made.error) == (False, (), None)
    assert made.reason == "`branches: [main]` does not match the pushed branch 'feature'"
    assert repr(made) == f"<Plan w.yml under push not triggered: {made.reason}>"


def test_triggered_workflow_says_what_started_it(planned: Planner) -> None:
    """A plan carries the names of the workflow and of the run."""
    made = planned("name: CI\nrun-name: Run of ${{ github.actor }}\n" + jobs("a:\n  name: A"))

    assert (made.triggered, made.name, made.run_name) == (True, "CI", "Run of maintainer")
    assert repr(made) == "<Plan w.yml under push triggered: push to feature starts it>"
    assert said(made) == [("A", "runs", None)]
    assert repr(made.jobs[0]) == "<PlannedJob A runs>"


def test_workflow_without_name_is_named_by_its_path(planned: Planner) -> None:
    """The path stands in for a name [CX]."""
    assert planned(jobs("a:")).name == "w.yml"


def test_refused_file_is_a_startup_failure(planned: Planner) -> None:
    """What GitHub refuses gives no job and GitHub's words."""
    made = planned("on: push\njobs: {a: {runs-on: x, steps: []}}\nfoo: 1")

    assert (made.triggered, made.path, made.jobs) == (True, "w.yml", ())
    assert made.error is not None
    assert "w.yml (Line: 3, Col: 1): Unexpected value 'foo'" in made.error
    assert "startup failure" in repr(made)


def test_broken_run_name_is_a_startup_failure(planned: Planner) -> None:
    """A title that cannot be evaluated stops the run before any job."""
    made = planned("run-name: ${{ fromJSON(github.actor) }}\n" + jobs("a:"))

    assert (made.triggered, made.jobs) == (True, ())
    assert str(made.error).startswith("w.yml (Line: 1, Col: 11): ")


def test_call_beyond_the_callers_permissions_is_a_startup_failure(planned: Planner) -> None:
    """A callee that asks for more than its caller has stops the run before any job [R-perm]."""
    made = planned(
        jobs("a:\n  uses: ./.github/workflows/c.yml"),
        files={
            "c.yml": "on: workflow_call\njobs: {b: {runs-on: x, permissions: {packages: write}, steps: [{run: e}]}}"
        },
    )

    assert "requesting 'packages: write', but is only allowed 'packages: read'" in str(made.error)


CONDITIONS = [
    # condition, event, verdict, reason
    pytest.param("github.ref_name == 'feature'", "push", "runs", "its condition is true", id="github-true"),
    pytest.param("github.ref_name == 'main'", "push", "skipped", "its condition is false", id="github-false"),
    pytest.param("vars.GO == 'yes'", "push", "runs", "its condition is true", id="vars"),
    pytest.param("inputs.x == ''", "push", "runs", "its condition is true", id="no-inputs-outside-of-calls"),
    pytest.param("always()", "push", "runs", "its condition is true: always()", id="EX-always"),
    pytest.param("success()", "push", "runs", "its condition is true: success()", id="EX-success-without-needs"),
    pytest.param("failure()", "push", "skipped", "its condition is false: failure()", id="EX-failure-without-needs"),
    pytest.param("cancelled()", "push", "skipped", "its condition is false", id="EX-cancelled"),
    pytest.param("!cancelled()", "push", "runs", "its condition is true", id="EX-not-cancelled"),
    pytest.param(
        "fromJSON('x')", "push", "fails", "Error when evaluating 'if' for job 'a'. ", id="condition-with-an-error"
    ),
]


@pytest.mark.parametrize(("condition", "event", "verdict", "reason"), CONDITIONS)
def test_condition_of_a_first_job(planned: Planner, condition: str, event: str, verdict: str, reason: str) -> None:
    """A condition over github, vars and inputs is decided before the run."""
    made = planned(jobs(f"a:\n  if: ${{{{ {condition} }}}}"), event, variables={"GO": "yes"})

    assert made.jobs[0].verdict == verdict
    assert reason in str(made.jobs[0].reason).replace("${{ ", "").replace(" }}", "")


NEEDS = [
    # first job's condition, second job's condition, verdict, reason
    pytest.param("true", None, "runs", "once a succeeded", id="WS-needs"),
    pytest.param("false", None, "skipped", "it needs 'a', which is skipped", id="WS-skipped-need"),
    pytest.param("false", "always()", "runs", "its condition is true: always()", id="WS-always-after-skipped"),
    pytest.param("true", "always()", "runs", "its condition is true: always()", id="WS-always"),
    pytest.param("true", "failure()", "undecided", "its condition depends on whether a fails", id="EX-failure"),
    pytest.param("false", "failure()", "skipped", "its condition is false: failure()", id="EX-failure-of-skipped"),
    pytest.param("fromJSON('x')", "failure()", "runs", "its condition is true", id="EX-failure-of-broken"),
    pytest.param("fromJSON('x')", None, "skipped", "it needs 'a', which cannot start", id="WS-broken-need"),
    pytest.param("true", "success() || failure()", "runs", "its condition is true", id="EX-success-or-failure"),
    pytest.param(
        "true", "needs.a.outputs.x == 'y'", "undecided", "its condition depends on needs.a.outputs.x", id="CX-outputs"
    ),
    pytest.param(
        "true", "needs.a.result == 'success'", "undecided", "depends on needs.a.result", id="CX-result-of-running"
    ),
    pytest.param("false", "always() && needs.a.result == 'skipped'", "runs", "is true", id="CX-result-of-skipped"),
    pytest.param("false", "always() && needs.a.outputs.x == ''", "runs", "is true", id="CX-outputs-of-skipped"),
    pytest.param(
        "true", "needs.a.outputs.x && github.actor == 'b'", "skipped", "its condition is false", id="decided-behind"
    ),
    pytest.param(
        "true", "contains(toJSON(needs), 'y')", "undecided", "its condition depends on needs.a", id="CX-whole-context"
    ),
    pytest.param(
        "true", "contains(toJSON(needs.a.outputs), 'y')", "undecided", "depends on needs.a.outputs", id="CX-all-outputs"
    ),
]


@pytest.mark.parametrize(("first", "second", "verdict", "reason"), NEEDS)
def test_condition_of_a_job_with_needs(
    planned: Planner, first: str, second: str | None, verdict: str, reason: str
) -> None:
    """Jobs that run are taken to succeed; what depends on more than that is undecided."""
    condition = f"\n  if: {second}" if second else ""
    made = planned(jobs(f"a:\n  if: ${{{{ {first} }}}}\n\nb:\n  needs: a{condition}"))

    assert made.jobs[1].verdict == verdict
    assert reason in str(made.jobs[1].reason)


def test_doubt_runs_down_the_chain(planned: Planner) -> None:
    """A job that needs an undecided one is undecided, and so on."""
    made = planned(jobs("a:\n\nb:\n  needs: a\n  if: needs.a.outputs.x\n\nc:\n  needs: b\n\nd:\n  needs: c"))

    assert [str(job.verdict) for job in made.jobs] == ["runs", "undecided", "undecided", "undecided"]
    assert made.jobs[2].reason == "depends on whether b runs"


def test_skip_runs_down_the_chain_beyond_always(planned: Planner) -> None:
    """`success()` looks at every ancestor, also behind a job that runs always [WS]."""
    made = planned(jobs("a:\n  if: false\n\nb:\n  needs: a\n  if: always()\n\nc:\n  needs: b"))

    assert [str(job.verdict) for job in made.jobs] == ["skipped", "runs", "skipped"]
    assert made.jobs[2].reason == "it needs 'a', which is skipped"


def test_jobs_come_behind_what_they_need(planned: Planner) -> None:
    """The order is that of needs, then of the file; ids ignore case."""
    made = planned(jobs("c:\n  needs: [A, b]\n\na:\n\nb:\n  needs: a"))

    assert [job.id for job in made.jobs] == ["a", "b", "c"]
    assert made.jobs[2].needs == ("A", "b")
    assert made.job("C") is made.jobs[2]
    assert made.job("x") is None


MATRIX = """
build:
  name: NAME
  strategy:
    matrix:
      os: [linux, mac]
      py: ["3.9", 3.1]
      exclude: [{os: mac, py: "3.9"}]
      include: [{os: linux, extra: 1}, {os: win, py: 3, note: z}]
"""


def test_matrix_is_expanded_with_githubs_names(planned: Planner) -> None:
    """Legs are named by their vectors; what `include` adds to a leg is not in its name [R-mx]."""
    made = planned(jobs(MATRIX.replace("  name: NAME\n", "")))

    assert [job.name for job in made.jobs] == [
        "build (linux, 3.9)",
        "build (linux, 3.1)",
        "build (mac, 3.1)",
        "build (win, 3, z)",
    ]
    assert made.jobs[0].matrix == {"os": "linux", "py": "3.9", "extra": 1.0}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("Build", "Build (linux, 3.9)", id="literal-name-gets-the-leg"),
        pytest.param("On ${{ matrix.os }}", "On linux", id="expression-stands-alone"),
        pytest.param("${{ matrix.none }}", "build (linux, 3.9)", id="empty-name-is-the-id"),
        pytest.param("x" * 99, "x" * 97 + "...", id="R-mx-hundred-characters"),
    ],
)
def test_name_of_a_leg(planned: Planner, name: str, expected: str) -> None:
    """A job's name is what GitHub shows [R-mx]."""
    assert planned(jobs(MATRIX.replace("NAME", name))).jobs[0].name == expected


def test_included_leg_that_was_excluded_is_named_whole(planned: Planner) -> None:
    """A combination that `include` makes shows all its values, also one that `exclude` took out [R-mx]."""
    made = planned(
        jobs(
            """
            build:
              strategy:
                matrix:
                  os: [linux, mac]
                  exclude: [{os: linux}]
                  include: [{os: linux, again: yes}]
            """
        )
    )

    assert [job.name for job in made.jobs] == ["build (mac)", "build (linux, yes)"]


def test_matrix_of_includes_only(planned: Planner) -> None:
    """Without vectors each include is a leg with all its values, nested ones too; null has no text [R-mx]."""
    made = planned(jobs("build:\n  strategy:\n    matrix:\n      include: [{a: {b: [1, true]}, c: null}, {a: x}]"))

    assert [job.name for job in made.jobs] == ["build (1, true)", "build (x)"]


def test_matrix_of_github_and_inputs(planned: Planner) -> None:
    """A matrix from known contexts is expanded."""
    made = planned(
        jobs("build:\n  strategy:\n    matrix:\n      x: ${{ fromJSON(vars.LIST) }}"), variables={"LIST": '["a", "b"]'}
    )

    assert [job.name for job in made.jobs] == ["build (a)", "build (b)"]


def test_matrix_of_outputs_is_undecided(planned: Planner) -> None:
    """A matrix from another job's outputs is one entry that says what it waits for."""
    made = planned(
        jobs(
            "a:\n\nb:\n  needs: a\n  name: Leg ${{ matrix.x }}\n"
            "  strategy:\n    matrix: ${{ fromJSON(needs.a.outputs.m) }}"
        )
    )

    assert made.jobs[1].matrix == unknown("needs.a.outputs.m")
    assert said(made)[1] == ("Leg <matrix.x>", "runs", "once a succeeded")


def test_undeclared_output_is_empty(planned: Planner) -> None:
    """What a job does not declare it does not give, whatever its steps do: a condition on it is decided [CX]."""
    made = planned(
        jobs("a:\n\nb:\n  needs: a\n  if: needs.a.outputs.other == ''\n\nc:\n  needs: a\n  if: needs.a.outputs.q")
    )

    assert [str(job.verdict) for job in made.jobs] == ["runs", "runs", "skipped"]


def test_output_that_is_partly_known_decides(planned: Planner) -> None:
    """The known start of an output rules a comparison out."""
    source = """
    on: push
    jobs:
      a: {runs-on: x, outputs: {tag: "v${{ steps.s.outputs.n }}"}, steps: [{id: s, run: echo}]}
      b: {needs: a, if: needs.a.outputs.tag == 'main', runs-on: x, steps: [{run: echo}]}
      c: {needs: a, if: needs.a.outputs.tag == 'v1', runs-on: x, steps: [{run: echo}]}
    """

    assert [str(job.verdict) for job in planned(source).jobs] == ["runs", "skipped", "undecided"]


def test_job_with_undecided_name_of_an_undecided_matrix(planned: Planner) -> None:
    """Without a name the id stands for all legs."""
    made = planned(jobs("a:\n\nb:\n  needs: a\n  strategy:\n    matrix: ${{ fromJSON(needs.a.outputs.m) }}"))

    assert made.jobs[1].name == "b"


def test_broken_matrix_fails_its_job(planned: Planner) -> None:
    """A matrix that gives no values is told as GitHub tells it, and fails what needs it."""
    made = planned(
        jobs(
            "a:\n  name: A\n  strategy:\n    matrix:\n      x: ${{ fromJSON('[]') }}\n\nb:\n  needs: a\n  if: always()"
        )
    )

    assert made.jobs[0].verdict is Verdict.FAILS
    assert made.jobs[0].name == "A"
    assert made.jobs[0].reason == (
        "Error when evaluating 'strategy' for job 'a'. "
        "w.yml (Line: 7, Col: 12): Matrix vector 'x' does not contain any values"
    )
    assert made.jobs[1].verdict is Verdict.RUNS


def test_broken_name_fails_its_job(planned: Planner) -> None:
    """A name that cannot be evaluated keeps the job from starting."""
    made = planned(jobs("a:\n  name: ${{ fromJSON('x') }}"))

    assert (made.jobs[0].verdict, made.jobs[0].name) == (Verdict.FAILS, "a")
    assert "w.yml (Line: 4, Col: 11)" in str(made.jobs[0].reason)


def test_settings_are_data(planned: Planner) -> None:
    """Runner, environment, concurrency, timeouts and strategy are evaluated where they can be."""
    made = planned(
        """
        on: push
        concurrency: {group: "${{ github.ref }}", cancel-in-progress: true}
        jobs:
          a:
            runs-on: [self-hosted, "${{ matrix.os }}"]
            strategy: {matrix: {os: [linux]}, fail-fast: false, max-parallel: 2}
            environment: {name: "${{ github.ref_name }}", url: x}
            concurrency: one
            timeout-minutes: 5
            continue-on-error: ${{ matrix.os == 'linux' }}
            outputs: {runner: "${{ steps.s.outputs.r }}", where: "${{ steps.s.outputs.w }}"}
            steps: [{run: echo}]
          b:
            needs: a
            runs-on: ${{ needs.a.outputs.runner }}
            environment: ${{ needs.a.outputs.where }}
            steps: [{run: echo}]
        """
    )
    first, second = made.jobs[0].settings, made.jobs[1].settings

    assert made.concurrency == {"group": "refs/heads/feature", "cancel-in-progress": True}
    assert (first.runs_on, first.concurrency) == (["self-hosted", "linux"], "one")
    assert first.environment == {"name": "feature", "url": "x"}
    assert (first.timeout_minutes, first.continue_on_error) == (5.0, True)
    assert (first.fail_fast, first.max_parallel) == (False, 2.0)
    assert (second.runs_on, second.environment) == (
        unknown("needs.a.outputs.runner"),
        unknown("needs.a.outputs.where"),
    )
    assert (second.timeout_minutes, second.continue_on_error, second.fail_fast) == (360.0, False, True)


def test_url_of_an_environment_may_use_steps(planned: Planner) -> None:
    """The url is evaluated when the job ends, so its steps are not known yet; the name is."""
    made = planned(jobs("a:\n  environment: {name: prod, url: '${{ steps.deploy.outputs.url }}'}"))

    assert made.jobs[0].settings.environment == {"name": "prod", "url": unknown("steps.deploy.outputs.url")}


def test_broken_setting_fails_its_job(planned: Planner) -> None:
    """A setting that cannot be evaluated keeps the job from starting."""
    assert planned(jobs("a:\n  timeout-minutes: ${{ fromJSON('x') }}")).jobs[0].verdict is Verdict.FAILS


CALLED = """
on:
  workflow_call:
    inputs:
      tag: {type: string}
      push: {type: boolean, default: true}
      count: {type: number}
permissions: {contents: read}
jobs:
  image:
    name: Image ${{ inputs.tag }}
    if: inputs.push
    permissions: {packages: write}
    runs-on: x
    steps: [{run: echo}]
  late:
    if: inputs.tag == 'x'
    runs-on: x
    steps: [{run: echo}]
"""
WRITES = "permissions: {packages: write, contents: read}\n"


def test_called_workflow_is_inlined(planned: Planner) -> None:
    """Jobs of a called workflow carry the path and name of their caller and its inputs."""
    made = planned(
        WRITES + jobs("call:\n  name: Call\n  uses: ./.github/workflows/c.yml\n  with: {tag: x}"),
        files={"c.yml": CALLED},
    )

    assert said(made) == [
        ("Call / Image x", "runs", "its condition is true: inputs.push"),
        ("Call / late", "runs", "its condition is true: inputs.tag == 'x'"),
    ]
    assert [job.path for job in made.jobs] == [("call",), ("call",)]


def test_legs_of_a_call_have_their_own_jobs(planned: Planner) -> None:
    """Each leg of a calling job inlines the workflow with its own inputs, and its jobs have its matrix."""
    made = planned(
        WRITES
        + jobs(
            "call:\n  strategy: {matrix: {tag: [x, y]}}\n  uses: ./.github/workflows/c.yml\n"
            "  with: {tag: '${{ matrix.tag }}', push: false}"
        ),
        files={"c.yml": CALLED},
    )

    assert [(job.name, str(job.verdict)) for job in made.jobs] == [
        ("call (x) / image", "skipped"),
        ("call (x) / late", "runs"),
        ("call (y) / image", "skipped"),
        ("call (y) / late", "skipped"),
    ]
    assert made.jobs[1].matrix == {"tag": "x"}


def test_undecided_inputs_leave_their_jobs_undecided(planned: Planner) -> None:
    """An input from another job's output is undecided in the called workflow; the others are not."""
    made = planned(
        WRITES
        + jobs("a:\n\ncall:\n  needs: a\n  uses: ./.github/workflows/c.yml\n  with: {tag: '${{ needs.a.outputs.t }}'}"),
        files={"c.yml": CALLED},
    )

    assert said(made)[1:] == [
        ("call / Image <needs.a.outputs.t>", "runs", "its condition is true: inputs.push"),
        ("call / late", "undecided", "its condition depends on needs.a.outputs.t: inputs.tag == 'x'"),
    ]


def test_doubt_about_a_call_is_doubt_about_its_jobs(planned: Planner) -> None:
    """Jobs of a call that is undecided are undecided, unless they are skipped anyway."""
    made = planned(
        WRITES + jobs("a:\n\ncall:\n  needs: a\n  if: needs.a.outputs.t\n  uses: ./.github/workflows/c.yml"),
        files={"c.yml": CALLED},
    )

    assert [(job.name, str(job.verdict)) for job in made.jobs[1:]] == [
        ("call / Image ", "undecided"),
        ("call / late", "skipped"),
    ]
    assert made.jobs[1].reason == "its condition depends on needs.a.outputs.t: needs.a.outputs.t"


def test_call_over_an_undecided_matrix_says_so(planned: Planner) -> None:
    """The jobs of a call whose legs are not known are there once, with a note."""
    made = planned(
        WRITES
        + jobs(
            "a:\n\ncall:\n  needs: a\n  strategy: {matrix: {tag: '${{ fromJSON(needs.a.outputs.m) }}'}}\n"
            "  uses: ./.github/workflows/c.yml\n  with: {tag: '${{ matrix.tag }}'}"
        ),
        files={"c.yml": CALLED},
    )

    assert made.jobs[1].reason == "its condition is true: inputs.push; the legs of 'call' depend on needs.a.outputs.m"
    assert made.jobs[2].reason == "its condition depends on matrix.tag: inputs.tag == 'x'"
    assert made.jobs[1].matrix == unknown("needs.a.outputs.m")


def test_skipped_call_is_one_job(planned: Planner) -> None:
    """A calling job that is skipped stands for its workflow."""
    made = planned(
        WRITES + jobs("call:\n  if: false\n  uses: ./.github/workflows/c.yml\n\nb:\n  needs: call"),
        files={"c.yml": CALLED},
    )

    assert said(made) == [
        ("call", "skipped", "its condition is false: false"),
        ("b", "skipped", "it needs 'call', which is skipped"),
    ]
    assert made.jobs[0].uses == "./.github/workflows/c.yml"
    assert made.jobs[0].token is None


def test_call_of_a_workflow_that_is_not_at_hand(read: Callable[..., Workflow], planned: Planner) -> None:
    """Without `fetch` a calling job is one entry that says what is missing, and one assumption."""
    workflow = read(jobs("call:\n  uses: o/r/.github/workflows/c.yml@v1"))
    delivery = planned(jobs("a:")).delivery
    made = plan(workflow, delivery)

    assert said(made) == [("call", "runs", "the workflow o/r/.github/workflows/c.yml@v1 is not on disk")]
    assert made.jobs[0].token is None
    (assumption,) = made.jobs[0].assumptions
    assert assumption.id == "workflow:call@w.yml:4:11"
    assert assumption.what.endswith(".yml@v1' is not on disk, and is assumed to succeed")


ASSUMED = [
    pytest.param("runs-on: windows-2025", ["job:b@w.yml:5:3"], id="windows"),
    pytest.param("runs-on: [self-hosted, macOS]", ["job:b@w.yml:5:3"], id="labels"),
    pytest.param("runs-on: {group: g, labels: windows-x}", ["job:b@w.yml:5:3"], id="group"),
    pytest.param(
        "runs-on: '${{ matrix.os }}'\n    strategy: {matrix: {os: [windows, linux]}}", ["job:b@w.yml:5:3"], id="leg"
    ),
    pytest.param("runs-on: x\n    container: alpine", ["container:b@w.yml:5:3"], id="container"),
    pytest.param("runs-on: windows\n    container: alpine", ["job:b@w.yml:5:3"], id="container-elsewhere"),
    pytest.param("runs-on: x\n    services: {db: {image: p}}", ["service:b@w.yml:5:3"], id="service"),
    pytest.param("runs-on: x\n    if: needs.a.outputs.x", ["condition@w.yml:8:9"], id="condition"),
    pytest.param(
        "runs-on: x\n    strategy: {matrix: {n: '${{ fromJSON(needs.a.outputs.x) }}'}}", ["job@w.yml:8:15"], id="legs"
    ),
    pytest.param("runs-on: ubuntu-latest", [], id="nothing"),
]


@pytest.mark.parametrize(("keys", "ids"), ASSUMED)
def test_plan_says_what_of_a_job_is_assumed(planned: Planner, keys: str, ids: list[str]) -> None:
    """Other systems, containers, services, unknown conditions and unknown legs are each one assumption."""
    made = planned(
        "on: push\njobs:\n"
        f"  a: {{runs-on: {'windows' if 'needs.a' in keys else 'x'}, "
        "outputs: {x: '${{ steps.s.outputs.x }}'}, steps: [{id: s, run: e}]}\n"
        f"\n  b:\n    needs: a\n    {keys}\n    steps: [{{run: e}}]\n"
    )

    assert [item.id for item in made.jobs[1].assumptions] == ids


def test_broken_input_fails_the_call(planned: Planner) -> None:
    """An input that cannot be evaluated keeps the called workflow from starting."""
    made = planned(
        WRITES + jobs("call:\n  uses: ./.github/workflows/c.yml\n  with: {tag: \"${{ fromJSON('x') }}\"}"),
        files={"c.yml": CALLED},
    )

    assert (made.jobs[0].verdict, made.jobs[0].name) == (Verdict.FAILS, "call")


def test_tokens_of_a_called_workflow(planned: Planner) -> None:
    """A called job has its own block, its file's, or its caller's, and the event's cap on top."""
    made = planned(
        WRITES + jobs("call:\n  uses: ./.github/workflows/c.yml\n  with: {tag: x}", on="pull_request"),
        "fork_pr",
        files={"c.yml": CALLED},
    )
    image, late = (job.token for job in made.jobs)

    assert image is not None
    assert late is not None
    assert (image.packages, image.contents) == ("read", "none")
    assert (late.packages, late.contents) == ("none", "read")
    assert image.because["packages"] == (
        "repository default (restricted): packages: read",
        "calling workflow's permissions: packages: write",
        "workflow permissions do not list packages: none",
        "job permissions: packages: write",
        "pull request from a fork: write becomes read",
    )


def test_cache_mode_of_a_job(planned: Planner) -> None:
    """The cache mode follows key, file, caller and event."""
    made = planned(
        "cache-mode: read\n" + WRITES + jobs("a:\n  cache-mode: none\n\ncall:\n  uses: ./.github/workflows/c.yml"),
        files={"c.yml": CALLED},
    )
    modes = [None if job.cache is None else str(job.cache) for job in made.jobs]

    assert modes == ["none", "read", None]
    assert made.jobs[2].verdict is Verdict.SKIPPED


DISPATCH = """
on:
  workflow_dispatch:
    inputs:
      level: {type: choice, options: [low, high], required: true}
      debug: {type: boolean, default: true}
      count: {type: number, default: 3}
      note: {type: string}
      where: {type: environment, required: true, default: prod}
jobs:
  a:
    name: ${{ inputs.level }} ${{ inputs.debug }} ${{ inputs.count }} ${{ inputs.note }} ${{ inputs.where }}
    if: inputs.debug
    runs-on: x
    steps: [{run: echo}]
"""


@pytest.mark.parametrize(
    ("inputs", "name"),
    [
        pytest.param("level=low", "low true 3  prod", id="EV-defaults"),
        pytest.param("LEVEL=high;note=x;count=7", "high true 7 x prod", id="EV-given"),
    ],
)
def test_dispatch_inputs_are_typed(planned: Planner, inputs: str, name: str) -> None:
    """`inputs` keeps the types of its declarations; the payload has texts with the defaults filled in [EV]."""
    made = planned(DISPATCH, f"workflow_dispatch:inputs={inputs}")

    assert said(made)[0][:2] == (name, "runs")
    assert made.delivery.payload["inputs"]["debug"] == "true"
    assert made.delivery.payload["inputs"]["count"] in ("3", "7")


def test_dispatch_input_false_is_a_boolean(planned: Planner) -> None:
    """A boolean input given as text is a boolean."""
    made = planned(DISPATCH, inputs={"level": "low", "debug": "false"}, event="workflow_dispatch")

    assert made.jobs[0].verdict is Verdict.SKIPPED


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        pytest.param("", "Required input 'level' not provided", id="required"),
        pytest.param("level=x", "Provided value 'x' for input 'level' not in the list of allowed values", id="choice"),
        pytest.param("level=low;b=1;a=2", 'Unexpected inputs provided: ["a", "b"]', id="unknown"),
    ],
)
def test_refused_dispatch_starts_nothing(planned: Planner, inputs: str, reason: str) -> None:
    """A dispatch that GitHub's API refuses makes no run."""
    made = planned(DISPATCH, f"workflow_dispatch:inputs={inputs}")

    assert (made.triggered, made.reason, made.jobs) == (False, reason, ())


def test_choice_without_default_takes_the_first_option(planned: Planner) -> None:
    """A choice that nobody made is its first option."""
    source = DISPATCH.replace("options: [low, high], required: true", "options: [low, high]")

    assert planned(source, "workflow_dispatch").jobs[0].name.startswith("low ")


def test_dispatch_without_inputs(planned: Planner) -> None:
    """A dispatch of a workflow that declares no inputs has none."""
    made = planned(jobs("a:", on="workflow_dispatch"), "workflow_dispatch")

    assert made.triggered
    assert made.delivery.payload["inputs"] is None


def test_notices_and_approval_are_told(planned: Planner) -> None:
    """A fork's first pull request waits for approval, which the plan says."""
    made = planned(jobs("a:", on="pull_request"), "fork_pr")

    assert made.notices == (
        "waits for approval: contributor is a first-time contributor, and their fork pull requests need approval",
    )


def test_cron_line_of_the_file_fires(planned: Planner) -> None:
    """A schedule's payload holds the file's line."""
    made = planned("on: {schedule: [{cron: '17 3 * * 1'}]}\njobs: {a: {runs-on: x, steps: [{run: echo}]}}", "schedule")

    assert made.delivery.payload["schedule"] == "17 3 * * 1"


def test_variables_are_hidden_from_forks(planned: Planner) -> None:
    """A condition over `vars` sees none in a fork's pull request."""
    source = jobs("a:\n  if: vars.GO == 'yes'", on="[push, pull_request]")

    assert planned(source, "push", variables={"GO": "yes"}).jobs[0].verdict is Verdict.RUNS
    assert planned(source, "fork_pr", variables={"GO": "yes"}).jobs[0].verdict is Verdict.SKIPPED


def test_plan_reads_no_file_twice(planned: Planner) -> None:
    """The same workflow gives the same plan each time."""
    source = WRITES + jobs("call:\n  uses: ./.github/workflows/c.yml")

    assert planned(source, files={"c.yml": CALLED}).jobs == planned(source, files={"c.yml": CALLED}).jobs


def test_workflow_of_two_levels_of_calls(planned: Planner) -> None:
    """Paths and names grow with each call; two levels down the doubt of the first still counts."""
    middle = "on: workflow_call\njobs: {inner: {uses: ./.github/workflows/c.yml}}"
    made = planned(
        WRITES + jobs("a:\n\nouter:\n  needs: a\n  if: needs.a.outputs.x\n  uses: ./.github/workflows/m.yml"),
        files={"c.yml": CALLED, "m.yml": middle},
    )

    assert made.jobs[1].path == ("outer", "inner")
    assert made.jobs[1].name == "outer / inner / Image "
    assert made.jobs[1].verdict is Verdict.UNDECIDED


def test_read_workflow_is_what_plan_takes() -> None:
    """A plan needs no more than a workflow and a delivery."""
    workflow = read_workflow("on: push\njobs: {a: {runs-on: x, steps: [{run: echo}]}}", path="x.yml")
    commits = Commits(base="a" * 40, head="b" * 40, merge="b" * 40, before="a" * 40)
    delivery = events.deliver(
        events.push(),
        Repository.parse("o/r"),
        commits,
        now=datetime(2026, 11, 24, tzinfo=UTC),
        run_id=1,
        run_number=1,
    )

    assert plan(workflow, delivery).triggered


CONFORMANCE = Path(__file__).parents[3] / "shared" / "conformance" / "workflows"


@pytest.mark.skipif(not CONFORMANCE.is_dir(), reason="the known workflow files are not beside the project")
def test_every_known_file_can_be_planned() -> None:
    """No file that can be read, and none that is refused, makes planning fail under any kind of event."""
    commits = Commits(base="a" * 40, head="b" * 40, merge="c" * 40, before="a" * 40)
    now = datetime(2026, 11, 24, tzinfo=UTC)
    repository = Repository.parse("o/r")
    deliveries = [
        events.deliver(events.from_text(kind), repository, commits, now=now, run_id=1, run_number=1)
        for kind in events.KINDS
    ]
    files = sorted(CONFORMANCE.glob("*.yml"))
    planned = 0
    for file in files:
        workflow: Workflow | WorkflowError
        try:
            workflow = read_workflow(file.read_text(encoding="utf-8").split("\n---\n")[1], path=file.name)
        except WorkflowError as error:
            workflow = error
        planned += sum(plan(workflow, delivery).path == file.name for delivery in deliveries)

    assert planned == len(files) * len(deliveries) > 0
