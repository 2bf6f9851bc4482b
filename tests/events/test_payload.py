"""Payloads: the fields that workflows read, stable and plausible."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pytest_cicache import events
from pytest_cicache.events import EVENTS, KINDS, Delivery

if TYPE_CHECKING:
    from collections.abc import Callable

BASE, HEAD, MERGE, BEFORE, ZERO = "a" * 40, "b" * 40, "c" * 40, "d" * 40, "0" * 40
ALL = sorted({*KINDS, *EVENTS} - {"workflow_call"})
MISSING = object()


def look(payload: object, path: str) -> object:
    """Follow a dotted path; a number indexes a list."""
    value = payload
    for part in path.split("."):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else MISSING
        else:
            value = value.get(part, MISSING) if isinstance(value, dict) else MISSING
    return value


@pytest.mark.parametrize("kind", ALL)
def test_payload_is_json_and_never_changes(receive: Callable[..., Delivery], kind: str) -> None:
    """The same event gives the same JSON, and no object is shared between two."""
    one, two = receive(kind).payload, receive(kind).payload

    assert json.dumps(one) == json.dumps(two)
    assert one["repository"] is not two["repository"]
    assert one["repository"]["owner"] is not one.get("organization")


@pytest.mark.parametrize("kind", ALL)
def test_payload_names_repository_sender_and_action(receive: Callable[..., Delivery], kind: str) -> None:
    """Every payload carries the common fields [LW]; a schedule has no sender."""
    delivery = receive(kind)
    payload = delivery.payload

    assert payload["repository"]["full_name"] == "Octo-Org/App"
    assert payload["organization"]["login"] == "Octo-Org"
    assert payload.get("action") == ("created" if kind.startswith("deployment") else delivery.activity)
    assert payload.get("sender", {}).get("login") == (None if kind == "schedule" else delivery.actor)


ROWS = [
    pytest.param("push", "ref", "refs/heads/feature", id="LW-push-ref"),
    pytest.param("push", "before", BEFORE, id="LW-push-before"),
    pytest.param("push", "after", HEAD, id="LW-push-after"),
    pytest.param("push", "created", False, id="LW-push-created"),
    pytest.param("push", "deleted", False, id="LW-push-deleted"),
    pytest.param("push", "forced", False, id="LW-push-forced"),
    pytest.param("push", "base_ref", None, id="MAF-push-base_ref"),
    pytest.param("push", "commits.0.id", HEAD, id="LW-push-commits"),
    pytest.param("push", "commits.0.added", MISSING, id="EV-push-commits-name-no-files"),
    pytest.param("push:message=Go [skip ci]", "head_commit.message", "Go [skip ci]", id="LW-push-message"),
    pytest.param("main_merge", "head_commit.message", "Merge pull request #7 from Octo-Org/feature", id="merge"),
    pytest.param("push", "pusher.name", "maintainer", id="LW-push-pusher"),
    pytest.param("push", "repository.pushed_at", 1795509000, id="MAF-push-epoch"),
    pytest.param("tag_push", "ref", "refs/tags/v1.0.0", id="MAF-tag-ref"),
    pytest.param("tag_push", "base_ref", "refs/heads/main", id="MAF-tag-base_ref"),
    pytest.param("tag_push", "commits", [], id="MAF-tag-commits"),
    pytest.param("tag_push", "head_commit.id", HEAD, id="MAF-tag-head_commit"),
    pytest.param("tag_push", "created", True, id="MAF-tag-created"),
    pytest.param("tag_push", "before", ZERO, id="MAF-tag-before"),
    pytest.param(f"push:sha={ZERO}", "deleted", True, id="EV-deleted"),
    pytest.param(f"push:sha={ZERO}", "after", ZERO, id="EV-deleted-after"),
    pytest.param(f"push:sha={ZERO}", "before", HEAD, id="EV-deleted-before"),
    pytest.param(f"push:sha={ZERO}", "head_commit", None, id="EV-deleted-head_commit"),
    pytest.param(f"push:sha={ZERO}", "ref", "refs/heads/feature", id="EV-deleted-ref"),
    pytest.param("pr", "number", 7, id="LW-pr-number"),
    pytest.param("pr", "pull_request.number", 7, id="LW-pr-object-number"),
    pytest.param("pr:draft=true", "pull_request.draft", True, id="LW-pr-draft"),
    pytest.param("pr", "pull_request.merged", False, id="LW-pr-merged"),
    pytest.param("pr", "pull_request.state", "open", id="LW-pr-state"),
    pytest.param("pr:head_ref=fix", "pull_request.head.ref", "fix", id="LW-pr-head-ref"),
    pytest.param("pr", "pull_request.head.sha", HEAD, id="LW-pr-head-sha"),
    pytest.param(f"pr:head_sha={ZERO}", "pull_request.head.sha", ZERO, id="LW-pr-head-sha-parameter"),
    pytest.param("pr", "pull_request.head.repo.full_name", "Octo-Org/App", id="LW-pr-head-repository"),
    pytest.param("pr", "pull_request.head.repo.fork", False, id="LW-pr-head-fork"),
    pytest.param("pr", "pull_request.head.repo.owner.login", "Octo-Org", id="LW-pr-head-owner"),
    pytest.param("pr", "pull_request.base.ref", "main", id="LW-pr-base-ref"),
    pytest.param("pr", "pull_request.base.sha", BASE, id="LW-pr-base-sha"),
    pytest.param("pr", "pull_request.base.repo.full_name", "Octo-Org/App", id="LW-pr-base-repository"),
    pytest.param("pr", "pull_request.user.login", "maintainer", id="LW-pr-user"),
    pytest.param("pr:labels=ci;x", "pull_request.labels.1.name", "x", id="LW-pr-labels"),
    pytest.param("pr:action=labeled,label=ci", "label.name", "ci", id="LW-pr-label"),
    pytest.param("pr:action=labeled,label=ci", "pull_request.labels.0.name", "ci", id="LW-pr-labeled"),
    pytest.param("pr:action=unlabeled,label=ci", "pull_request.labels", [], id="LW-pr-unlabeled"),
    pytest.param("pr:action=labeled", "label.name", "bug", id="LW-pr-label-default"),
    pytest.param("pr", "before", MISSING, id="LW-pr-opened-has-no-before"),
    pytest.param("pr:action=synchronize", "before", BEFORE, id="LW-pr-synchronize-before"),
    pytest.param("pr:action=synchronize", "after", HEAD, id="LW-pr-synchronize-after"),
    pytest.param("pr:action=edited", "changes.title.from", "Change", id="LW-pr-edited"),
    pytest.param("pr:action=assigned", "assignee.login", "maintainer", id="LW-pr-assigned"),
    pytest.param("pr:action=review_requested", "requested_reviewer.login", "maintainer", id="LW-pr-review"),
    pytest.param("pr", "pull_request.base.repo.allow_merge_commit", True, id="LW-pr-merge-settings"),
    pytest.param("pr", "pull_request.author_association", "COLLABORATOR", id="LW-pr-association"),
    pytest.param("pr:actor=Octo-Org", "pull_request.author_association", "OWNER", id="LW-pr-owner"),
    pytest.param("fork_pr", "pull_request.author_association", "FIRST_TIME_CONTRIBUTOR", id="LW-fork-first"),
    pytest.param("fork_pr", "pull_request.head.repo.full_name", "contributor/App", id="LW-fork-repository"),
    pytest.param("fork_pr", "pull_request.head.repo.fork", True, id="LW-fork-fork"),
    pytest.param("fork_pr", "pull_request.head.label", "contributor:patch-1", id="LW-fork-label"),
    pytest.param("fork_pr", "pull_request.base.repo.full_name", "Octo-Org/App", id="LW-fork-base"),
    pytest.param("fork_pr", "pull_request.user.login", "contributor", id="LW-fork-user"),
    pytest.param("fork_pr:head_repository=ann/x", "pull_request.head.repo.owner.login", "ann", id="LW-fork-owner"),
    pytest.param(
        "pull_request:head_repository=octo-org/app", "pull_request.head.repo.fork", False, id="LW-fork-of-itself"
    ),
    pytest.param("dependabot_pr", "pull_request.user.login", "dependabot[bot]", id="DPB-user"),
    pytest.param("dependabot_pr", "pull_request.user.type", "Bot", id="DPB-type"),
    pytest.param("dependabot_pr", "pull_request.labels.0.name", "dependencies", id="DPB-label"),
    pytest.param("pr_target", "pull_request.head.repo.full_name", "contributor/App", id="LW-target"),
    pytest.param("pr_merged", "pull_request.merged", True, id="EV-merged"),
    pytest.param("pr_merged", "pull_request.merge_commit_sha", MERGE, id="EV-merged-sha"),
    pytest.param("pr_merged", "pull_request.merged_by.login", "maintainer", id="EV-merged-by"),
    pytest.param("pr_merged", "pull_request.state", "closed", id="EV-merged-state"),
    pytest.param("merge_group", "action", "checks_requested", id="OW-action"),
    pytest.param("merge_group", "merge_group.head_sha", MERGE, id="OW-head_sha"),
    pytest.param(
        "merge_group",
        "merge_group.head_ref",
        f"refs/heads/gh-readonly-queue/main/pr-7-{BASE}",
        id="OW-head_ref",
    ),
    pytest.param("merge_group", "merge_group.base_ref", "refs/heads/main", id="OW-base_ref"),
    pytest.param("merge_group", "merge_group.base_sha", BASE, id="OW-base_sha"),
    pytest.param("merge_group", "merge_group.head_commit.id", MERGE, id="OW-head_commit"),
    pytest.param("merge_group", "number", MISSING, id="OW-no-number"),
    pytest.param("workflow_dispatch:inputs=a=1", "inputs.a", "1", id="LW-dispatch-inputs"),
    pytest.param("workflow_dispatch", "inputs", None, id="LW-dispatch-without-inputs"),
    pytest.param("workflow_dispatch:ref=dev", "ref", "refs/heads/dev", id="LW-dispatch-ref"),
    pytest.param("workflow_dispatch", "workflow", ".github/workflows/ci.yml", id="LW-dispatch-workflow"),
    pytest.param("repository_dispatch:action=go,inputs=a=1", "client_payload.a", "1", id="LW-client_payload"),
    pytest.param("repository_dispatch:action=go", "action", "go", id="LW-event_type"),
    pytest.param("repository_dispatch", "branch", "main", id="LW-repository_dispatch-branch"),
    pytest.param("create:branch=new", "ref", "new", id="LW-create-ref"),
    pytest.param("create:branch=new", "ref_type", "branch", id="LW-create-type"),
    pytest.param("create:tag=v1", "ref_type", "tag", id="LW-create-tag"),
    pytest.param("create:ref=refs/tags/v1", "ref_type", "tag", id="LW-create-tag-ref"),
    pytest.param("create:ref=refs/tags/v1", "ref", "v1", id="LW-create-tag-name"),
    pytest.param("create", "ref", "feature", id="LW-create-default"),
    pytest.param("delete", "ref", "feature", id="LW-delete-default"),
    pytest.param("create", "master_branch", "main", id="LW-create-master_branch"),
    pytest.param("create", "pusher_type", "user", id="LW-create-pusher_type"),
    pytest.param("delete:branch=old", "ref", "old", id="LW-delete-ref"),
    pytest.param("delete:branch=old", "pusher_type", "user", id="LW-delete-pusher_type"),
    pytest.param("release", "release.tag_name", "v1.0.0", id="LW-release-tag"),
    pytest.param("release", "release.draft", False, id="LW-release-draft"),
    pytest.param("release:draft=true", "release.published_at", None, id="LW-release-unpublished"),
    pytest.param("release:action=prereleased", "release.prerelease", True, id="LW-release-prerelease"),
    pytest.param("release", "release.target_commitish", "main", id="LW-release-commitish"),
    pytest.param("release:action=edited", "changes.body.from", "", id="LW-release-changes"),
    pytest.param("issue_comment:comment=/go", "comment.body", "/go", id="LW-comment-body"),
    pytest.param("issue_comment", "issue.number", 7, id="LW-comment-issue"),
    pytest.param(
        "issue_comment",
        "issue.pull_request.html_url",
        "https://github.com/Octo-Org/App/pull/7",
        id="EV-comment-on-pull",
    ),
    pytest.param("issue_comment:head_ref=", "issue.pull_request", MISSING, id="EV-comment-on-issue"),
    pytest.param("issue_comment:action=edited", "changes.body.from", "", id="LW-comment-changes"),
    pytest.param("issue_comment", "comment.user.login", "contributor", id="LW-comment-user"),
    pytest.param("issues:action=labeled,label=x", "label.name", "x", id="LW-issues-label"),
    pytest.param("issues:action=closed", "issue.state", "closed", id="LW-issues-closed"),
    pytest.param("issues", "issue.pull_request", MISSING, id="LW-issues-no-pull"),
    pytest.param("schedule", "schedule", "0 0 * * *", id="MAF-schedule"),
    pytest.param("schedule:schedule=5 4 * * *", "schedule", "5 4 * * *", id="MAF-schedule-line"),
    pytest.param("workflow_run", "workflow_run.event", "pull_request", id="LW-run-event"),
    pytest.param("workflow_run", "workflow_run.conclusion", "success", id="LW-run-conclusion"),
    pytest.param("workflow_run", "workflow_run.status", "completed", id="LW-run-status"),
    pytest.param("workflow_run:action=requested", "workflow_run.status", "queued", id="LW-run-requested"),
    pytest.param("workflow_run:action=requested", "workflow_run.conclusion", None, id="LW-run-unfinished"),
    pytest.param("workflow_run", "workflow_run.head_branch", "patch-1", id="LW-run-head_branch"),
    pytest.param("workflow_run", "workflow_run.head_sha", HEAD, id="LW-run-head_sha"),
    pytest.param("workflow_run", "workflow_run.head_commit.id", HEAD, id="LW-run-head_commit"),
    pytest.param("workflow_run", "workflow_run.head_repository.full_name", "contributor/App", id="LW-run-fork"),
    pytest.param("workflow_run", "workflow_run.repository.full_name", "Octo-Org/App", id="LW-run-repository"),
    pytest.param("workflow_run", "workflow_run.pull_requests", [], id="LW-run-fork-has-no-pulls"),
    pytest.param("workflow_run", "workflow_run.path", ".github/workflows/ci.yml", id="LW-run-path"),
    pytest.param("workflow_run", "workflow_run.run_attempt", 1, id="LW-run-attempt"),
    pytest.param("workflow_run", "workflow_run.run_number", 1, id="LW-run-number"),
    pytest.param("workflow_run", "workflow_run.actor.login", "contributor", id="LW-run-actor"),
    pytest.param("workflow_run", "workflow_run.triggering_actor.login", "contributor", id="LW-run-triggering"),
    pytest.param("workflow_run", "workflow_run.referenced_workflows", [], id="LW-run-referenced"),
    pytest.param("workflow_run", "workflow_run.display_title", "Change something", id="LW-run-title"),
    pytest.param("workflow_run", "workflow.name", "CI", id="LW-run-workflow"),
    pytest.param("workflow_run:workflow_run=name=Build", "workflow.name", "Build", id="LW-run-named"),
    pytest.param("workflow_run:workflow_run=conclusion=failure", "workflow_run.conclusion", "failure", id="failed"),
    pytest.param(
        "workflow_run:workflow_run=head_repository=Octo-Org/App",
        "workflow_run.pull_requests.0.number",
        7,
        id="LW-run-of-own-pull",
    ),
    pytest.param(
        "workflow_run:workflow_run=head_repository=ann/App",
        "workflow_run.head_repository.owner.login",
        "ann",
        id="LW-run-of-named-fork",
    ),
    pytest.param("pull_request_review", "review.state", "commented", id="LW-review"),
    pytest.param("pull_request_review", "pull_request.number", 7, id="LW-review-pull"),
    pytest.param("pull_request_review_comment", "comment.commit_id", HEAD, id="LW-review-comment"),
    pytest.param("label", "label.name", "bug", id="LW-label"),
    pytest.param("milestone:action=closed", "milestone.state", "closed", id="LW-milestone"),
    pytest.param("discussion:action=labeled,label=x", "label.name", "x", id="LW-discussion-label"),
    pytest.param("discussion:labels=a", "discussion.labels.0.name", "a", id="LW-discussion"),
    pytest.param("discussion_comment", "comment.user.login", "maintainer", id="LW-discussion-comment"),
    pytest.param("check_run", "check_run.check_suite.head_branch", "main", id="LW-check_run"),
    pytest.param("check_suite", "check_suite.status", "completed", id="LW-check_suite"),
    pytest.param("status", "state", "success", id="LW-status"),
    pytest.param("deployment:branch=dev", "deployment.ref", "dev", id="LW-deployment"),
    pytest.param("deployment_status", "deployment_status.state", "success", id="LW-deployment_status"),
    pytest.param(
        "registry_package:tag=v1",
        "registry_package.package_version.container_metadata.tag.name",
        "v1",
        id="EV-registry_package",
    ),
    pytest.param("fork", "forkee.full_name", "maintainer/App", id="LW-fork"),
    pytest.param("gollum", "pages.0.page_name", "Home", id="LW-gollum"),
    pytest.param("page_build", "build.status", "built", id="LW-page_build"),
    pytest.param("branch_protection_rule", "rule.name", "main", id="LW-rule"),
    pytest.param("project_card", "project_card.name", "Project", id="LW-project_card"),
    pytest.param("image_version", "image_version.state", "created", id="LS-image_version"),
]


@pytest.mark.parametrize(("event", "path", "value"), ROWS)
def test_payload_has_the_field(receive: Callable[..., Delivery], event: str, path: str, value: object) -> None:
    """The fields that workflows read hold what GitHub would put there."""
    assert look(receive(event).payload, path) == value


def test_typed_inputs_become_texts_in_the_payload(receive: Callable[..., Delivery]) -> None:
    """`github.event.inputs` holds texts, whatever the type of the input [EV]."""
    event = events.workflow_dispatch(inputs={"debug": True, "level": 2, "size": 3.0, "part": 0.5})

    assert receive(event).payload["inputs"] == {
        "debug": "true",
        "level": "2",
        "size": "3",
        "part": "0.5",
    }


def test_given_run_object_wins_over_the_derived_one(receive: Callable[..., Delivery]) -> None:
    """Fields of `workflow_run` are taken as they are given, objects too."""
    head = {"full_name": "x/y", "fork": False}
    run = receive(events.workflow_run(workflow_run={"id": 5, "head_repository": head})).payload["workflow_run"]

    assert (run["id"], run["head_repository"]) == (5, head)
    assert run["html_url"].endswith("/actions/runs/5")


def test_a_users_repository_has_no_organization(receive: Callable[..., Delivery]) -> None:
    """`organization` is there for repositories of organisations only [LW]."""
    payload = receive("push", owner="ann", owner_type="User").payload

    assert "organization" not in payload
    assert payload["repository"]["owner"]["type"] == "User"


def test_private_repository_says_so(receive: Callable[..., Delivery]) -> None:
    """Visibility shows in the repository object, in its fork too."""
    payload = receive("fork_pr", visibility="private").payload

    assert (payload["repository"]["private"], payload["repository"]["visibility"]) == (True, "private")
    assert payload["pull_request"]["head"]["repo"]["private"] is True


def test_ids_depend_on_names_only(receive: Callable[..., Delivery]) -> None:
    """The same thing has the same id everywhere, another thing another one."""
    one, two = receive("pr").payload, receive("push").payload

    assert one["repository"]["id"] == two["repository"]["id"] == one["pull_request"]["base"]["repo"]["id"]
    assert one["repository"]["node_id"].startswith("R_kgDO")
    assert one["sender"]["id"] != one["organization"]["id"]
    assert one["organization"]["id"] == one["repository"]["owner"]["id"]


def test_changed_files_are_counted(receive: Callable[..., Delivery]) -> None:
    """`pull_request.changed_files` counts the paths of the commits or of the event."""
    assert receive("pr", changed=("a", "b")).payload["pull_request"]["changed_files"] == 2
    assert receive("pr:changed_files=x", changed=("a", "b")).payload["pull_request"]["changed_files"] == 1


def test_new_branch_is_created(receive: Callable[..., Delivery]) -> None:
    """A push from no commit creates the branch."""
    delivery = receive("push")
    commits = events.Commits(base=BASE, head=HEAD, merge=HEAD, before=ZERO)
    fresh = events.deliver(delivery.event, delivery.repository, commits, now=delivery.now, run_id=1, run_number=1)

    assert fresh.payload["created"] is True
