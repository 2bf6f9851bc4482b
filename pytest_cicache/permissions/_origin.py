"""Whose work an event runs, as far as GitHub trusts it: what decides token, secrets and variables."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from pytest_cicache.events import PULL_REQUEST_FAMILY

if TYPE_CHECKING:
    from pytest_cicache.events import Delivery

__all__ = ["Origin", "origin_of"]

_DEPENDABOT_EVENTS = frozenset(
    {
        "create",
        "deployment",
        "deployment_status",
        "pull_request",
        "pull_request_review",
        "pull_request_review_comment",
        "push",
    }
)
"""Events on which Dependabot's runs are restricted (its page in GitHub's code security docs)."""


class Origin(StrEnum):
    """Where a run's code or content comes from."""

    TRUSTED = "the repository"
    FORK = "a fork's pull request"
    DEPENDABOT = "Dependabot"
    DEPENDABOT_TARGET = "Dependabot's pull request, under pull_request_target"


def origin_of(delivery: Delivery) -> Origin:
    """Give the origin of a run; pull_request_target, workflow_run and comments are the repository's own."""
    if delivery.name == "pull_request_target":
        return Origin.DEPENDABOT_TARGET if delivery.is_dependabot else Origin.TRUSTED
    if delivery.is_fork and delivery.name in PULL_REQUEST_FAMILY:
        return Origin.FORK
    if delivery.is_dependabot and delivery.name in _DEPENDABOT_EVENTS:
        return Origin.DEPENDABOT
    return Origin.TRUSTED
