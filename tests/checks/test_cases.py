"""Under which events, and with which settings, a workflow is run before it is judged."""

from __future__ import annotations

from collections.abc import Callable

from pytest_cicache.events import Repository
from pytest_cicache.simulation import Engines
from pytest_cicache.survey import Survey
from tests.checks.samples import BUILD, HEAD, IMPORT, LOGIN, ON_MAIN

UNDECLARED = HEAD.replace("permissions: {contents: read, packages: write}\n", "")
WRITES = f"{UNDECLARED}{LOGIN}{BUILD}{IMPORT}          cache-to: {ON_MAIN}\n"
EXPORT = "export ghcr.io/octo-org/app:cache"
CI = ".github/workflows/ci.yml"


def test_default_permissions_are_those_with_which_a_workflow_works(surveyed: Callable[..., Survey]) -> None:
    """Unless somebody says what they are."""
    assert surveyed({"ci.yml": WRITES}).record(CI).conduct["main_merge"][EXPORT] == "written"


def test_a_call_that_the_default_permissions_allow_is_no_error(surveyed: Callable[..., Survey]) -> None:
    """In a repository that gives its tokens write such a call starts; one that declares less never does."""
    call = "on: pull_request\njobs:\n  image: {uses: ./.github/workflows/image.yml}\n"
    image = f"{HEAD}{LOGIN}{BUILD}".replace("  push: {branches: [main]}\n  pull_request:", "  workflow_call:")

    assert surveyed({"ci.yml": call, "image.yml": image}).findings(CI, "caller-grants-less") == ()
    declared = surveyed({"ci.yml": call.replace("jobs:", "permissions: {contents: read}\njobs:")})
    assert len(declared.findings(CI, "caller-grants-less")) == 1


def test_another_login_needs_no_permissions(surveyed: Callable[..., Survey]) -> None:
    """A person's token writes packages whatever the job's may do."""
    login = LOGIN.replace("secrets.GITHUB_TOKEN", "secrets.PERSONAL")

    assert surveyed({"ci.yml": WRITES.replace(LOGIN, login)}).findings(CI, "undeclared-permissions") == ()


def test_known_default_permissions_stay(surveyed: Callable[..., Survey], engines: Engines) -> None:
    """And a declared `permissions:` has the last word anyway."""
    root = surveyed({"ci.yml": WRITES}).root
    known = Survey(root, Repository(owner="octo-org", name="app"), lambda: engines, knows_permissions=True)
    declared = surveyed({"ci.yml": WRITES.replace("jobs:", "permissions: {packages: read, contents: read}\njobs:")})

    assert known.record(CI).conduct["main_merge"][EXPORT] == "denied"
    assert declared.record(CI).conduct["main_merge"][EXPORT] == "denied"


def test_a_manual_run_has_unknown_inputs(surveyed: Callable[..., Survey]) -> None:
    """What it requires and no file tells; of a list the first."""
    inputs = "{version: {required: true}, kind: {type: choice, required: true, options: [lean, full]}}"
    head = HEAD.replace("  push: {branches: [main]}\n  pull_request:", f"  workflow_dispatch: {{inputs: {inputs}}}")
    build = (
        BUILD + "          push: true\n          tags: ghcr.io/octo-org/app:${{ inputs.kind }}-${{ inputs.version }}\n"
    )

    record = surveyed({"ci.yml": head + LOGIN + build}).record(CI)

    assert record.seed == "workflow_dispatch"
    assert record.conduct["workflow_dispatch"]["push ghcr.io/octo-org/app:lean-<inputs.version>"] == "unknown"


def test_workflow_run_follows_a_push_too(surveyed: Callable[..., Survey]) -> None:
    """One that looks at the default branch alone never follows a fork's pull request."""
    trigger = "workflow_run: {workflows: [CI], branches: [main]}"
    head = HEAD.replace("push: {branches: [main]}\n  pull_request:", trigger)

    record = surveyed({"ci.yml": head + BUILD}).record(CI)

    assert list(record.conduct) == ["repeat", "workflow_run_after_push"]


def test_a_push_to_another_branch_takes_one_that_the_workflow_names(surveyed: Callable[..., Survey]) -> None:
    """Where it does not take any; such a branch leaves no tags without bound."""
    head = HEAD.replace("branches: [main]", "branches: [main, next]")
    build = f"{BUILD}          push: true\n          tags: ghcr.io/octo-org/app:${{{{ github.ref_name }}}}\n"
    survey = surveyed({"ci.yml": f"{head.replace('  pull_request:', '')}{LOGIN}{build}"})

    assert survey.record(CI).conduct["push"]["push ghcr.io/octo-org/app:next"] == "pushed"
    assert survey.findings(CI, "unbounded-tags") == ()


def test_a_refused_push_is_no_step_that_runs_again(surveyed: Callable[..., Survey]) -> None:
    """Nothing is kept then, whatever the next run does."""
    denied = WRITES.replace("jobs:", "permissions: {packages: read, contents: read}\njobs:")

    assert surveyed({"ci.yml": denied}).findings(CI, "repeat-not-cached") == ()


def test_what_a_failed_build_would_export_nobody_can_tell(surveyed: Callable[..., Survey]) -> None:
    """So nobody says that nothing exports what it imports."""
    files = {"ci.yml": f"{HEAD}{BUILD}          cache-from: type=gha\n          cache-to: type=gha,mode=max\n"}

    assert (
        surveyed({**files, "Dockerfile": "FROM debian:12\nCOPY absent /\n"}).findings(CI, "import-without-export") == ()
    )
