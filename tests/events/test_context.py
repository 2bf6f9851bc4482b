"""The `github` context and the default environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_cicache.events import Delivery, default_environment, github_context

if TYPE_CHECKING:
    from collections.abc import Callable

PATH = ".github/workflows/ci.yml"
HEAD = "b" * 40


def context(delivery: Delivery, **fields: object) -> dict[str, object]:
    """The context of a run of a workflow named CI."""
    return github_context(delivery, **{"workflow_name": "CI", "workflow_path": PATH} | fields)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("event_name", "pull_request", id="event_name"),
        pytest.param("ref", "refs/pull/7/merge", id="ref"),
        pytest.param("ref_name", "7/merge", id="ref_name"),
        pytest.param("ref_type", "branch", id="ref_type"),
        pytest.param("ref_protected", False, id="ref_protected"),
        pytest.param("sha", "c" * 40, id="sha"),
        pytest.param("head_ref", "patch-1", id="head_ref"),
        pytest.param("base_ref", "main", id="base_ref"),
        pytest.param("repository", "Octo-Org/App", id="repository"),
        pytest.param("repository_owner", "Octo-Org", id="repository_owner"),
        pytest.param("repository_visibility", "public", id="repository_visibility"),
        pytest.param("repositoryUrl", "git://github.com/Octo-Org/App.git", id="repositoryUrl"),
        pytest.param("actor", "contributor", id="actor"),
        pytest.param("triggering_actor", "contributor", id="triggering_actor"),
        pytest.param("run_id", "4000000001", id="run_id-is-text"),
        pytest.param("run_number", "12", id="run_number-is-text"),
        pytest.param("run_attempt", "1", id="run_attempt-is-text"),
        pytest.param("retention_days", "90", id="retention_days"),
        pytest.param("workflow", "CI", id="workflow"),
        pytest.param("workflow_ref", f"Octo-Org/App/{PATH}@refs/pull/7/merge", id="workflow_ref"),
        pytest.param("workflow_sha", "c" * 40, id="workflow_sha"),
        pytest.param("server_url", "https://github.com", id="server_url"),
        pytest.param("api_url", "https://api.github.com", id="api_url"),
        pytest.param("graphql_url", "https://api.github.com/graphql", id="graphql_url"),
        pytest.param("workspace", "/home/runner/work/App/App", id="workspace"),
        pytest.param("secret_source", "Actions", id="secret_source"),
        pytest.param("token", None, id="token-is-null-outside-jobs"),
        pytest.param("job", None, id="job-is-null-outside-jobs"),
    ],
)
def test_context_field(receive: Callable[..., Delivery], key: str, value: object) -> None:
    """The fields of the `github` context of a fork's pull request [CX]."""
    assert context(receive("fork_pr"))[key] == value


def test_context_holds_the_payload_and_its_ids(receive: Callable[..., Delivery]) -> None:
    """`github.event` is the payload, and ids are those of the payload as texts."""
    delivery = receive("fork_pr")
    github = context(delivery)

    assert github["event"] is delivery.payload
    assert github["repository_id"] == str(delivery.payload["repository"]["id"])
    assert github["repository_owner_id"] == str(delivery.payload["organization"]["id"])
    assert github["actor_id"] == str(delivery.payload["sender"]["id"])


def test_workflow_without_name_is_named_by_its_path(receive: Callable[..., Delivery]) -> None:
    """`github.workflow` falls back to the path [CX]."""
    assert context(receive("push"), workflow_name=None)["workflow"] == PATH


@pytest.mark.parametrize("event", ["schedule", "workflow_dispatch"])
def test_payload_names_the_workflow_file(receive: Callable[..., Delivery], event: str) -> None:
    """A dispatch and a schedule name the file they start [LW]."""
    assert context(receive(event), workflow_path="x.yml")["event"]["workflow"] == "x.yml"


def test_job_gets_token_and_paths(receive: Callable[..., Delivery]) -> None:
    """Inside a job, token, job id and the paths of the runner are filled."""
    github = context(
        receive("push"), job_id="build", token="ghs_x", workspace="/w", event_path="/e", secret_source="None"
    )

    assert (github["job"], github["token"], github["workspace"]) == ("build", "ghs_x", "/w")
    assert (github["event_path"], github["secret_source"]) == ("/e", "None")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        pytest.param("CI", "true", id="CI"),
        pytest.param("GITHUB_ACTIONS", "true", id="GITHUB_ACTIONS"),
        pytest.param("GITHUB_REF", "refs/heads/feature", id="GITHUB_REF"),
        pytest.param("GITHUB_REF_NAME", "feature", id="GITHUB_REF_NAME"),
        pytest.param("GITHUB_REF_TYPE", "branch", id="GITHUB_REF_TYPE"),
        pytest.param("GITHUB_REF_PROTECTED", "false", id="GITHUB_REF_PROTECTED"),
        pytest.param("GITHUB_SHA", HEAD, id="GITHUB_SHA"),
        pytest.param("GITHUB_HEAD_REF", "", id="GITHUB_HEAD_REF"),
        pytest.param("GITHUB_BASE_REF", "", id="GITHUB_BASE_REF"),
        pytest.param("GITHUB_EVENT_NAME", "push", id="GITHUB_EVENT_NAME"),
        pytest.param("GITHUB_REPOSITORY", "Octo-Org/App", id="GITHUB_REPOSITORY"),
        pytest.param("GITHUB_REPOSITORY_OWNER", "Octo-Org", id="GITHUB_REPOSITORY_OWNER"),
        pytest.param("GITHUB_RUN_ID", "4000000001", id="GITHUB_RUN_ID"),
        pytest.param("GITHUB_JOB", "build", id="GITHUB_JOB"),
        pytest.param("GITHUB_WORKFLOW", "CI", id="GITHUB_WORKFLOW"),
        pytest.param("GITHUB_ACTOR", "maintainer", id="GITHUB_ACTOR"),
        pytest.param("GITHUB_ACTION", "__run", id="GITHUB_ACTION"),
        pytest.param("GITHUB_ACTION_PATH", "/a", id="GITHUB_ACTION_PATH-in-actions"),
        pytest.param("GITHUB_OUTPUT", "/o", id="GITHUB_OUTPUT"),
        pytest.param("RUNNER_OS", "Linux", id="RUNNER_OS"),
        pytest.param("RUNNER_ARCH", "ARM64", id="RUNNER_ARCH-overridden"),
        pytest.param("RUNNER_ENVIRONMENT", "github-hosted", id="RUNNER_ENVIRONMENT"),
        pytest.param("RUNNER_TOOL_CACHE", "/opt/hostedtoolcache", id="RUNNER_TOOL_CACHE"),
    ],
)
def test_default_variable(receive: Callable[..., Delivery], variable: str, value: str) -> None:
    """The default variables follow from the `github` context [VR]."""
    github = context(receive("push"), job_id="build") | {"action": "__run", "action_path": "/a"}
    environment = default_environment(github, runner={"arch": "ARM64"}, files={"output": "/o"})

    assert environment[variable] == value


def test_variables_that_are_not_set(receive: Callable[..., Delivery]) -> None:
    """The token is no variable [WS], and what only an action has stays away from other steps."""
    environment = default_environment(context(receive("push"), token="ghs_x"))

    assert "ghs_x" not in environment.values()
    assert not {"GITHUB_TOKEN", "GITHUB_ACTION_PATH", "GITHUB_OUTPUT"} & set(environment)
    assert environment["GITHUB_JOB"] == ""
