"""actions/checkout."""

from __future__ import annotations

import pytest

from pytest_cicache.errors import UnsupportedError

REFUSED = "Refusing to check out fork pull request code from a '"


@pytest.mark.parametrize(
    ("inputs", "field", "value"),
    [
        ({}, "ref", ""),
        ({"ref": "refs/heads/x"}, "ref", "refs/heads/x"),
        ({}, "path", "."),
        ({"path": "a/b"}, "path", "a/b"),
        ({}, "clean", True),
        ({"clean": "false"}, "clean", False),
        ({}, "depth", 1),
        ({"fetch-depth": "0"}, "depth", 0),
        ({"fetch-depth": "-5"}, "depth", 0),
        ({"fetch-depth": "all"}, "depth", 1),
        ({"repository": "Octo/App"}, "ref", ""),
    ],
)
def test_what_is_laid_out(use, inputs, field, value):
    """Inputs become a check-out."""
    assert getattr(use("actions/checkout@v7", inputs=inputs).check_out, field) == value


@pytest.mark.parametrize(
    ("event", "inputs", "outputs"),
    [
        pytest.param("push", {}, {"ref": "refs/heads/feature", "commit": "b" * 40}, id="default"),
        pytest.param("pr", {}, {"ref": "refs/pull/7/merge", "commit": "c" * 40}, id="pull request"),
        pytest.param("push", {"ref": "v1"}, {"ref": "v1"}, id="named"),
        pytest.param("push", {"ref": "d" * 40}, {"ref": "d" * 40, "commit": "d" * 40}, id="sha"),
    ],
)
def test_outputs(use, event, inputs, outputs):
    """The ref and, when it is known, the commit."""
    assert use("actions/checkout@v7", event=event, inputs=inputs).outputs == outputs


@pytest.mark.parametrize(
    ("inputs", "error"),
    [
        ({"repository": "app"}, "Invalid repository 'app'. Expected format {owner}/{repo}."),
        ({"repository": "a/b/c"}, "Invalid repository 'a/b/c'. Expected format {owner}/{repo}."),
        ({"path": "../x"}, "Repository path '../x' is not under '/home/runner/work/app/app'"),
        ({"path": "/x"}, "Repository path '/x' is not under '/home/runner/work/app/app'"),
    ],
)
def test_errors(use, inputs, error):
    """The action's own messages."""
    assert use("actions/checkout@v7", inputs=inputs).error == error


def test_another_repository_is_not_at_hand(use):
    """It is named as not simulated."""
    with pytest.raises(UnsupportedError, match="another repository, 'other/thing', is not simulated; only octo/app"):
        use("actions/checkout@v7", inputs={"repository": "other/thing"})


def test_the_head_repository_of_a_pull_request(use):
    """A workflow on pull_request may check the fork out by name."""
    fork = use("actions/checkout@v7", event="fork_pr", inputs={"repository": "contributor/app", "ref": "b" * 40})

    assert fork.check_out.ref == "b" * 40


HEAD = {"ref": "b" * 40}
MERGE = {"ref": "refs/pull/7/merge"}


@pytest.mark.parametrize(
    ("version", "event", "inputs", "refused"),
    [
        pytest.param("v7", "pr_target", HEAD, True, id="head sha"),
        pytest.param("v7", "pr_target", {"ref": "c" * 40}, True, id="merge sha"),
        pytest.param("v7", "pr_target", MERGE, True, id="merge ref"),
        pytest.param("v7", "pr_target", {"ref": "refs/pull/99/head"}, True, id="another pull request"),
        pytest.param("v7", "pr_target", {}, False, id="default ref"),
        pytest.param("v7", "pr_target", {"ref": "main"}, False, id="branch"),
        pytest.param("v7", "pr_target", {**HEAD, "allow-unsafe-pr-checkout": "true"}, False, id="opted in"),
        pytest.param("v4", "pr_target", HEAD, True, id="floating tag of an older major"),
        pytest.param("v7.0.1", "pr_target", HEAD, True, id="full tag of v7"),
        pytest.param("v6.0.2", "pr_target", HEAD, False, id="full tag before v7"),
        pytest.param("8" * 40, "pr_target", HEAD, False, id="pinned sha"),
        pytest.param("v7", "workflow_run", HEAD, True, id="workflow_run of a fork"),
        pytest.param("v7", "workflow_run", {}, False, id="workflow_run, default ref"),
        pytest.param("v7", "fork_pr", HEAD, False, id="pull_request"),
        pytest.param("v7", "push", HEAD, False, id="push"),
    ],
)
def test_a_forks_code_in_a_trusted_run(use, version, event, inputs, refused):
    """checkout v7 refuses what the base repository's trust would run."""
    effect = use(f"actions/checkout@{version}", event=event, inputs=inputs)

    assert bool(effect.error and effect.error.startswith(REFUSED)) is refused
    assert (effect.check_out is None) is refused


def test_the_refusal_names_the_fork_by_repository(use):
    """Naming the fork's repository is refused too."""
    effect = use("actions/checkout@v7", event="pr_target", inputs={"repository": "contributor/app", "ref": "main"})

    assert effect.error.startswith(f"{REFUSED}pull_request_target' workflow.")


def test_the_head_repository_without_a_ref(use):
    """Its default branch is meant."""
    fork = use("actions/checkout@v7", event="fork_pr", inputs={"repository": "contributor/app"})

    assert fork.check_out.ref == "refs/heads/main"


def test_a_pull_request_of_this_repository_is_trusted(use):
    """The refusal is about forks only."""
    effect = use("actions/checkout@v7", event="pr_target:head_repository=octo/app", inputs=HEAD)

    assert effect.error is None
