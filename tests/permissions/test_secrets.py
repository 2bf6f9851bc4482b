"""Secrets and variables by event and origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_cicache.events import Delivery, DeploymentEnvironment
from pytest_cicache.permissions import TokenOrigin, origin_of, secret_source, visible_secrets, visible_variables

if TYPE_CHECKING:
    from collections.abc import Callable

STORED = {
    "secrets": {"KEY": "repository", "Other": "x"},
    "variables": {"REGION": "eu", "Tier": "1"},
    "dependabot_secrets": {"KEY": "dependabot"},
    "environments": {"Prod": DeploymentEnvironment(secrets={"key": "prod"}, variables={"tier": "2"})},
}
PRIVATE = {"visibility": "private"}
SENT = {"fork_workflows": True, "fork_secrets": True}

ROWS = [
    # event, repository, origin, source, KEY, REGION
    pytest.param("push", {}, TokenOrigin.TRUSTED, "Actions", "repository", "eu", id="SE-push"),
    pytest.param("pr", {}, TokenOrigin.TRUSTED, "Actions", "repository", "eu", id="WS-same-repository"),
    pytest.param("fork_pr", {}, TokenOrigin.FORK, "None", None, None, id="WS-public-fork"),
    pytest.param("fork_pr", PRIVATE, TokenOrigin.FORK, "None", None, None, id="PV-private-fork"),
    pytest.param(
        "fork_pr",
        PRIVATE | {"settings": SENT},
        TokenOrigin.FORK,
        "Actions",
        "repository",
        None,
        id="PV-send-secrets",
    ),
    pytest.param("fork_pr", {"settings": SENT}, TokenOrigin.FORK, "None", None, None, id="PV-not-for-public"),
    pytest.param(
        "fork_pr",
        {"settings": {"fork_variables": True}},
        TokenOrigin.FORK,
        "None",
        None,
        "eu",
        id="variables-switch",
    ),
    pytest.param("dependabot_pr", {}, TokenOrigin.DEPENDABOT, "Dependabot", "dependabot", None, id="DPB-pull_request"),
    pytest.param(
        "dependabot_pr",
        {"settings": {"dependabot_variables": True}},
        TokenOrigin.DEPENDABOT,
        "Dependabot",
        "dependabot",
        "eu",
        id="dependabot-variables-switch",
    ),
    pytest.param(
        "push:actor=dependabot[bot]", {}, TokenOrigin.DEPENDABOT, "Dependabot", "dependabot", None, id="DPB-push"
    ),
    pytest.param(
        "pull_request_target:actor=dependabot[bot]",
        {},
        TokenOrigin.DEPENDABOT_TARGET,
        "None",
        None,
        "eu",
        id="DT-target",
    ),
    pytest.param("pr_target", {}, TokenOrigin.TRUSTED, "Actions", "repository", "eu", id="EV-target"),
    pytest.param("workflow_run", {}, TokenOrigin.TRUSTED, "Actions", "repository", "eu", id="EV-workflow_run"),
    pytest.param("issue_comment", {}, TokenOrigin.TRUSTED, "Actions", "repository", "eu", id="PT-issue_comment"),
    pytest.param("merge_group", {}, TokenOrigin.TRUSTED, "Actions", "repository", "eu", id="merge_group"),
    pytest.param("schedule", {}, TokenOrigin.TRUSTED, "Actions", "repository", "eu", id="SE-schedule"),
    pytest.param("release", {}, TokenOrigin.TRUSTED, "Actions", "repository", "eu", id="SE-release"),
    pytest.param(
        "pull_request_review:head_repository=a/b", {}, TokenOrigin.FORK, "None", None, None, id="WS-review-of-fork"
    ),
]


@pytest.mark.parametrize(("event", "repository", "origin", "source", "key", "region"), ROWS)
def test_secrets_and_variables(
    receive: Callable[..., Delivery],
    event: str,
    repository: dict[str, object],
    origin: TokenOrigin,
    source: str,
    key: str | None,
    region: str | None,
) -> None:
    """Who sees which secrets and variables."""
    delivery = receive(event, **STORED | repository)

    assert origin_of(delivery) is origin
    assert secret_source(delivery) == source
    assert visible_secrets(delivery).get("KEY") == key
    assert visible_variables(delivery).get("REGION") == region


def test_every_job_has_its_token(receive: Callable[..., Delivery]) -> None:
    """GITHUB_TOKEN is there for a fork too, and is all that it sees."""
    assert visible_secrets(receive("fork_pr", **STORED), token="ghs_x") == {"GITHUB_TOKEN": "ghs_x"}


def test_environment_wins_over_the_repository(receive: Callable[..., Delivery]) -> None:
    """Environment secrets and variables replace the repository's; names ignore case [SE]."""
    delivery = receive("push", **STORED)

    assert visible_secrets(delivery, environment="prod") == {"Other": "x", "key": "prod"}
    assert visible_variables(delivery, environment="PROD") == {"REGION": "eu", "tier": "2"}
    assert visible_secrets(delivery, environment="other") == dict(STORED["secrets"])


def test_fork_sees_no_environment_secrets(receive: Callable[..., Delivery]) -> None:
    """A fork's pull request gets nothing from an environment either."""
    assert visible_secrets(receive("fork_pr", **STORED), environment="prod") == {}
