"""Git's remote in a job: the simulation's own repository, with the token's rights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent, indent

import pytest

from pytest_cicache import events
from pytest_cicache.events import Repository
from pytest_cicache.observation import StepResult
from pytest_cicache.simulation import Engines, Simulation

from .conftest import CLOCK

HEAD = """
on: [push, pull_request]
permissions: {PERMISSIONS}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
"""
CHECK_OUT = "- uses: actions/checkout@v6\n"
NAME = "git config user.name n; git config user.email n@example.org\n"

Act = Callable[..., StepResult]


class Scene:
    """A repository whose one workflow is given step by step."""

    def __init__(self, engines: Engines, root: Path, *, visibility: str = "public") -> None:
        self.root = root
        (root / ".github" / "workflows").mkdir(parents=True)
        (root / ".github" / "workflows" / "ci.yml").write_text("on: push\njobs: {}\n")
        (root / "lock.txt").write_text("1\n")
        repository = Repository(owner="octo", name="app", visibility=visibility)
        self.simulation = Simulation(engines, root, repository, clock=CLOCK)

    def run(
        self, script: str, *, permissions: str = "contents: read", event: str = "push", before: str = CHECK_OUT
    ) -> StepResult:
        """Run a job of a check-out and a script, and give the script's step, or the one that failed before."""
        steps = before + "- id: it\n  run: |\n" + indent(dedent(script), "    ")
        workflow = HEAD.replace("PERMISSIONS", permissions) + indent(steps, "      ")
        self.simulation.write(".github/workflows/ci.yml", workflow)
        made = {"push": events.push(branch="main"), "fork_pr": events.fork_pr()}[event]
        ((*_, last),) = [job.steps for job in self.simulation.run("ci.yml", made).jobs]
        return last

    def failed(self, **how: str) -> StepResult:
        """The step that failed."""
        self.run("true", **how)
        return next(step for step in self.simulation.runs[-1].jobs[0].steps if step.error)


@pytest.fixture
def scene(engines: Engines, tmp_path: Path):
    """A public repository."""
    made = Scene(engines, tmp_path / "app")
    yield made
    made.simulation.close()


@pytest.fixture
def private(engines: Engines, tmp_path: Path):
    """A private repository."""
    made = Scene(engines, tmp_path / "private", visibility="private")
    yield made
    made.simulation.close()


@pytest.mark.parametrize(
    "address",
    [
        "origin",
        "https://github.com/octo/app",
        "https://github.com/Octo/App.git",
        "git@github.com:octo/app.git",
        "ssh://git@github.com/octo/app.git",
        "ssh://git@ssh.github.com:443/octo/app.git",
    ],
)
def test_every_address_of_the_repository_is_the_simulations(scene, address):
    """Listing, and where it is one, fetching and cloning."""
    step = scene.run(
        f"""
        git ls-remote --heads {address} main | cut -f 2
        git fetch --quiet {address} main && git rev-parse FETCH_HEAD HEAD | uniq | wc -l
        [ {address} = origin ] || git clone --quiet {address} "$RUNNER_TEMP/clone"
        [ {address} = origin ] || cat "$RUNNER_TEMP/clone/lock.txt"
        """
    )

    assert step.error is None, step.log
    assert step.log[-3:][:2] == ("refs/heads/main", "1") or step.log[-2:] == ("refs/heads/main", "1")


def test_the_address_of_origin_is_the_one_on_github(scene):
    """No trick shows."""
    assert scene.run("git remote get-url origin").log[-1] == "https://github.com/octo/app"


def test_another_repository_is_not_at_hand(scene):
    """It is looked for where git would, and there is no network."""
    step = scene.run("git ls-remote https://github.com/octo/other 2>&1 || echo status $?", before="")

    assert step.log[-1] == "status 128"


def test_a_push_without_contents_write_is_refused_in_githubs_words(scene):
    """403, and the branch stays."""
    step = scene.run("git push origin HEAD:refs/heads/generated")

    assert step.error == "Process completed with exit code 128."
    assert step.log[-3:-1] == (
        "remote: Permission to octo/app.git denied to github-actions[bot].",
        "fatal: unable to access 'https://github.com/octo/app/': The requested URL returned error: 403",
    )
    assert scene.run("git ls-remote --heads origin | cut -f 2").log[-1] == "refs/heads/main"


def test_a_fork_may_not_push_whatever_the_file_says(scene):
    """Its token reads."""
    step = scene.run("git push origin HEAD:refs/heads/x", permissions="contents: write", event="fork_pr")

    assert "denied to github-actions[bot]" in "\n".join(step.log)


def test_a_push_moves_the_branch_for_later_runs(scene):
    """They see the commit that the job made."""
    script = NAME + "echo 2 > lock.txt; git commit -qam 'Make two'; git push origin HEAD:main"
    assert scene.run(script, permissions="contents: write").error is None

    assert scene.run("cat lock.txt").log[-1] == "2"
    assert scene.simulation.read("lock.txt") == "2\n"


def test_a_new_branch_and_a_tag_can_be_pushed_and_deleted(scene):
    """As far as listing tells."""
    listed = "git ls-remote origin | cut -f 2 | sort"
    made = scene.run(
        f"git push origin HEAD:refs/heads/new; git tag v1; git push origin v1; {listed}", permissions="contents: write"
    )
    gone = scene.run(f"git push origin --delete new; {listed}", permissions="contents: write")

    assert made.log[-4:] == ("HEAD", "refs/heads/main", "refs/heads/new", "refs/tags/v1")
    assert gone.log[-3:] == ("HEAD", "refs/heads/main", "refs/tags/v1")


def test_credentials_that_were_not_kept_do_not_push(scene):
    """`persist-credentials: false`: git has nothing to present, until the script gives it something."""
    before = CHECK_OUT + "  with: {persist-credentials: false}\n"
    refused = scene.run("git push origin HEAD:refs/heads/x", permissions="contents: write", before=before)
    token = "https://x-access-token:${{ github.token }}@github.com/octo/app"
    given = scene.run(f"git push {token} HEAD:refs/heads/x", permissions="contents: write", before=before)

    assert "could not read Username for 'https://github.com'" in "\n".join(refused.log)
    assert given.error is None


def test_a_pull_request_is_there_by_its_number(scene):
    """Its head and its merge."""
    script = "git fetch -q origin refs/pull/$(cut -d/ -f3 <<< $GITHUB_REF)/head && git rev-parse FETCH_HEAD"
    step = scene.run(script, event="fork_pr")

    assert step.log[-1] == scene.simulation.runs[-1].plan.delivery.commits.head


def test_private_and_no_contents_is_not_found(private):
    """For actions/checkout, and for git itself."""
    step = private.failed(permissions="packages: write")
    own = private.run("git ls-remote https://github.com/octo/app", permissions="packages: write", before="")

    assert step.id != "it"
    assert step.error == "fatal: repository 'https://github.com/octo/app/' not found"
    assert "remote: Repository not found." in step.log
    assert "could not read Username" in "\n".join(own.log)


def test_private_with_contents_and_public_without_are_checked_out(scene, private):
    """The two that work."""
    assert private.run("cat lock.txt").log[-1] == "1"
    assert scene.run("cat lock.txt", permissions="packages: write").log[-1] == "1"


def test_a_secret_reads_and_writes_whatever_the_token_may(private):
    """A personal access token has rights of its own; one that is not set is missing."""
    before = CHECK_OUT + "  with: {token: '${{ secrets.PAT }}'}\n"
    unset = private.failed(permissions="packages: write", before=before)
    private.simulation.repository = replace(private.simulation.repository, secrets={"PAT": "ghp_1234567890"})
    step = private.run("git push origin HEAD:refs/heads/x", permissions="packages: write", before=before)

    assert unset.error == "Input required and not supplied: token"
    assert step.error is None


def test_tags_that_were_fetched_are_those_of_the_real_repository(scene):
    """Which nobody knows."""
    step = scene.run("git fetch --tags --quiet origin; echo last=$(git tag --list 'v*' | tail -n 1) >> $GITHUB_OUTPUT")

    assert step.outputs == {"last": "<the output of git tag>"}


def test_a_refused_push_is_no_doubt(scene):
    """Whatever was assumed before: the repository's answer is known."""
    before = CHECK_OUT + "- run: git fetch --tags origin; echo tag=$(git tag --list | tail -n 1) >> $GITHUB_OUTPUT\n"
    step = scene.run("cargo build; git push origin HEAD:refs/heads/x", before=before)

    assert step.error == "Process completed with exit code 128."
    assert scene.simulation.runs[-1].conclusion == "failure"
