"""Ref, commit and the source of the workflow file of every event; sources in docs/rules/events.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_cicache.events import Delivery, RepositorySettings

if TYPE_CHECKING:
    from collections.abc import Callable

BASE, HEAD, MERGE = "a" * 40, "b" * 40, "c" * 40
DB = "refs/heads/main"
PULL = "refs/pull/7/merge"
QUEUE = f"gh-readonly-queue/main/pr-7-{BASE}"

ROWS = [
    pytest.param("push", "refs/heads/feature", HEAD, "feature", "branch", id="EV-push-branch"),
    pytest.param("push:branch=a/b", "refs/heads/a/b", HEAD, "a/b", "branch", id="EV-push-branch-slash"),
    pytest.param("push:ref=a/b", "refs/heads/a/b", HEAD, "a/b", "branch", id="EV-push-short-ref"),
    pytest.param("main_merge", DB, HEAD, "main", "branch", id="EV-push-default-branch"),
    pytest.param("tag_push", "refs/tags/v1.0.0", HEAD, "v1.0.0", "tag", id="EV-push-tag"),
    pytest.param("push:tag=v2", "refs/tags/v2", HEAD, "v2", "tag", id="EV-push-tag-parameter"),
    pytest.param("tag_push:ref=refs/tags/v3", "refs/tags/v3", HEAD, "v3", "tag", id="EV-push-tag-ref"),
    pytest.param(f"push:sha={'0' * 40}", DB, BASE, "main", "branch", id="EV-push-branch-deleted"),
    pytest.param("pr", PULL, MERGE, "7/merge", "branch", id="EV-pull_request"),
    pytest.param("fork_pr:number=99", "refs/pull/99/merge", MERGE, "99/merge", "branch", id="EV-fork"),
    pytest.param("dependabot_pr", PULL, MERGE, "7/merge", "branch", id="DPB-pull_request"),
    pytest.param("pr:action=closed", PULL, MERGE, "7/merge", "branch", id="EV-closed-unmerged"),
    pytest.param("pr_merged", DB, MERGE, "main", "branch", id="EV-closed-by-merge"),
    pytest.param("pr_merged:base_ref=r/1", "refs/heads/r/1", MERGE, "r/1", "branch", id="EV-merged-release"),
    pytest.param("pr_target", DB, BASE, "main", "branch", id="L3-pull_request_target"),
    pytest.param("pr_target:base_ref=r/1", DB, BASE, "main", "branch", id="L3-target-of-other-base"),
    pytest.param("pull_request_review", PULL, MERGE, "7/merge", "branch", id="EV-review"),
    pytest.param("pull_request_review_comment", PULL, MERGE, "7/merge", "branch", id="EV-review-comment"),
    pytest.param("merge_group", f"refs/heads/{QUEUE}", MERGE, QUEUE, "branch", id="OW-merge_group"),
    pytest.param("schedule", DB, BASE, "main", "branch", id="EV-schedule"),
    pytest.param("workflow_dispatch", DB, BASE, "main", "branch", id="EV-dispatch"),
    pytest.param("workflow_dispatch:ref=dev", "refs/heads/dev", HEAD, "dev", "branch", id="EV-dispatch-branch"),
    pytest.param("workflow_dispatch:tag=v1", "refs/tags/v1", HEAD, "v1", "tag", id="EV-dispatch-tag"),
    pytest.param("repository_dispatch", DB, BASE, "main", "branch", id="EV-repository_dispatch"),
    pytest.param("workflow_run", DB, BASE, "main", "branch", id="EV-workflow_run"),
    pytest.param("release", "refs/tags/v1.0.0", HEAD, "v1.0.0", "tag", id="EV-release"),
    pytest.param("issue_comment", DB, BASE, "main", "branch", id="EV-issue_comment"),
    pytest.param("create", "refs/heads/feature", HEAD, "feature", "branch", id="EV-create"),
    pytest.param("create:branch=new", "refs/heads/new", HEAD, "new", "branch", id="EV-create-branch"),
    pytest.param("create:tag=v1", "refs/tags/v1", HEAD, "v1", "tag", id="EV-create-tag"),
    pytest.param("delete:branch=old", DB, BASE, "main", "branch", id="EV-delete"),
    pytest.param("registry_package:tag=v1", "refs/tags/v1", HEAD, "v1", "tag", id="EV-registry_package"),
    pytest.param("deployment:branch=dev", "refs/heads/dev", HEAD, "dev", "branch", id="EV-deployment"),
    pytest.param(f"deployment:sha={'e' * 40}", "", "e" * 40, "", "", id="EV-deployment-of-sha"),
    pytest.param("deployment_status", DB, BASE, "main", "branch", id="EV-deployment_status"),
    *(
        pytest.param(name, DB, BASE, "main", "branch", id=f"EV-{name}")
        for name in (
            "branch_protection_rule",
            "check_run",
            "check_suite",
            "discussion",
            "discussion_comment",
            "fork",
            "gollum",
            "image_version",
            "issues",
            "label",
            "milestone",
            "page_build",
            "project",
            "project_card",
            "project_column",
            "public",
            "pull_request_comment",
            "status",
            "watch",
        )
    ),
]


@pytest.mark.parametrize(("event", "ref", "sha", "ref_name", "ref_type"), ROWS)
def test_event_has_ref_and_commit_of_the_table(
    receive: Callable[..., Delivery], event: str, ref: str, sha: str, ref_name: str, ref_type: str
) -> None:
    """Every event runs at the ref and commit that GitHub's table names."""
    delivery = receive(event)

    assert (delivery.ref, delivery.sha, delivery.ref_name, delivery.ref_type) == (
        ref,
        sha,
        ref_name,
        ref_type,
    )


@pytest.mark.parametrize(
    ("event", "workflow_ref", "workflow_sha"),
    [
        pytest.param("push", "refs/heads/feature", HEAD, id="pushed-commit"),
        pytest.param(f"push:sha={'0' * 40}", DB, BASE, id="deleted-branch-reads-default"),
        pytest.param("tag_push", "refs/tags/v1.0.0", HEAD, id="tagged-commit"),
        pytest.param("fork_pr", PULL, MERGE, id="merge-commit-of-a-fork"),
        pytest.param("pr_merged", DB, MERGE, id="commit-on-base"),
        pytest.param("pr_target:base_ref=r/1", DB, BASE, id="default-branch-always"),
        pytest.param("merge_group", f"refs/heads/{QUEUE}", MERGE, id="merge-group-commit"),
        pytest.param("registry_package:tag=v1", DB, BASE, id="package-reads-default"),
        pytest.param("workflow_dispatch:ref=dev", "refs/heads/dev", HEAD, id="picked-ref"),
        pytest.param(f"pr:sha={'e' * 40}", PULL, MERGE, id="override-of-sha-reads-real-commit"),
    ],
)
def test_workflow_file_comes_from_the_commit_of_the_table(
    receive: Callable[..., Delivery], event: str, workflow_ref: str, workflow_sha: str
) -> None:
    """GitHub reads the workflow file at the commit of the table's column."""
    delivery = receive(event)

    assert (delivery.workflow_ref, delivery.workflow_sha) == (workflow_ref, workflow_sha)


@pytest.mark.parametrize(
    ("event", "head_ref", "base_ref"),
    [
        pytest.param("pr:head_ref=fix,base_ref=dev", "fix", "dev", id="pull_request"),
        pytest.param("pr_target:head_ref=fix", "fix", "main", id="pull_request_target"),
        pytest.param("pr_merged", "feature", "main", id="closed-by-merge"),
        pytest.param("pull_request_review", "", "", id="review-has-none"),
        pytest.param("push", "", "", id="push-has-none"),
        pytest.param("merge_group", "", "", id="merge_group-has-none"),
    ],
)
def test_head_and_base_ref_are_set_for_pull_requests_only(
    receive: Callable[..., Delivery], event: str, head_ref: str, base_ref: str
) -> None:
    """`head_ref` and `base_ref` are filled for pull_request and pull_request_target [CX][VR]."""
    delivery = receive(event)

    assert (delivery.head_ref, delivery.base_ref) == (head_ref, base_ref)


def test_merged_ref_is_unqualified_with_the_switch(receive: Callable[..., Delivery]) -> None:
    """A setting gives the spelling that code in actions/checkout still expects [CO]."""
    delivery = receive("pr_merged", settings=RepositorySettings(qualified_merged_ref=False))

    assert (delivery.ref, delivery.ref_name) == ("main", "main")
    assert delivery.cache_scopes.writable == ("refs/heads/main",)


def test_target_takes_the_base_branch_on_an_older_server(receive: Callable[..., Delivery]) -> None:
    """A setting gives the rule of GHES before 3.20 [L3]."""
    delivery = receive("pr_target:base_ref=r/1", settings=RepositorySettings(target_ref_is_base=True))

    assert delivery.ref == "refs/heads/r/1"


def test_default_branch_may_have_another_name(receive: Callable[..., Delivery]) -> None:
    """Nothing assumes that the default branch is called main."""
    assert receive("main_merge", default_branch="trunk").ref == "refs/heads/trunk"
    assert receive("pr", default_branch="trunk").base_ref == "trunk"
