"""Whose work an event runs, as far as GitHub trusts it: what decides token, secrets and variables."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from pytest_cicache.events import PULL_REQUEST_FAMILY

if TYPE_CHECKING:
    from pytest_cicache.events import Delivery

__all__ = ["TokenOrigin", "origin_of"]

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


class TokenOrigin(StrEnum):
    """Where a run's code or content comes from."""

    TRUSTED = "the repository"
    FORK = "a fork's pull request"
    DEPENDABOT = "Dependabot"
    DEPENDABOT_TARGET = "Dependabot's pull request, under pull_request_target"


def origin_of(delivery: Delivery) -> TokenOrigin:
    """Give the origin of a run; pull_request_target, workflow_run and comments are the repository's own."""
    if delivery.name == "pull_request_target":
        return TokenOrigin.DEPENDABOT_TARGET if delivery.is_dependabot else TokenOrigin.TRUSTED
    if delivery.is_fork and delivery.name in PULL_REQUEST_FAMILY:
        return TokenOrigin.FORK
    if delivery.is_dependabot and delivery.name in _DEPENDABOT_EVENTS:
        return TokenOrigin.DEPENDABOT
    return TokenOrigin.TRUSTED
