"""Builds with `type=gha` under events: who reads and writes what, alike on both builders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from pytest_cicache import events
from pytest_cicache.events import Repository
from pytest_cicache.observation import Run
from pytest_cicache.reporting import run_json
from pytest_cicache.simulation import EngineNames, Engines, Simulation

CLOCK = datetime(2026, 11, 24, 9, tzinfo=UTC)
MAIN = "refs/heads/main"
CI = """
    on: [push, pull_request, pull_request_target, workflow_dispatch, issue_comment]
    jobs:
      build:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v7
            with: {ref: "", allow-unsafe-pr-checkout: true}
          - uses: docker/setup-buildx-action@v4
          - id: build
            uses: docker/build-push-action@v7
            with:
              context: .
              provenance: false
              cache-from: type=gha
              cache-to: type=gha,mode=max
    """
DOCKERFILE = """
    FROM scratch
    COPY a.txt /a.txt
    COPY b.txt /b.txt
    """


@pytest.fixture(scope="module")
def embedded() -> Iterator[Engines]:
    with Engines(EngineNames(builder="simulated", registry="embedded")) as engines:
        yield engines


@pytest.fixture(scope="module")
def real() -> Iterator[Engines]:
    with Engines(EngineNames(builder="buildx", registry="embedded")) as engines:
        yield engines


@pytest.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.docker)])
def engines(request: pytest.FixtureRequest) -> Engines:
    made: Engines = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "ci.yml").write_text(dedent(CI))
    (folder / "Dockerfile").write_text(dedent(DOCKERFILE))
    (folder / "a.txt").write_text("a\n")
    (folder / "b.txt").write_text("b\n")
    return folder


@pytest.fixture
def simulation(engines: Engines, root: Path) -> Iterator[Simulation]:
    with Simulation(engines, root, Repository(owner="octo", name="app"), clock=CLOCK) as made:
        yield made


def told(run: Run) -> tuple[list[str], str]:
    """Each operation's kind, result and refs, and C for a cached step and R for one that ran."""
    operations = [
        " ".join([item.operation, item.result, *item.refs])
        for job in run.jobs
        for step in job.steps
        for item in step.operations
    ]
    vertices = [vertex for job in run.jobs for step in job.steps for build in step.builds for vertex in build.vertices]
    return operations, "".join("C" if vertex.cached else "R" for vertex in vertices)


def test_a_pull_request_reads_main_and_writes_for_itself(simulation: Simulation) -> None:
    first = simulation.run("ci.yml", events.main_merge())
    again = simulation.run("ci.yml", events.main_merge())
    pull = simulation.run("ci.yml", events.pr(number=7), changes={"b.txt": "changed\n"})
    pull_again = simulation.run("ci.yml", events.pr(number=7), changes={"b.txt": "changed\n"})
    main = simulation.run("ci.yml", events.main_merge(), changes={"b.txt": "changed\n"})

    log = pull.jobs[0].step("build").log
    listed = log.index("GitHub Actions runtime token ACs")
    assert log[listed + 1 : listed + 3] == ("refs/pull/7/merge: read/write", f"{MAIN}: read")
    assert told(first) == (["import not-found", f"export written {MAIN}"], "RR")
    assert told(again) == ([f"import hit {MAIN}", f"export written {MAIN}"], "CC")
    assert told(pull) == ([f"import hit {MAIN}", "export written refs/pull/7/merge"], "CR")
    assert pull.cache.imported_from("main") == [MAIN]
    assert {vertex.source for vertex in pull.cache.hits} == {"gha"}
    assert pull.uploaded > 0
    assert told(pull_again) == (
        [f"import hit {MAIN} refs/pull/7/merge", "export written refs/pull/7/merge"],
        "CC",
    )
    assert told(main) == ([f"import hit {MAIN}", f"export written {MAIN}"], "CR")


def test_the_entries_can_be_looked_at(simulation: Simulation) -> None:
    simulation.run("ci.yml", events.main_merge())
    simulation.run("ci.yml", events.pr(number=7), changes={"b.txt": "changed\n"})

    indexes = [(entry.key, entry.scope) for entry in simulation.cache_entries if entry.key.startswith("index-")]
    assert indexes == [("index-buildkit-1-f921bd05#1", MAIN), ("index-buildkit-1-3f31b38f#1", "refs/pull/7/merge")]


def test_a_fork_writes_for_its_own_pull_request_only(simulation: Simulation) -> None:
    simulation.run("ci.yml", events.main_merge())
    fork = simulation.run("ci.yml", events.fork_pr(number=8))
    other = simulation.run("ci.yml", events.fork_pr(number=9))

    assert told(fork) == ([f"import hit {MAIN}", "export written refs/pull/8/merge"], "CC")
    assert told(other) == ([f"import hit {MAIN}", "export written refs/pull/9/merge"], "CC")
    assert fork.conclusion == "success"


def test_a_read_only_token_fails_the_build_in_buildkits_words(simulation: Simulation) -> None:
    simulation.run("ci.yml", events.main_merge())
    refused = simulation.run("ci.yml", events.pr_target(), changes={})

    operations, steps = told(refused)
    export = refused.jobs[0].step("build").operations[-1]
    assert (operations, steps) == ([f"import hit {MAIN}", "export denied"], "CC")
    assert refused.conclusion == "failure"
    assert (export.status, export.fatal) == (403, True)
    assert export.message == "failed to reserve cache: cache write denied: token has no writable scopes"
    assert (
        refused.jobs[0].step("build").error
        == f"buildx failed with: ERROR: failed to build: failed to solve: {export.message}"
    )


def test_a_read_only_token_without_anything_to_import(simulation: Simulation) -> None:
    refused = simulation.run("ci.yml", events.issue_comment())

    export = refused.jobs[0].step("build").operations[-1]
    assert told(refused) == (["import not-found", "export denied"], "RR")
    assert export.message == (
        "error writing layer blob: failed to reserve cache: cache write denied: token has no writable scopes"
    )


def test_ignored_errors_leave_a_refused_export_a_success(simulation: Simulation) -> None:
    simulation.edit(".github/workflows/ci.yml", "mode=max", "mode=max,ignore-error=true")
    run = simulation.run("ci.yml", events.issue_comment())

    assert run.conclusion == "success"
    assert told(run) == (["import not-found", "export denied"], "RR")
    assert not run.jobs[0].step("build").operations[-1].fatal


def test_scopes_keep_indexes_apart(simulation: Simulation) -> None:
    workflow = ".github/workflows/ci.yml"
    simulation.edit(workflow, "cache-to: type=gha", "cache-to: type=gha,scope=one")
    first = simulation.run("ci.yml", events.main_merge())
    simulation.edit(
        workflow,
        "cache-from: type=gha",
        "cache-from: |\n            type=gha,scope=two\n            type=gha,scope=one",
    )
    second = simulation.run("ci.yml", events.main_merge())

    imports = second.cache.imports
    assert told(first)[0] == ["import not-found", f"export written {MAIN}"]
    assert [(item.cache_scope, item.result) for item in imports] == [("two", "not-found"), ("one", "hit")]
    assert {vertex.source for vertex in second.cache.hits} == {"gha:one"}
    assert [item.cache_scope for item in second.cache.exports] == ["one"]


@pytest.mark.parametrize(
    ("mode", "expected", "conclusion"),
    [
        ("read", [f"import hit {MAIN}", "export denied"], "failure"),
        ("write-only", ["import not-found", f"export written {MAIN}"], "success"),
        ("none", ["import not-found", "export denied"], "failure"),
    ],
)
def test_the_cache_mode_of_the_job_counts(
    simulation: Simulation, mode: str, expected: list[str], conclusion: str
) -> None:
    simulation.run("ci.yml", events.main_merge())
    simulation.edit(
        ".github/workflows/ci.yml", "runs-on: ubuntu-latest", f"runs-on: ubuntu-latest\n    cache-mode: {mode}"
    )
    run = simulation.run("ci.yml", events.main_merge())

    assert told(run)[0] == expected
    assert run.conclusion == conclusion


def test_entries_that_nobody_uses_for_a_week_are_gone(simulation: Simulation) -> None:
    simulation.run("ci.yml", events.main_merge())
    simulation.travel(days=6)
    used = simulation.run("ci.yml", events.pr(number=7))
    simulation.travel(days=6)
    still = simulation.run("ci.yml", events.pr(number=8))
    simulation.travel(days=8)
    gone = simulation.run("ci.yml", events.pr(number=9))

    assert [told(run)[0][0] for run in (used, still, gone)] == [
        f"import hit {MAIN}",
        f"import hit {MAIN}",
        "import not-found",
    ]


def test_a_full_cache_drops_what_was_used_least_recently(simulation: Simulation) -> None:
    simulation.run("ci.yml", events.main_merge())
    simulation.travel(hours=1)
    simulation.run("ci.yml", events.pr(number=7), changes={"a.txt": "changed\n"})
    newest = [entry for entry in simulation.cache_entries if entry.scope == "refs/pull/7/merge"]
    simulation.travel(hours=1)
    simulation.limit_cache(size=sum(entry.size for entry in newest))

    main = simulation.run("ci.yml", events.main_merge())

    assert told(main)[0][0] == "import not-found"


SCRIPT = """
    on: [push]
    jobs:
      build:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v7
          - uses: docker/setup-buildx-action@v4
          {more}
          - id: build
            run: docker buildx build --cache-from type=gha --cache-to type=gha,mode=max .
    """


def test_a_script_has_no_token_and_its_cache_is_left_out(simulation: Simulation) -> None:
    simulation.write(".github/workflows/script.yml", dedent(SCRIPT.replace("{more}", "- run: env")))
    run = simulation.run("script.yml", events.main_merge())

    step = run.jobs[0].step("build")
    assert told(run) == ([], "RR")
    assert step.note == "ignored: type=gha, since scripts get no ACTIONS_RUNTIME_TOKEN"
    assert "ACTIONS_R" not in "\n".join(line for each in run.jobs[0].steps for line in each.log)


def test_a_script_that_was_given_the_runtime_uses_the_cache(simulation: Simulation) -> None:
    more = "- uses: crazy-max/ghaction-github-runtime@v4"
    simulation.write(".github/workflows/script.yml", dedent(SCRIPT.replace("{more}", more)))
    first = simulation.run("script.yml", events.main_merge())
    second = simulation.run("script.yml", events.main_merge())

    assert told(first) == (["import not-found", f"export written {MAIN}"], "RR")
    assert told(second) == ([f"import hit {MAIN}", f"export written {MAIN}"], "CC")
    assert "ACTIONS_RUNTIME_TOKEN=***" in first.jobs[0].steps[2].log


def test_a_branch_reads_main_but_no_sibling(simulation: Simulation) -> None:
    simulation.run("ci.yml", events.push(branch="one"))
    sibling = simulation.run("ci.yml", events.push(branch="two"))
    simulation.run("ci.yml", events.main_merge())
    later = simulation.run("ci.yml", events.push(branch="two"))

    assert told(sibling)[0] == ["import not-found", "export written refs/heads/two"]
    assert told(later)[0] == [f"import hit {MAIN} refs/heads/two", "export written refs/heads/two"]


@pytest.mark.docker
def test_both_builders_tell_the_same(embedded: Engines, real: Engines, root: Path) -> None:
    stories = [_tell(engines, root, _story) for engines in (embedded, real)]

    assert stories[0] == stories[1]


def _story(simulation: Simulation) -> None:
    simulation.run("ci.yml", events.main_merge())
    simulation.run("ci.yml", events.pr(number=7), changes={"a.txt": "changed\n"})
    simulation.run("ci.yml", events.pr_target())
    simulation.run("ci.yml", events.fork_pr(number=8), changes={"b.txt": "changed\n"})
    simulation.run("ci.yml", events.main_merge(), changes={"b.txt": "changed\n"})


def _tell(engines: Engines, root: Path, play: Callable[[Simulation], None]) -> list[dict[str, Any]]:
    with Simulation(engines, root, Repository(owner="octo", name="app"), clock=CLOCK) as simulation:
        play(simulation)
        runs = [run_json(run) for run in simulation.runs]
    for run in runs:
        del run["bytes"], run["scenario"]["builder"]
        for step in (step for job in run["jobs"] for step in job["steps"]):
            step["outputs"].pop("metadata", None)
    return runs
