"""Every event that GitHub Actions knows: its activity types, filters and the rule that gives its ref.

Facts of https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
and of GitHub's workflow schema (workflow-v1.0.json of actions/languageservices), read 2026-11-24.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EVENTS", "PULL_REQUEST_FAMILY", "EventType", "RefRule"]


class RefRule(StrEnum):
    """What decides an event's ref and commit."""

    DEFAULT_BRANCH = "default branch"
    PUSHED = "pushed branch or tag"
    MERGE_REF = "merge ref of the pull request"
    TARGET = "default branch, whatever the pull request's base"
    MERGE_QUEUE = "merge queue's temporary branch"
    PICKED = "picked branch or tag"
    RELEASE_TAG = "tag of the release"
    CREATED = "created branch or tag"
    NAMED = "branch or tag the event names"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """One event name.

    `activities` are its activity types, `()` when it has none and `None` when any text is one;
    `default_activities` those that trigger when the file gives no `types` (`None`: all); `filters` the keys
    it takes beside `types`; `ref` which ref the event is about.
    """

    name: str
    activities: tuple[str, ...] | None = ()
    default_activities: tuple[str, ...] | None = None
    filters: frozenset[str] = frozenset()
    ref: RefRule = RefRule.DEFAULT_BRANCH

    @property
    def takes_types(self) -> bool:
        """Whether a file may give `types` for it."""
        return self.activities != ()

    @property
    def triggering_activities(self) -> tuple[str, ...] | None:
        """What triggers when the file gives no `types`; `None` when anything does."""
        return self.activities if self.default_activities is None else self.default_activities


_CHANGES = ("created", "edited", "deleted")
_BRANCHES = frozenset({"branches", "branches-ignore"})
_TAGS = frozenset({"tags", "tags-ignore"})
_PATHS = frozenset({"paths", "paths-ignore"})
_PULL_REQUEST_DEFAULTS = ("opened", "synchronize", "reopened")
_PULL_REQUEST_ACTIVITIES = (
    "assigned",
    "unassigned",
    "labeled",
    "unlabeled",
    "opened",
    "edited",
    "closed",
    "reopened",
    "synchronize",
    "converted_to_draft",
    "locked",
    "unlocked",
    "enqueued",
    "dequeued",
    "milestoned",
    "demilestoned",
    "ready_for_review",
    "review_requested",
    "review_request_removed",
    "auto_merge_enabled",
    "auto_merge_disabled",
    "stacked",
)
_ISSUES_ACTIVITIES = (
    "opened",
    "edited",
    "deleted",
    "transferred",
    "pinned",
    "unpinned",
    "closed",
    "reopened",
    "assigned",
    "unassigned",
    "labeled",
    "unlabeled",
    "locked",
    "unlocked",
    "milestoned",
    "demilestoned",
    "field_added",
    "field_removed",
    "typed",
    "untyped",
)
_DISCUSSION_ACTIVITIES = (
    *_CHANGES,
    "transferred",
    "pinned",
    "unpinned",
    "labeled",
    "unlabeled",
    "locked",
    "unlocked",
    "category_changed",
    "answered",
    "unanswered",
)
_RELEASE_ACTIVITIES = (
    "published",
    "unpublished",
    "created",
    "edited",
    "deleted",
    "prereleased",
    "released",
)


def _plain(name: str, *activities: str) -> EventType:
    return EventType(name=name, activities=activities)


_TABLE = (
    _plain("branch_protection_rule", *_CHANGES),
    _plain("check_run", "created", "rerequested", "completed", "requested_action"),
    _plain("check_suite", "completed"),
    EventType(name="create", ref=RefRule.CREATED),
    _plain("delete"),
    EventType(name="deployment", ref=RefRule.NAMED),
    EventType(name="deployment_status", ref=RefRule.NAMED),
    _plain("discussion", *_DISCUSSION_ACTIVITIES),
    _plain("discussion_comment", *_CHANGES),
    _plain("fork"),
    _plain("gollum"),
    EventType(
        name="image_version",
        activities=("created", "ready", "deleted"),
        filters=frozenset({"names", "versions"}),
    ),
    _plain("issue_comment", *_CHANGES),
    _plain("issues", *_ISSUES_ACTIVITIES),
    _plain("label", *_CHANGES),
    EventType(
        name="merge_group",
        activities=("checks_requested",),
        filters=_BRANCHES,
        ref=RefRule.MERGE_QUEUE,
    ),
    _plain("milestone", "created", "closed", "opened", "edited", "deleted"),
    _plain("page_build"),
    EventType(name="project", activities=("created", "closed", "reopened", "edited", "deleted")),
    EventType(name="project_card", activities=("created", "moved", "converted", "edited", "deleted")),
    EventType(name="project_column", activities=("created", "updated", "moved", "deleted")),
    _plain("public"),
    EventType(
        name="pull_request",
        activities=_PULL_REQUEST_ACTIVITIES,
        default_activities=_PULL_REQUEST_DEFAULTS,
        filters=_BRANCHES | _PATHS,
        ref=RefRule.MERGE_REF,
    ),
    EventType(name="pull_request_comment"),
    EventType(
        name="pull_request_review",
        activities=("submitted", "edited", "dismissed"),
        ref=RefRule.MERGE_REF,
    ),
    EventType(name="pull_request_review_comment", activities=_CHANGES, ref=RefRule.MERGE_REF),
    EventType(
        name="pull_request_target",
        activities=_PULL_REQUEST_ACTIVITIES,
        default_activities=_PULL_REQUEST_DEFAULTS,
        filters=_BRANCHES | _PATHS,
        ref=RefRule.TARGET,
    ),
    EventType(name="push", filters=_BRANCHES | _TAGS | _PATHS, ref=RefRule.PUSHED),
    EventType(
        name="registry_package",
        activities=("published", "updated"),
        ref=RefRule.NAMED,
    ),
    EventType(name="release", activities=_RELEASE_ACTIVITIES, ref=RefRule.RELEASE_TAG),
    EventType(name="repository_dispatch", activities=None),
    EventType(name="schedule", filters=frozenset({"cron"})),
    _plain("status"),
    _plain("watch", "started"),
    EventType(name="workflow_call", filters=frozenset({"inputs", "outputs", "secrets"})),
    EventType(
        name="workflow_dispatch",
        filters=frozenset({"inputs"}),
        ref=RefRule.PICKED,
    ),
    EventType(
        name="workflow_run",
        activities=("completed", "requested", "in_progress"),
        filters=_BRANCHES | {"workflows"},
    ),
)

EVENTS: Mapping[str, EventType] = {row.name: row for row in _TABLE}
"""Every name that may stand under `on:`, `workflow_call` included."""

PULL_REQUEST_FAMILY = frozenset(
    {"pull_request", "pull_request_review", "pull_request_review_comment", "pull_request_target"}
)
"""The events that are about one pull request and carry it in their payload."""
