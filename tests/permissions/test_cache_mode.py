"""Who may write the Actions cache, and the `cache-mode` key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_cicache.events import EVENTS, Delivery
from pytest_cicache.permissions import CACHE_WRITING_EVENTS, CacheMode, allows_cache_mode, cache_mode

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = [
    pytest.param("main_merge", "write", "push may write the caches of the default branch", id="L1-push"),
    pytest.param("push", "write", "the run's caches belong to refs/heads/feature", id="L1-other-branch"),
    pytest.param("tag_push", "write", "belong to refs/tags/v1.0.0", id="L1-tag"),
    pytest.param("fork_pr", "write", "belong to refs/pull/7/merge", id="L1-own-merge-ref"),
    pytest.param("dependabot_pr", "write", "belong to refs/pull/7/merge", id="L1-dependabot"),
    pytest.param("pr_merged", "read", "outsiders can start pull_request", id="CQ-merged-into-default"),
    pytest.param("pr_merged:base_ref=r/1", "write", "belong to refs/heads/r/1", id="CQ-merged-into-release"),
    pytest.param("merge_group", "write", "gh-readonly-queue", id="L1-merge_group"),
    pytest.param("release", "write", "belong to refs/tags/v1.0.0", id="L1-release"),
    pytest.param(f"deployment:sha={'e' * 40}", "write", "belong to a ref of its own", id="no-ref"),
    *(
        pytest.param(name, "write", "may write the caches", id=f"CQ-{name}")
        for name in ("schedule", "workflow_dispatch", "repository_dispatch", "delete", "page_build")
    ),
    pytest.param("registry_package", "write", "may write the caches", id="CQ-registry_package"),
    *(
        pytest.param(name, "read", f"outsiders can start {name}", id=f"CQ-{name}")
        for name in (
            "check_run",
            "check_suite",
            "discussion",
            "discussion_comment",
            "fork",
            "gollum",
            "issue_comment",
            "issues",
            "label",
            "milestone",
            "project",
            "project_card",
            "project_column",
            "public",
            "watch",
            "workflow_run",
        )
    ),
    pytest.param("pr_target", "read", "outsiders can start pull_request_target", id="CQ-pull_request_target"),
]


@pytest.mark.parametrize(("event", "mode", "reason"), ROWS)
def test_mode_of_an_event(receive: Callable[..., Delivery], event: str, mode: str, reason: str) -> None:
    """Without a key, event and scope of the caches decide."""
    access = cache_mode(receive(event), workflow_mode=None, job_mode=None)

    assert (access.mode, access.declared, str(access)) == (mode, False, mode)
    assert reason in access.reason


@pytest.mark.parametrize(
    ("workflow", "job", "caller", "mode", "reason"),
    [
        pytest.param("read", None, None, "read", "cache-mode of the workflow: read", id="L2-workflow"),
        pytest.param("read", "none", None, "none", "cache-mode of the job: none", id="L2-job-wins"),
        pytest.param(None, None, "write-only", "write-only", "of the calling job", id="CQ-inherited"),
        pytest.param(None, "write", None, "write", "cache-mode of the job: write", id="L2-overrides-read-only"),
    ],
)
def test_declared_mode_wins(
    receive: Callable[..., Delivery],
    workflow: str | None,
    job: str | None,
    caller: str | None,
    mode: str,
    reason: str,
) -> None:
    """A declared mode replaces the event's default."""
    access = cache_mode(receive("pr_target"), workflow_mode=workflow, job_mode=job, caller_mode=caller)

    assert (access.mode, access.declared) == (mode, True)
    assert reason in access.reason


@pytest.mark.parametrize(
    ("mode", "reads", "writes"),
    [
        pytest.param("read", True, False, id="read"),
        pytest.param("write", True, True, id="write"),
        pytest.param("write-only", False, True, id="write-only"),
        pytest.param("none", False, False, id="none"),
    ],
)
def test_what_a_mode_allows(mode: str, reads: bool, writes: bool) -> None:
    """Each mode restores, saves, both or neither [AC-m]."""
    assert (CacheMode(mode).may_read, CacheMode(mode).may_write) == (reads, writes)


@pytest.mark.parametrize(
    ("caller", "requested", "allowed"),
    [
        pytest.param(None, "write", True, id="CQ-nothing-declared"),
        pytest.param("write", "write-only", True, id="CQ-write"),
        pytest.param("read", "read", True, id="CQ-same"),
        pytest.param("read", "none", True, id="CQ-none"),
        pytest.param("read", "write", False, id="CQ-more"),
        pytest.param("none", "read", False, id="CQ-none-allows-none"),
    ],
)
def test_limit_of_a_caller(caller: str | None, requested: str, allowed: bool) -> None:
    """A called workflow declares the caller's mode, `none`, or anything where the caller may write."""
    assert allows_cache_mode(caller, requested) is allowed


def test_writing_events_exist() -> None:
    """The list names events that GitHub has."""
    assert set(EVENTS) >= CACHE_WRITING_EVENTS
