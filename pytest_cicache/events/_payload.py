"""The webhook payload of an event, `github.event`, with the fields that GitHub sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_cicache.events._event import NO_COMMIT
from pytest_cicache.events._ids import SERVER
from pytest_cicache.events._objects import (
    commit_object,
    organization_object,
    repository_object,
    user_object,
)
from pytest_cicache.events._payload_issues import ISSUE_PAYLOADS
from pytest_cicache.events._payload_others import OTHER_PAYLOADS
from pytest_cicache.events._payload_runs import RUN_PAYLOADS
from pytest_cicache.events._pull_request import change_fields, pull_request_object
from pytest_cicache.events._refs import BRANCHES, GIT_TAGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_cicache.events._scene import Scene

__all__ = ["payload_of"]

JSON = dict[str, Any]


def payload_of(scene: Scene) -> JSON:
    """Build the payload of the scene's event; nothing in it is shared with another payload."""
    repository = scene.repository
    payload: JSON = {"action": scene.event.action} if scene.event.action else {}
    build = _PAYLOADS.get(scene.event.name)
    payload |= build(scene) if build else {}
    payload.setdefault("repository", repository_object(repository, scene.now))
    if repository.owner_type == "Organization":
        payload["organization"] = organization_object(repository.owner)
    if scene.event.name != "schedule":
        payload["sender"] = user_object(scene.event.actor)
    return payload


def _push(scene: Scene) -> JSON:
    event, repository = scene.event, scene.repository
    ref, before, after = _pushed_ref(scene), scene.commits.before, scene.place.sha
    if event.deletes:
        before, after = scene.commits.head, NO_COMMIT
    commit = _head_commit(scene)
    is_tag = ref.startswith(GIT_TAGS)
    created = before == NO_COMMIT or is_tag
    shown = repository_object(repository, scene.now) | {
        "created_at": 1_577_836_800,
        "pushed_at": scene.epoch,
        "stargazers": 0,
        "master_branch": repository.default_branch,
    }
    return {
        "ref": ref,
        "before": NO_COMMIT if is_tag else before,
        "after": after,
        "base_ref": f"{BRANCHES}{repository.default_branch}" if is_tag else None,
        "created": created and not event.deletes,
        "deleted": event.deletes,
        "forced": False,
        "compare": f"{SERVER}/{repository.full_name}/compare/{before[:12]}...{after[:12]}",
        "commits": [] if is_tag or event.deletes else [commit],
        "head_commit": None if event.deletes else commit,
        "pusher": {"name": event.actor, "email": f"{event.actor}@users.noreply.github.com"},
        "repository": shown,
    }


def _pushed_ref(scene: Scene) -> str:
    """The ref that was pushed, also when the push deletes it and the run falls back to another."""
    event = scene.event
    if event.ref or event.tag:
        return event.ref or f"{GIT_TAGS}{event.tag}"
    return f"{BRANCHES}{event.branch or scene.repository.default_branch}"


def _head_commit(scene: Scene) -> JSON:
    event = scene.event
    merge = event.kind == "main_merge"
    said = f"Merge pull request #{event.number} from {scene.repository.owner}/{event.head_ref}"
    return commit_object(
        scene.repository,
        scene.place.sha,
        author=event.actor,
        message=event.message or (said if merge else "Change something"),
        now=scene.now,
    )


def _pull_request(scene: Scene) -> JSON:
    event = scene.event
    payload: JSON = {"number": event.number, "pull_request": pull_request_object(scene)}
    if event.action == "synchronize":
        payload |= {"before": scene.commits.before, "after": scene.head_sha}
    return payload | change_fields(scene)


def _merge_group(scene: Scene) -> JSON:
    commit = commit_object(
        scene.repository,
        scene.place.sha,
        author="github-merge-queue[bot]",
        message=scene.event.message or f"Merge pull request #{scene.event.number}",
        now=scene.now,
    )
    shown = ("id", "tree_id", "message", "timestamp", "author", "committer")
    return {
        "merge_group": {
            "head_sha": scene.place.sha,
            "head_ref": scene.place.ref,
            "base_sha": scene.commits.base,
            "base_ref": f"{BRANCHES}{scene.base_branch}",
            "head_commit": {name: commit[name] for name in shown},
        }
    }


_PAYLOADS: dict[str, Callable[[Scene], JSON]] = {
    "push": _push,
    "pull_request": _pull_request,
    "pull_request_target": _pull_request,
    "merge_group": _merge_group,
    **ISSUE_PAYLOADS,
    **RUN_PAYLOADS,
    **OTHER_PAYLOADS,
}
