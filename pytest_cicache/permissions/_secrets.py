"""Which secrets and variables a job sees, by event and origin.

Sources of the rules: docs/rules/permissions.md. GitHub's two pages on Dependabot disagree; Dependabot's own is
followed: such runs see the Dependabot secrets. That a fork's pull request sees no variables is told in
https://github.com/orgs/community/discussions/44322.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cicache.events import DeploymentEnvironment
from pytest_cicache.permissions._origin import TokenOrigin, origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_cicache.events import Delivery

__all__ = ["secret_source", "visible_secrets", "visible_variables", "withheld_because"]

_WITHHELD = {
    TokenOrigin.FORK: "GitHub gives a fork's pull request no secrets",
    TokenOrigin.DEPENDABOT: "GitHub gives Dependabot only the Dependabot secrets",
    TokenOrigin.DEPENDABOT_TARGET: "GitHub gives Dependabot's pull request no secrets under pull_request_target",
}
GITHUB_TOKEN = "GITHUB_TOKEN"  # noqa: S105 - a name


def secret_source(delivery: Delivery) -> str:
    """Give `github.secret_source`: `Actions`, `Dependabot` or `None`."""
    origin = origin_of(delivery)
    settings = delivery.repository.settings
    if origin is TokenOrigin.DEPENDABOT:
        return "Dependabot"
    if origin is TokenOrigin.DEPENDABOT_TARGET:
        return "None"
    if origin is TokenOrigin.FORK and not (settings.fork_secrets and not delivery.repository.is_public):
        return "None"
    return "Actions"


def withheld_because(delivery: Delivery) -> str | None:
    """Say why a run does not see the repository's secrets; `None` where it does."""
    if secret_source(delivery) == "Actions":
        return None
    return _WITHHELD[origin_of(delivery)]


def visible_secrets(delivery: Delivery, *, token: str | None = None, environment: str | None = None) -> dict[str, str]:
    """Give the `secrets` of a job of the workflow itself; environment secrets win over the repository's.

    `token` becomes `GITHUB_TOKEN`, which every job has. `environment` is the job's `environment:` name.
    """
    source = secret_source(delivery)
    visible: dict[str, str] = {}
    if source == "Actions":
        visible = _merged(delivery.repository.secrets, _environment(delivery, environment).secrets)
    elif source == "Dependabot":
        visible = dict(delivery.repository.dependabot_secrets)
    return visible | ({GITHUB_TOKEN: token} if token is not None else {})


def visible_variables(delivery: Delivery, *, environment: str | None = None) -> dict[str, str]:
    """Give the `vars` of a job: the repository's, and the environment's over them; a fork's sees none."""
    origin = origin_of(delivery)
    settings = delivery.repository.settings
    if origin is TokenOrigin.FORK and not settings.fork_variables:
        return {}
    if origin is TokenOrigin.DEPENDABOT and not settings.dependabot_variables:
        return {}
    return _merged(delivery.repository.variables, _environment(delivery, environment).variables)


def _environment(delivery: Delivery, name: str | None) -> DeploymentEnvironment:
    environments = {key.lower(): value for key, value in delivery.repository.environments.items()}
    return environments.get((name or "").lower(), DeploymentEnvironment())


def _merged(below: Mapping[str, str], above: Mapping[str, str]) -> dict[str, str]:
    """Lay one mapping over another; names ignore case, as GitHub's do."""
    hidden = {name.lower() for name in above}
    return {name: value for name, value in below.items() if name.lower() not in hidden} | dict(above)
