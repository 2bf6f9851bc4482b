"""What happened on GitHub: events, their payloads, refs and commits, and the filters of `on:`."""

from __future__ import annotations

from pytest_cicache.events._context import default_environment, github_context, runner_context
from pytest_cicache.events._delivery import Delivery, deliver
from pytest_cicache.events._event import DEPENDABOT, NO_COMMIT, Event
from pytest_cicache.events._factories import (
    KINDS,
    dependabot_pr,
    fork_pr,
    from_mapping,
    from_text,
    issue_comment,
    main_merge,
    merge_group,
    pr,
    pr_merged,
    pr_target,
    push,
    release,
    schedule,
    tag_push,
    workflow_dispatch,
    workflow_run,
)
from pytest_cicache.events._filters import Decision, Trigger, decide, fitted, triggers
from pytest_cicache.events._glob import glob_matches, matches_glob
from pytest_cicache.events._ids import github_time, node_id, number_id
from pytest_cicache.events._objects import repository_object, user_object
from pytest_cicache.events._parameters import PARAMETERS, Parameters
from pytest_cicache.events._policies import CacheScopes
from pytest_cicache.events._refs import Commits
from pytest_cicache.events._repository import DeploymentEnvironment, Repository, RepositorySettings
from pytest_cicache.events._table import EVENTS, PULL_REQUEST_FAMILY, EventType, RefRule

__all__ = [
    "DEPENDABOT",
    "EVENTS",
    "KINDS",
    "NO_COMMIT",
    "PARAMETERS",
    "PULL_REQUEST_FAMILY",
    "CacheScopes",
    "Commits",
    "Decision",
    "Delivery",
    "DeploymentEnvironment",
    "Event",
    "EventType",
    "Parameters",
    "RefRule",
    "Repository",
    "RepositorySettings",
    "Trigger",
    "decide",
    "default_environment",
    "deliver",
    "dependabot_pr",
    "fitted",
    "fork_pr",
    "from_mapping",
    "from_text",
    "github_context",
    "github_time",
    "glob_matches",
    "issue_comment",
    "main_merge",
    "matches_glob",
    "merge_group",
    "node_id",
    "number_id",
    "pr",
    "pr_merged",
    "pr_target",
    "push",
    "release",
    "repository_object",
    "runner_context",
    "schedule",
    "tag_push",
    "triggers",
    "user_object",
    "workflow_dispatch",
    "workflow_run",
]
