"""Payloads about conversations: issues, comments, reviews, labels, milestones, discussions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_cicache.events._ids import API, node_id, number_id
from pytest_cicache.events._objects import label_object, reactions_object, user_object
from pytest_cicache.events._pull_request import change_fields, issue_object, pull_request_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_cicache.events._scene import Scene

__all__ = ["ISSUE_PAYLOADS"]

JSON = dict[str, Any]


def _comment(scene: Scene, *, under: str) -> JSON:
    """A comment object; `under` is the path of comments in the API: `issues/comments`."""
    event, repository = scene.event, scene.repository
    key = f"{repository.full_name}/{under}/{event.number}"
    identity = number_id("comment", key)
    api = f"{API}/repos/{repository.full_name}/{under}/{identity}"
    return {
        "id": identity,
        "node_id": node_id("IC", "comment", key),
        "url": api,
        "html_url": f"{scene.pull_url}#issuecomment-{identity}",
        "issue_url": f"{API}/repos/{repository.full_name}/issues/{event.number}",
        "user": user_object(event.actor),
        "body": event.comment or "",
        "author_association": "NONE",
        "created_at": scene.now,
        "updated_at": scene.now,
        "reactions": reactions_object(api),
        "performed_via_github_app": None,
    }


def _changes(scene: Scene) -> JSON:
    return {"changes": {"body": {"from": ""}}} if scene.event.action == "edited" else {}


def _issue_comment(scene: Scene) -> JSON:
    comment = _comment(scene, under="issues/comments")
    return {"issue": issue_object(scene), "comment": comment} | _changes(scene)


def _issues(scene: Scene) -> JSON:
    return {"issue": issue_object(scene)} | change_fields(scene)


def _review(scene: Scene) -> JSON:
    comment = _comment(scene, under=f"pulls/{scene.event.number}/reviews")
    review = comment | {"state": "commented", "commit_id": scene.head_sha, "submitted_at": scene.now}
    return {"review": review, "pull_request": pull_request_object(scene)} | _changes(scene)


def _review_comment(scene: Scene) -> JSON:
    comment = _comment(scene, under="pulls/comments")
    comment |= {"commit_id": scene.head_sha, "path": "README.md", "line": 1, "side": "RIGHT"}
    return {"comment": comment, "pull_request": pull_request_object(scene)} | _changes(scene)


def _label(scene: Scene) -> JSON:
    return {"label": label_object(scene.repository, scene.event.label or "bug")}


def _milestone(scene: Scene) -> JSON:
    api = f"{API}/repos/{scene.repository.full_name}/milestones/{scene.event.number}"
    key = f"{scene.repository.full_name}/{scene.event.number}"
    return {
        "milestone": {
            "id": number_id("milestone", key),
            "node_id": node_id("MI", "milestone", key),
            "url": api,
            "number": scene.event.number,
            "title": scene.event.message or "Next",
            "description": None,
            "state": "closed" if scene.event.action == "closed" else "open",
            "creator": user_object(scene.event.actor),
            "open_issues": 0,
            "closed_issues": 0,
            "created_at": scene.now,
            "updated_at": scene.now,
            "due_on": None,
        }
    }


def _discussion(scene: Scene) -> JSON:
    key = f"{scene.repository.full_name}/discussions/{scene.event.number}"
    return {
        "discussion": {
            "id": number_id("discussion", key),
            "node_id": node_id("D", "discussion", key),
            "number": scene.event.number,
            "title": scene.event.message or "Something",
            "body": "",
            "state": "open",
            "locked": False,
            "user": user_object(scene.event.actor),
            "author_association": "NONE",
            "category": {"name": "General", "slug": "general", "is_answerable": False},
            "labels": [label_object(scene.repository, name) for name in scene.event.labels],
            "html_url": f"https://github.com/{key}",
            "created_at": scene.now,
            "updated_at": scene.now,
        }
    } | change_fields(scene)


def _discussion_comment(scene: Scene) -> JSON:
    return _discussion(scene) | {"comment": _comment(scene, under="discussions/comments")}


ISSUE_PAYLOADS: dict[str, Callable[[Scene], JSON]] = {
    "issue_comment": _issue_comment,
    "pull_request_comment": _issue_comment,
    "issues": _issues,
    "pull_request_review": _review,
    "pull_request_review_comment": _review_comment,
    "label": _label,
    "milestone": _milestone,
    "discussion": _discussion,
    "discussion_comment": _discussion_comment,
}
