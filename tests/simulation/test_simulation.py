"""Whole runs: events, commits, registry, clock, stand-ins."""

from __future__ import annotations

import json
from datetime import timedelta
from textwrap import dedent

import pytest

from pytest_cicache import events
from pytest_cicache.errors import UsageError, WorkflowError
from pytest_cicache.reporting import run_json, story
from pytest_cicache.simulation import Simulation, repository_of

WORKFLOW = ".github/workflows/ci.yml"


def said(run) -> str:
    """What the last step printed."""
    return run.job("build").step("said").log[-1]


CALLED_FOR_MORE = """
on: workflow_call
permissions: {packages: write}
jobs:
  a:
    runs-on: ubuntu-latest
    steps: [{run: echo}]
"""


def test_a_merge_fills_the_cache_and_the_next_one_uses_it(simulation):
    """Every step runs once, then comes from the cache."""
    first = simulation.run("ci.yml", events.main_merge())
    second = simulation.run("ci.yml", events.main_merge())

    assert first.conclusion == "success"
    assert len(first.cache.misses) == 2
    assert first.tags.added == {"main"}
    assert second.cache.misses == []
    assert second.cache.imported_from("main") == ["ghcr.io/octo/app:main"]
    assert simulation.tags("octo/app") == ("main",)


def test_a_fork_reads_and_may_not_write(simulation):
    """The export is denied, and the run goes on because errors are ignored."""
    simulation.run("ci.yml", events.main_merge())
    run = simulation.run("ci.yml", events.fork_pr())

    assert run.token.packages == "read"
    assert run.cache.misses == []
    assert [item.status for item in run.denied] == [403]
    assert run.tags.added == set()
    assert run.conclusion == "success"


def test_a_pull_request_changes_its_own_files(simulation):
    """`changes` of a pull request miss from the changed file on, and stay its own."""
    simulation.run("ci.yml", events.main_merge())
    pull = simulation.run("ci.yml", events.pr(), changes={"b.txt": "other\n"})
    again = simulation.run("ci.yml", events.pr())
    main = simulation.run("ci.yml", events.main_merge())

    for run in (pull, again):
        assert [vertex.cached for vertex in run.builds[0].vertices] == [True, False]
    assert main.cache.misses == []


CHECKS_OUT = """
on:
  pull_request:
  issue_comment:
  workflow_run: {workflows: [X]}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
        with:
          ref: ${{ github.event.workflow_run.head_sha || format('refs/pull/{0}/merge', github.event.issue.number) }}
          allow-unsafe-pr-checkout: true
      - {id: it, run: 'echo "a=$(cat a.txt)" >> "$GITHUB_OUTPUT"'}
      - {uses: actions/checkout@v7, with: {path: own}}
      - {id: own, run: 'echo "a=$(cat own/a.txt)" >> "$GITHUB_OUTPUT"'}
"""


@pytest.mark.parametrize("kind", ["workflow_run", "issue_comment"])
@pytest.mark.parametrize("opened", [True, False])
def test_an_event_about_a_pull_request_knows_its_commits(simulation, kind, opened):
    """A step may check them out, whether the pull request ran before or comes with the event."""
    simulation.write(WORKFLOW, CHECKS_OUT)
    own = simulation.read("a.txt")
    changes = {"a.txt": "of the pull request"}
    if opened:
        simulation.run(WORKFLOW, events.fork_pr(), changes=changes)
    job = simulation.run(WORKFLOW, events.from_text(kind), changes={} if opened else changes).jobs[0]

    assert job.step("it").outputs == {"a": "of the pull request"}
    assert job.step("own").outputs == {"a": own.strip()}


def test_an_event_without_a_commit_changes_nothing(simulation):
    """Changes that nobody would see are an error."""
    with pytest.raises(UsageError, match="release comes with no commit that could change files"):
        simulation.run("ci.yml", events.release(), changes={"a.txt": "x"})


def test_a_push_keeps_its_changes(simulation):
    """`changes` of a push to the default branch are there for the next event."""
    simulation.run("ci.yml", events.main_merge(), changes={"a.txt": "other\n"})
    run = simulation.run("ci.yml", events.fork_pr())

    assert run.cache.misses == []
    assert simulation.read("a.txt") == "other\n"


def test_an_edited_working_tree_counts(simulate, root):
    """What is not committed is simulated; the folder itself stays as it is."""
    (root / "b.txt").write_text("edited\n")
    simulation = simulate()
    simulation.write("a.txt", "in the simulation only\n")

    assert simulation.read("b.txt") == "edited\n"
    assert simulation.read("a.txt") == "in the simulation only\n"
    assert (root / "a.txt").read_text() == "a\n"


def test_edit_read_and_write(simulation):
    """Files of the default branch can be changed; what is not there is an error."""
    simulation.edit("a.txt", "a", "edited")
    assert simulation.read("a.txt") == "edited\n"
    simulation.write("a.txt", None)

    with pytest.raises(UsageError, match=r"the repository has no file 'a\.txt'"):
        simulation.read("a.txt")
    with pytest.raises(UsageError, match=r"'b\.txt' does not contain the text 'x'"):
        simulation.edit("b.txt", "x", "y")


def test_the_clock(simulation):
    """Steps see the simulation's time."""
    first = simulation.run("ci.yml", events.main_merge())
    simulation.travel(days=8)
    second = simulation.run("ci.yml", events.main_merge())

    assert said(first).endswith("2026-11-24")
    assert said(second).endswith("2026-12-02")
    assert simulation.clock - timedelta(days=8) == simulation.clock.replace(month=11, day=24)


def test_inputs_of_a_dispatch(simulation):
    """Inputs are typed and have defaults."""
    default = simulation.run("ci.yml", events.workflow_dispatch())
    given = simulation.run("ci.yml", events.workflow_dispatch(), inputs={"who": "me", "loud": "true"})

    assert said(default).startswith("nobody false ")
    assert said(given).startswith("me true ")


def test_secrets_and_variables(simulation):
    """They are given to the repository; a fork sees neither."""
    simulation.secret("KEY", "hidden-value")
    simulation.variable("V", "open")

    assert " *** open " in said(simulation.run("ci.yml", events.main_merge()))
    assert "open" not in said(simulation.run("ci.yml", events.fork_pr()))


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        pytest.param(events.main_merge(), "success", id="push"),
        pytest.param(events.fork_pr(), "failure", id="fork"),
        pytest.param(events.dependabot_pr(), "failure", id="dependabot"),
    ],
)
def test_a_personal_access_token_in_a_secret(simulation, event, outcome):
    """It writes the owner's packages whatever the job's token may (trap T16), where the event has secrets."""
    simulation.secret("PAT", "ghp_of_the_owner")
    simulation.edit(WORKFLOW, "secrets.GITHUB_TOKEN", "secrets.PAT")
    simulation.edit(WORKFLOW, "packages: write", "packages: none")
    run = simulation.run("ci.yml", event)

    assert run.conclusion == outcome
    assert run.tags.added == ({"main"} if outcome == "success" else set())
    assert ("Password required" in run.log) == (outcome == "failure")


@pytest.mark.parametrize("name", ["a-b", "GITHUB_TOKEN", "github_x", "1A", "", "a b"])
def test_names_that_github_refuses(simulation, name):
    """No repository has such a secret or variable."""
    for give in (simulation.secret, simulation.variable):
        with pytest.raises(UsageError, match=f"'{name}' is no name of a (secret|variable): it has letters"):
            give(name, "x")


def test_placeholders_for_every_secret(simulation):
    """`*` gives every secret the workflow names a value, where the event may have any."""
    simulation.secret("*", "")

    assert "***" in said(simulation.run("ci.yml", events.main_merge()))
    assert "***" not in said(simulation.run("ci.yml", events.fork_pr()))


NAMED_BY_SECRETS = """
on: push
permissions: {contents: read, packages: write}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - uses: docker/setup-buildx-action@v3
      - uses: docker/login-action@v3
        with: {username: "${{ secrets.NAME }}", password: "${{ secrets.PASSWORD }}"}
      - uses: docker/login-action@v3
        with: {registry: ghcr.io, username: x, password: "${{ github.token }}"}
      - uses: docker/build-push-action@v6
        with:
          push: true
          tags: "${{ secrets.NAME }}/app:1,ghcr.io/octo/app:1"
          cache-to: "type=registry,ref=ghcr.io/${{ secrets.NAME }}/app:cache"
      - run: docker buildx imagetools create -t "ghcr.io/${{ secrets.NAME }}/app:2" ghcr.io/octo/app:1
"""


def test_what_is_named_by_a_placeholder_is_unknown(simulation):
    """Whether such a package may be written is not known, and a login says nothing either way."""
    simulation.secret("*", "")
    simulation.write(WORKFLOW, NAMED_BY_SECRETS)
    run = simulation.run("ci.yml", events.push(branch="main"))

    found = {(str(item.operation), item.reference): str(item.result) for item in run.operations}
    assert found[("login", "docker.io")] == "ok"
    assert found[("push", "docker.io/<secrets.NAME>/app:1")] == "unknown"
    assert found[("export", "ghcr.io/<secrets.NAME>/app:cache")] == "unknown"
    assert found[("push", "ghcr.io/<secrets.NAME>/app:2")] == "unknown"
    assert run.tags.added == {"1"}


@pytest.mark.parametrize("name", ["ci.yml", WORKFLOW, f"./{WORKFLOW}"])
def test_names_of_workflows(simulation, name):
    """A path, or the name of a file in .github/workflows."""
    assert simulation.run(name, events.fork_pr()).triggered


def test_a_workflow_that_is_not_there(simulation):
    """The error lists those that are."""
    with pytest.raises(UsageError, match=r"no workflow 'x\.yml' in .*/app; there is ci\.yml"):
        simulation.run("x.yml", events.main_merge())


def test_a_workflow_that_cannot_be_read(simulation):
    """GitHub's problem is raised with its position."""
    simulation.write(WORKFLOW, "on: push\njobs: {a: {steps: []}}\n")

    with pytest.raises(WorkflowError, match=r"^\.github/workflows/ci\.yml:2:"):
        simulation.run("ci.yml", events.main_merge())


def test_an_event_that_is_not_let_in(simulation):
    """No job runs, and the run says why."""
    run = simulation.run("ci.yml", events.push(branch="other"))

    assert (run.triggered, run.conclusion, run.jobs) == (False, "skipped", ())
    assert "main" in run.reason


def test_a_call_that_asks_for_more(simulation):
    """A startup failure in GitHub's words, and no job."""
    simulation.write(
        ".github/workflows/called.yml",
        "on: workflow_call\njobs: {b: {runs-on: x, permissions: {packages: write}, steps: [{run: 'true'}]}}\n",
    )
    simulation.write(WORKFLOW, "on: push\njobs:\n  c:\n    uses: ./.github/workflows/called.yml\n")
    run = simulation.run("ci.yml", events.main_merge())

    assert run.conclusion == "startup_failure"
    assert run.error.startswith("Invalid workflow file: .github/workflows/ci.yml#L3\nThe workflow is not valid. ")
    assert "The nested job 'b' is requesting 'packages: write', but is only allowed 'packages: read'." in run.error


def test_a_call_that_asks_for_more_fails_no_event_that_is_not_let_in(simulation):
    """The filters of the file come first: GitHub looks at what it calls when it starts a run."""
    simulation.write(".github/workflows/c.yml", CALLED_FOR_MORE)
    simulation.write(WORKFLOW, "on: push\njobs:\n  call:\n    uses: ./.github/workflows/c.yml\n")

    run = simulation.run(WORKFLOW, events.release())

    assert (run.conclusion, run.triggered) == ("skipped", False)
    assert run.reason == "the workflow runs on push, not on release"
    assert simulation.run(WORKFLOW, events.push()).conclusion == "startup_failure"


def test_a_workflow_of_a_folder_at_hand(simulate, tmp_path):
    """Remote workflows and actions come from folders that are named."""
    other = tmp_path / "other"
    (other / ".github" / "workflows").mkdir(parents=True)
    (other / ".github" / "workflows" / "w.yml").write_text(
        "on: workflow_call\njobs: {b: {runs-on: x, steps: [{id: s, uses: other/tools/act@v1}]}}\n"
    )
    (other / "act").mkdir()
    (other / "act" / "action.yml").write_text(
        "name: x\nruns: {using: composite, steps: [{shell: bash, run: 'cat \"$GITHUB_ACTION_PATH/text\"'}]}\n"
    )
    (other / "act" / "text").write_text("from the folder\n")
    simulation = simulate(sources={"other/tools": other})
    simulation.write(WORKFLOW, "on: push\njobs:\n  c:\n    uses: other/tools/.github/workflows/w.yml@v1\n")
    run = simulation.run("ci.yml", events.main_merge())

    assert "from the folder" in run.job("b").step("s").log


def test_packages_that_exist(simulation):
    """A package that does not grant this repository denies even main."""
    simulation.package("octo/app", visibility="public", linked="octo/another")
    run = simulation.run("ci.yml", events.main_merge())

    assert run.denied
    assert all(item.message.endswith("denied: permission_denied: write_package") for item in run.denied)


@pytest.mark.parametrize(
    ("name", "settings", "match"),
    [
        ("app", {}, "a package is owner/name, not 'app'"),
        ("o/p", {"visibility": "open"}, "unknown visibility 'open'; it is one of "),
        ("o/p", {"access": {"o/r": "owner"}}, "unknown access level 'owner'; "),
    ],
)
def test_packages_that_cannot_be(simulation, name, settings, match):
    """Other words are errors that list the right ones."""
    with pytest.raises(UsageError, match=match):
        simulation.package(name, **settings)


def test_one_job(simulation):
    """`job` runs that one; an unknown one is an error that lists them."""
    assert [job.id for job in simulation.run("ci.yml", events.fork_pr(), job="build").jobs] == ["build"]
    with pytest.raises(UsageError, match=rf"{WORKFLOW} has no job 'x'; its jobs are build"):
        simulation.run("ci.yml", events.fork_pr(), job="x")


def test_legs_by_their_values(simulation):
    """Numbers and booleans of a matrix are what people write, in a test as in the file."""
    simulation.write(
        WORKFLOW,
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        "    strategy: {matrix: {node: [18, 20], fast: [true]}}\n    steps: [{run: echo}]\n",
    )
    run = simulation.run(WORKFLOW, events.push())

    assert [repr(job.matrix["node"]) for job in run.jobs] == ["18", "20"]
    assert run.job("a", node=18, fast=True) == run.job("a", node="18", fast="true")
    assert len(simulation.run(WORKFLOW, events.push(), job="a", matrix={"node": 20, "fast": True}).jobs) == 1


def test_stand_ins(simulation):
    """For commands, actions, steps and jobs."""
    simulation.write(
        WORKFLOW,
        """
on: push
jobs:
  one: {runs-on: x, container: y, outputs: {a: none}, steps: [{run: 'true'}]}
  two:
    needs: one
    runs-on: x
    steps:
      - {id: act, uses: some/action@v1}
      - {id: step, run: exit 1}
      - {id: cmd, run: 'mytool x; echo ${{ needs.one.outputs.a }}${{ steps.act.outputs.a }}${{ steps.step.outputs.a }}'}
""",
    )
    simulation.stub_job("one", a="1")
    simulation.stub_action("some/action", a="2")
    simulation.stub_step("two", "step", a="3")
    simulation.stub("mytool", 'echo "mytool got $1"')
    run = simulation.run("ci.yml", events.main_merge())

    assert run.job("two").step("cmd").log[-2:] == ("mytool got x", "123")
    assert run.assumptions == ()


def test_simulations_do_not_meet(simulate):
    """Each has a registry of its own."""
    one, other = simulate(), simulate()
    one.run("ci.yml", events.main_merge())
    run = other.run("ci.yml", events.main_merge())

    assert len(run.cache.misses) == 2
    assert run.tags.added == {"main"}


def test_what_ran_before_is_in_the_scenario(simulation):
    """The events so far, in order."""
    simulation.run("ci.yml", events.main_merge())
    run = simulation.run("ci.yml", events.fork_pr())

    assert run.scenario.after == ("main_merge",)
    assert [done.scenario.event for done in simulation.runs] == ["main_merge", "fork_pr"]


def test_requests_belong_to_steps(simulation):
    """Every request to the registry tells its job and step, and its bytes count."""
    run = simulation.run("ci.yml", events.main_merge())

    assert {request.step for request in run.requests} <= {"__docker_login-action", "__docker_login_action", "build"}
    assert run.uploaded > 0


def test_registry_names_are_the_workflows(simulation):
    """Neither the log nor any operation shows the loopback address."""
    simulation.run("ci.yml", events.main_merge())
    run = simulation.run("ci.yml", events.fork_pr())

    assert "127.0.0.1" not in run.log
    assert "127.0.0.1" not in repr(run.operations)
    assert "ghcr.io/octo/app" in run.log


def test_git_in_the_workspace_is_the_events_commit(simulation):
    """`github.sha` is what git says after a check-out."""
    simulation.write(
        WORKFLOW,
        "on: [push, pull_request]\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v7\n"
        '      - {id: s, run: \'test "$(git rev-parse HEAD)" = "${{ github.sha }}" && git branch --show-current\'}\n',
    )

    assert simulation.run("ci.yml", events.main_merge()).job("a").step("s").log[-1] == "main"
    assert simulation.run("ci.yml", events.fork_pr()).conclusion == "success"


def test_the_git_context_builds_the_merge_commit(simulation):
    """Without `context`, a pull request's build sees its changes."""
    text = simulation.read(WORKFLOW).replace("context: .", "push: false")
    simulation.write(WORKFLOW, text)
    simulation.run("ci.yml", events.main_merge())
    run = simulation.run("ci.yml", events.pr(), changes={"b.txt": "other\n"})

    assert run.conclusion == "success", run.log
    assert [vertex.cached for vertex in run.builds[0].vertices] == [True, False]


SIDE_BY_SIDE = """
    on: push
    jobs:
      build:
        strategy: {matrix: {n: [1, 2]}}
        runs-on: x
        steps:
          - uses: actions/checkout@v7
          - uses: docker/setup-buildx-action@v4
          - run: docker buildx build .
          - run: docker buildx build .
    """


def test_legs_side_by_side_do_not_share_a_builder(engines, root):
    """Each leg is cold when it begins, also while another builds, and warm at its own second build."""
    (root / ".github" / "workflows" / "ci.yml").write_text(dedent(SIDE_BY_SIDE))
    with Simulation(engines, root, repository_of(root, "octo/app")) as simulation:
        run = simulation.run("ci.yml", events.push())

    for job in run.jobs:
        cached = [[vertex.cached for vertex in build.vertices] for step in job.steps for build in step.builds]
        assert cached == [[False, False], [True, True]]


RACE = """
    on: push
    permissions: {packages: write}
    jobs:
      export:
        runs-on: x
        steps:
          - uses: actions/checkout@v7
          - uses: docker/login-action@v4
            with: {registry: ghcr.io, username: u, password: "${{ secrets.GITHUB_TOKEN }}"}
          - uses: docker/setup-buildx-action@v4
          - run: docker buildx build --cache-to type=registry,ref=ghcr.io/octo/app:c,mode=max .
      import:
        NEEDS
        runs-on: x
        steps:
          - uses: actions/checkout@v7
          - uses: docker/login-action@v4
            with: {registry: ghcr.io, username: u, password: "${{ secrets.GITHUB_TOKEN }}"}
          - uses: docker/setup-buildx-action@v4
          - run: docker buildx build --cache-from type=registry,ref=ghcr.io/octo/app:c .
    """


@pytest.mark.parametrize(("needs", "cached"), [("needs: export", True), ("", None)])
def test_a_job_beside_the_one_that_exports_may_hit_or_miss(engines, root, needs, cached):
    """Only `needs` makes sure that an export is there; without it the hit is unknown, and the story says why."""
    text = dedent(RACE).replace("NEEDS", needs)
    (root / ".github" / "workflows" / "ci.yml").write_text(text)
    with Simulation(engines, root, repository_of(root, "octo/app")) as simulation:
        run = simulation.run("ci.yml", events.push())

    vertices = [vertex for step in run.job("import").steps for build in step.builds for vertex in build.vertices]
    assert [vertex.cached for vertex in vertices] == [cached, cached]
    told = "not sure: 'export' writes ghcr.io/octo/app:c, 'import' reads it, and nothing says which comes first"
    assert any(told in line for line in story(run)) is (cached is None)


ONLY_CALLED = """
    on:
      workflow_call:
        inputs: {tag: {type: string, required: true}}
    permissions: {packages: write}
    jobs:
      build: {runs-on: x, steps: [{id: said, run: 'echo "${{ inputs.tag }} ${{ github.event_name }}"'}]}
      other: {runs-on: x, steps: [{run: 'true'}]}
    """


@pytest.mark.parametrize(
    ("options", "line"),
    [({}, "tag push"), ({"inputs": {"tag": "v1"}}, "v1 push"), ({"job": "build"}, "tag push")],
    ids=["placeholder", "input", "one-job"],
)
def test_a_workflow_that_is_only_called_runs_with_a_caller(engines, root, options, line):
    """A stand-in calls it under the event; inputs are the call's, and a job is one of its own."""
    (root / ".github" / "workflows" / "shared.yml").write_text(dedent(ONLY_CALLED))
    with Simulation(engines, root, repository_of(root, "octo/app")) as simulation:
        run = simulation.run("shared.yml", events.push(), **options)

    assert said(run) == line
    assert [job.name for job in run.jobs] == ["call / build", "call / other"][: 1 if "job" in options else 2]
    assert run.job("build").token.packages == "write"
    assert "it runs only when called" in story(run)[1]


@pytest.mark.parametrize(
    ("script", "inputs", "conclusion"),
    [
        pytest.param('test "${{ inputs.tag }}" = v1', {}, "success", id="a script that is given the placeholder"),
        pytest.param('test "$TAG" = v1', {}, "success", id="a variable that is"),
        pytest.param("cd apps/${{ inputs.tag }}", {}, "success", id="a folder that is named by it"),
        pytest.param("exit 3 # tagged", {}, "failure", id="a script that is not"),
        pytest.param('test "$TAG" = v1', {"tag": "v2"}, "failure", id="an input that somebody gave"),
    ],
)
def test_a_script_that_fails_on_a_placeholder_is_assumed(engines, root, script, inputs, conclusion):
    """Nobody knows what it would make of a real input; the assumption names the input."""
    step = f"run: {json.dumps(script)}" + (", env: {TAG: '${{ inputs.tag }}'}" if "$TAG" in script else "")
    text = dedent(ONLY_CALLED).replace("run: 'true'", step)
    (root / ".github" / "workflows" / "shared.yml").write_text(text)
    with Simulation(engines, root, repository_of(root, "octo/app")) as simulation:
        run = simulation.run("shared.yml", events.push(), inputs=inputs)

    assert run.conclusion == conclusion
    told = [item.what for item in run.assumptions]
    assert (["on a placeholder of the input tag" in what for what in told]) == [True] * (conclusion == "success")


STEP_NAMES = """
on: push
jobs:
  a:
    runs-on: x
    steps:
      - {uses: actions/checkout@v7}
      - {id: v, run: 'echo "x=$(cargo version)" >>"$GITHUB_OUTPUT"'}
      - {run: 'docker buildx build --build-arg A=${{ secrets.KEY }} --build-arg B=${{ steps.v.outputs.x }} .'}
"""


def test_names_of_build_steps_show_no_secret_and_no_marker(simulation):
    """BuildKit puts the values of arguments into some of them."""
    simulation.secret("KEY", "hidden-value")
    simulation.write("Dockerfile", "FROM scratch\nARG A B\nWORKDIR /$A/${B}\nRUN use\n")
    simulation.write(WORKFLOW, STEP_NAMES)
    build = simulation.run(WORKFLOW, events.push()).builds[0]
    told = [*(vertex.name for vertex in build.vertices), *build.traits, *map(str, build.traits.values()), *build.layers]

    assert any("***" in text and "<the output of cargo>" in text for text in told)
    assert not any("hidden-value" in text or "qzxjv" in text for text in told)


def test_callers_see_the_edits_of_the_simulation(engines, root, tmp_path):
    """Another repository's workflow calls this one's as it is edited here, actions of it too."""
    (root / ".github" / "workflows" / "shared.yml").write_text(dedent(ONLY_CALLED))
    site = tmp_path / "site" / ".github" / "workflows"
    site.mkdir(parents=True)
    (site / "ci.yml").write_text(
        "on: push\npermissions: {packages: write}\njobs:\n"
        "  call: {uses: octo/app/.github/workflows/shared.yml@v1, with: {tag: mine}}\n"
        "  act: {runs-on: x, steps: [{id: said, uses: octo/app/tell@v1}]}\n"
    )
    action = "name: T\ndescription: t\nruns: {using: composite, steps: [{run: echo told, shell: bash}]}\n"
    sources = {"acme/site": tmp_path / "site"}
    with Simulation(engines, root, repository_of(root, "octo/app"), sources=sources) as simulation:
        simulation.edit(".github/workflows/shared.yml", "echo", "echo edited")
        simulation.write("tell/action.yml", action)
        run = simulation.caller("acme/site").run("ci.yml", events.push())

        assert said(run) == "edited mine push"
        assert run.job("act").step("said").log[-1] == "told"
        assert run.scenario.repository == "acme/site"
        assert simulation.every_run == [run]
        assert simulation.caller("ACME/site") is simulation.caller("acme/site")
        with pytest.raises(UsageError, match="no folder is known for the repository 'acme/else'; the sources are acme"):
            simulation.caller("acme/else")


def test_a_workflow_that_only_the_pull_request_adds(engines, root):
    """It is read at the merge commit, where it is."""
    text = "on: pull_request\njobs: {build: {runs-on: x, steps: [{id: said, run: echo new}]}}\n"
    with Simulation(engines, root, repository_of(root, "octo/app")) as simulation:
        run = simulation.run("new.yml", events.pr(), changes={".github/workflows/new.yml": text})

    assert said(run) == "new"


HEADS = """
on: [push, pull_request]
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
        with: {ref: "${{ github.event.pull_request.head.sha }}"}
      - id: it
        run: git rev-parse HEAD; git log -1 --format=%H; git status --porcelain; git cat-file -t HEAD
"""


@pytest.mark.parametrize(
    "event",
    [
        events.fork_pr(head_sha="aaaabbbbccccddddeeeeffff0000111122223333"),
        events.main_merge(sha="aaaabbbbccccddddeeeeffff0000111122223333"),
    ],
    ids=["head of a pull request", "pushed"],
)
def test_commits_that_the_event_names(simulation, event):
    """A recorded payload names commits; check-out finds them, and git calls them so."""
    simulation.write(WORKFLOW, HEADS)
    run = simulation.run("ci.yml", event)

    assert run.job("a").step("it").log[-3:] == (*["aaaabbbbccccddddeeeeffff0000111122223333"] * 2, "commit")


def test_an_event_may_be_a_text(simulation):
    """As on the command line."""
    run = simulation.run("ci.yml", "fork_pr:number=12")

    assert (run.scenario.event, run.delivery.event.number) == ("fork_pr", 12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda it: it.run("ci.yml", 3), "an event is an Event or a text such as 'fork_pr:number=12', not 3"),
        (lambda it: it.run("ci.yml", "pr", changes=["a"]), r"changes are files, path to text or None, not \['a'\]"),
        (lambda it: it.run("ci.yml", "pr", changes={"a": 1}), "changes are files, path to text or None, not 'a': 1"),
        (lambda it: it.run("ci.yml", "workflow_dispatch", inputs="a=b"), "inputs are values by name, not 'a=b'"),
        (lambda it: setattr(it, "clock", "2026-11-27"), "a clock is a datetime with a time zone, not '2026-11-27'"),
        (lambda it: it.travel(fortnights=1), "a journey is days=, hours=, minutes= or seconds=: .*fortnights"),
        (lambda it: it.allow("sh", "no-such-command"), "this machine has no command 'no-such-command'"),
        (lambda it: it.faults.on_token(status=99), "status=99: the status of an HTTP answer is 200 to 599"),
        (lambda it: it.faults.on_token(reset=True, method="PUTT"), "method='PUTT' is none; did you mean 'PUT'"),
        (lambda it: it.faults.on_token(statsu=500), "did you mean 'status'"),
    ],
)
def test_a_wrong_argument_is_a_usage_error(simulation, call, message):
    """Not an AttributeError somewhere below."""
    with pytest.raises(UsageError, match=message):
        call(simulation)


USES_STUBS = """
on: push
jobs:
  one: {runs-on: ubuntu-latest, steps: [{run: brief --case, id: brief}, {uses: o/a@v1}, {run: "false", id: no}]}
  two: {needs: one, runs-on: ubuntu-latest, steps: [{run: "false"}]}
"""


def test_stand_ins_that_nothing_used(simulation):
    """Each kind is told apart by what it stood in for."""
    simulation.write(WORKFLOW, USES_STUBS)
    simulation.stub("brief", 'echo "brief $1"')
    simulation.stub("long")
    for name in ("o/a", "o/b"):
        simulation.stub_action(name)
    for name in ("no", "nope"):
        simulation.stub_step("one", name)
    for name in ("two", "twoo"):
        simulation.stub_job(name)

    before = simulation.unused_stubs
    run = simulation.run("ci.yml", "push")

    assert before == ()
    assert run.conclusion == "success"
    assert "brief --case" in run.job("one").step("brief").log
    assert simulation.unused_stubs == (
        "nothing used the stand-in for the command 'long'",
        "nothing used the stand-in for the action 'o/b'; the actions are o/a",
        "nothing used the stand-in for the step 'one/nope'; did you mean 'one/no'? the steps are "
        "one/__o_a, one/brief, one/no, two/__run",
        "nothing used the stand-in for the job 'twoo'; did you mean 'two'? the jobs are one, two",
    )


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ('{run: "echo sorry; exit 3", id: it}', "Process completed with exit code 3. (sorry)"),
        ("{uses: actions/checkout@v7, with: {ref: nowhere}}", "A branch or tag with the name 'nowhere' could not be"),
    ],
)
def test_a_failed_run_says_why(simulation, step, why):
    """The first job that failed, its step and the step's words; a run that did not fail says nothing."""
    simulation.write(WORKFLOW, f"on: push\njobs:\n  a: {{runs-on: ubuntu-latest, steps: [{step}]}}\n")
    failed = simulation.run("ci.yml", "push")
    simulation.write(WORKFLOW, "on: push\njobs:\n  a: {runs-on: ubuntu-latest, steps: [{run: echo}]}\n")

    assert failed.error.startswith("job 'a' failed: step 'Run ")
    assert why in failed.error
    assert simulation.run("ci.yml", "push:branch=other").error is None


def test_an_output_that_holds_a_secret_is_dropped_with_a_warning(simulation):
    """In the log, the JSON and the story; the others are kept."""
    simulation.secret("KEY", "s3cret-word")
    simulation.write(
        WORKFLOW,
        """
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            outputs: {open: "${{ steps.it.outputs.open }}", image: "ghcr.io/${{ steps.it.outputs.key }}/app"}
            steps:
              - id: it
                run: printf 'open=1\\nkey=%s\\n' "$KEY" >> "$GITHUB_OUTPUT"
                env: {KEY: "${{ secrets.KEY }}"}
        """,
    )

    run = simulation.run("ci.yml", "push")

    warning = "Skip output 'image' since it may contain secret."
    assert run.job("a").outputs == {"open": "1"}
    assert run.job("a").warnings == (warning,)
    assert run.log.splitlines()[-1] == f"Warning: {warning}"
    assert run_json(run)["jobs"][0]["warnings"] == [warning]
    assert f"    warning: {warning}" in story(run)
    assert "s3cret-word" not in run.log


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("push", None),
        ("fork_pr", "GitHub gives a fork's pull request no secrets"),
        ("dependabot_pr", "GitHub gives Dependabot only the Dependabot secrets"),
        (
            "pull_request_target:actor=dependabot[bot]",
            "GitHub gives Dependabot's pull request no secrets under pull_request_target",
        ),
    ],
)
def test_an_empty_secret_is_named_where_its_absence_fails_a_step(simulation, event, reason):
    """With why GitHub withholds it; not where the step does not name it, nor where it has a value."""
    simulation.secret("SET", "s3cret-word") if reason else None
    text = """
        on: [push, pull_request, pull_request_target]
        env: {TOKEN: "${{ secrets.SET }}", OTHER: "${{ secrets.OTHER }}"}
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - {id: fine, run: "echo ${{ secrets.SET }}"}
              - {id: it, run: 'test -n "$TOKEN"'}
    """
    simulation.write(WORKFLOW, text)

    job = simulation.run("ci.yml", event).job("a")

    assert [(item.name, item.reason) for item in job.step("it").empty_secrets] == [("SET", reason)]
    assert job.step("fine").empty_secrets == ()


def test_a_cache_of_a_package_that_does_not_exist_says_so(simulation):
    """ghcr.io's word for it is denied, as for one that may not be read."""
    text = "octo/app does not exist: ghcr.io says denied of it to who may not create it"
    before = simulation.run("ci.yml", "fork_pr")
    simulation.run("ci.yml", "main_merge")
    after = simulation.run("ci.yml", "fork_pr")

    assert [item.result for item in before.cache.imports] == ["denied"]
    assert f"  {text}" in story(before)
    assert not any(text in line for line in story(after))
