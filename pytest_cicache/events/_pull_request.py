"""The `pull_request` and `issue` objects of GitHub's payloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_cicache.events._ids import API, SERVER, node_id, number_id
from pytest_cicache.events._objects import (
    label_object,
    reactions_object,
    repository_object,
    user_object,
)

if TYPE_CHECKING:
    from pytest_cicache.events._repository import Repository
    from pytest_cicache.events._scene import Scene

__all__ = ["change_fields", "issue_object", "pull_request_object"]

JSON = dict[str, Any]


_MERGE_SETTINGS: JSON = {
    "allow_merge_commit": True,
    "allow_squash_merge": True,
    "allow_rebase_merge": True,
    "allow_auto_merge": False,
    "allow_update_branch": False,
    "delete_branch_on_merge": False,
    "use_squash_pr_title_as_default": False,
    "merge_commit_title": "MERGE_MESSAGE",
    "merge_commit_message": "PR_TITLE",
    "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
    "squash_merge_commit_message": "COMMIT_MESSAGES",
}
"""What the two repositories of a pull request carry beside the usual fields: GitHub's defaults."""


def change_fields(scene: Scene) -> JSON:
    """Give the fields that one activity alone adds to a payload about a pull request or an issue."""
    event = scene.event
    match event.action:
        case "labeled" | "unlabeled":
            return {"label": label_object(scene.repository, event.label or "bug")}
        case "assigned" | "unassigned":
            return {"assignee": user_object(event.actor)}
        case "review_requested" | "review_request_removed":
            return {"requested_reviewer": user_object(event.actor)}
        case "edited":
            return {"changes": {"title": {"from": "Change"}}}
    return {}


def _association(scene: Scene) -> str:
    if scene.author == scene.repository.owner:
        return "OWNER"
    settings = scene.repository.settings
    if scene.head_repository is scene.repository or scene.author in settings.collaborators:
        return "COLLABORATOR"
    return "CONTRIBUTOR" if scene.author in settings.contributors else "FIRST_TIME_CONTRIBUTOR"


def _end(scene: Scene, repository: Repository, ref: str, sha: str) -> JSON:
    return {
        "label": f"{repository.owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user_object(repository.owner, kind=repository.owner_type),
        "repo": repository_object(repository, scene.now) | _MERGE_SETTINGS,
    }


def _links(api: str, issue: str, html: str, statuses: str) -> JSON:
    pages = {
        "self": api,
        "html": html,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{api}/comments",
        "review_comment": f"{api.rpartition('/')[0]}/comments{{/number}}",
        "commits": f"{api}/commits",
        "statuses": statuses,
    }
    return {name: {"href": url} for name, url in pages.items()}


def _urls(scene: Scene) -> JSON:
    repository = f"{API}/repos/{scene.repository.full_name}"
    number = scene.event.number
    api, issue, html = f"{repository}/pulls/{number}", f"{repository}/issues/{number}", scene.pull_url
    statuses = f"{repository}/statuses/{scene.head_sha}"
    return {
        "url": api,
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue,
        "commits_url": f"{api}/commits",
        "review_comments_url": f"{api}/comments",
        "review_comment_url": f"{repository}/pulls/comments{{/number}}",
        "comments_url": f"{issue}/comments",
        "statuses_url": statuses,
        "_links": _links(api, issue, html, statuses),
    }


def _state(scene: Scene) -> JSON:
    event = scene.event
    closed = event.action == "closed"
    merged = event.is_merged
    return {
        "state": "closed" if closed else "open",
        "locked": event.action == "locked",
        "draft": event.draft,
        "merged": merged,
        "mergeable": None if closed else True,
        "rebaseable": None if closed else True,
        "mergeable_state": "unknown" if closed else "clean",
        "merged_by": user_object(event.actor) if merged else None,
        "merge_commit_sha": scene.commits.merge,
        "closed_at": scene.now if closed else None,
        "merged_at": scene.now if merged else None,
        "auto_merge": None,
        "active_lock_reason": None,
    }


def _labels(scene: Scene) -> list[JSON]:
    event = scene.event
    names = list(event.labels)
    if event.action == "labeled" and event.label and event.label not in names:
        names.append(event.label)
    return [label_object(scene.repository, name) for name in names]


def _people() -> JSON:
    return {
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "requested_reviewers": [],
        "requested_teams": [],
    }


def pull_request_object(scene: Scene) -> JSON:
    """Give the whole `pull_request` object."""
    repository, number = scene.repository, scene.event.number
    key = f"{repository.full_name}#{number}"
    files = scene.event.changed_files or scene.commits.changed_files or ()
    return (
        {
            "id": number_id("pull", key),
            "node_id": node_id("PR", "pull", key),
            "number": number,
            "title": scene.event.message or "Change something",
            "body": None,
            "user": user_object(scene.author),
            "author_association": _association(scene),
            "labels": _labels(scene),
            "created_at": scene.now,
            "updated_at": scene.now,
            "head": _end(scene, scene.head_repository, scene.event.head_ref, scene.head_sha),
            "base": _end(scene, repository, scene.base_branch, scene.commits.base),
            "maintainer_can_modify": scene.head_repository is not repository,
            "comments": 0,
            "review_comments": 0,
            "commits": 1,
            "additions": len(files),
            "deletions": 0,
            "changed_files": len(files),
        }
        | _state(scene)
        | _people()
        | _urls(scene)
    )


def issue_object(scene: Scene) -> JSON:
    """Give the `issue` object; it names its pull request unless the event's `head_ref` is empty."""
    repository, number = scene.repository, scene.event.number
    api = f"{API}/repos/{repository.full_name}/issues/{number}"
    is_pull = scene.event.name in ("issue_comment", "pull_request_comment") and scene.event.head_ref != ""
    html = scene.pull_url if is_pull else f"{SERVER}/{repository.full_name}/issues/{number}"
    key = f"{repository.full_name}#{number}"
    issue = {
        "id": number_id("issue", key),
        "node_id": node_id("PR" if is_pull else "I", "issue", key),
        "number": number,
        "title": scene.event.message or "Something",
        "body": None,
        "user": user_object(scene.author),
        "author_association": _association(scene),
        "labels": _labels(scene),
        "comments": 1,
        "created_at": scene.now,
        "updated_at": scene.now,
        "reactions": reactions_object(api),
        "html_url": html,
    }
    issue |= _issue_state(scene) | _issue_urls(api)
    return issue | ({"draft": scene.event.draft, "pull_request": _pull_link(scene)} if is_pull else {})


def _issue_state(scene: Scene) -> JSON:
    closed = scene.event.action == "closed"
    return {
        "state": "closed" if closed else "open",
        "state_reason": "completed" if closed else None,
        "closed_at": scene.now if closed else None,
        "locked": scene.event.action == "locked",
        "active_lock_reason": None,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "performed_via_github_app": None,
    }


def _issue_urls(api: str) -> JSON:
    return {
        "url": api,
        "repository_url": api.rpartition("/issues/")[0],
        "labels_url": f"{api}/labels{{/name}}",
        "comments_url": f"{api}/comments",
        "events_url": f"{api}/events",
        "timeline_url": f"{api}/timeline",
    }


def _pull_link(scene: Scene) -> JSON:
    html = scene.pull_url
    return {
        "url": f"{API}/repos/{scene.repository.full_name}/pulls/{scene.event.number}",
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "merged_at": None,
    }
