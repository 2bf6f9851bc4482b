"""Payloads about refs, releases, packages and the repository itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_cicache.events._ids import API, SERVER, node_id, number_id
from pytest_cicache.events._objects import reactions_object, repository_object, user_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_cicache.events._scene import Scene

__all__ = ["OTHER_PAYLOADS"]

JSON = dict[str, Any]


def _named_ref(scene: Scene) -> JSON:
    """The short name and type of the ref that an event creates or deletes."""
    event = scene.event
    if event.tag:
        return {"ref": event.tag, "ref_type": "tag"}
    ref = event.ref or f"refs/heads/{event.branch}"
    return {"ref": ref.split("/", 2)[2], "ref_type": "tag" if ref.startswith("refs/tags/") else "branch"}


def _create(scene: Scene) -> JSON:
    shown = {"master_branch": scene.repository.default_branch, "description": None, "pusher_type": "user"}
    return _named_ref(scene) | shown


def _delete(scene: Scene) -> JSON:
    return _named_ref(scene) | {"pusher_type": "user"}


def _release(scene: Scene) -> JSON:
    event, repository = scene.event, scene.repository
    tag = scene.place.ref_name
    key = f"{repository.full_name}/{tag}"
    api = f"{API}/repos/{repository.full_name}/releases/{number_id('release', key)}"
    html = f"{SERVER}/{repository.full_name}"
    return {
        "release": {
            "id": number_id("release", key),
            "node_id": node_id("RE", "release", key),
            "tag_name": tag,
            "target_commitish": repository.default_branch,
            "name": event.message or tag,
            "body": "",
            "draft": event.draft,
            "prerelease": event.action == "prereleased",
            "immutable": False,
            "author": user_object(event.actor),
            "assets": [],
            "created_at": scene.now,
            "updated_at": scene.now,
            "published_at": None if event.draft else scene.now,
            "url": api,
            "html_url": f"{html}/releases/tag/{tag}",
            "assets_url": f"{api}/assets",
            "upload_url": f"https://uploads.github.com/repos/{key}/assets{{?name,label}}",
            "tarball_url": f"{API}/repos/{repository.full_name}/tarball/{tag}",
            "zipball_url": f"{API}/repos/{repository.full_name}/zipball/{tag}",
            "reactions": reactions_object(api),
        }
    } | ({"changes": {"body": {"from": ""}}} if event.action == "edited" else {})


def _registry_package(scene: Scene) -> JSON:
    event, repository = scene.event, scene.repository
    key = f"{repository.full_name}/{repository.name.lower()}"
    tag = event.tag or scene.place.ref_name
    version = {
        "id": number_id("version", key),
        "version": f"sha256:{scene.place.sha}",
        "target_commitish": repository.default_branch,
        "target_oid": scene.place.sha,
        "container_metadata": {"tag": {"name": tag, "digest": f"sha256:{scene.place.sha}"}},
        "created_at": scene.now,
        "updated_at": scene.now,
    }
    return {
        "registry_package": {
            "id": number_id("package", key),
            "name": repository.name.lower(),
            "namespace": repository.owner,
            "ecosystem": "CONTAINER",
            "package_type": "CONTAINER",
            "owner": user_object(repository.owner, kind=repository.owner_type),
            "package_version": version,
            "html_url": f"{SERVER}/{repository.full_name}/packages/{number_id('package', key)}",
            "created_at": scene.now,
            "updated_at": scene.now,
        }
    }


def _fork(scene: Scene) -> JSON:
    copy = repository_object(scene.repository, scene.now)
    owner = user_object(scene.event.actor)
    name = f"{scene.event.actor}/{scene.repository.name}"
    return {"forkee": copy | {"owner": owner, "full_name": name, "fork": True, "public": True}}


def _gollum(scene: Scene) -> JSON:
    page = {"page_name": "Home", "title": "Home", "summary": None, "action": "edited", "sha": scene.place.sha}
    return {"pages": [page | {"html_url": f"{SERVER}/{scene.repository.full_name}/wiki/Home"}]}


def _page_build(scene: Scene) -> JSON:
    build = {
        "url": f"{API}/repos/{scene.repository.full_name}/pages/builds/1",
        "status": "built",
        "error": {"message": None},
        "pusher": user_object(scene.event.actor),
        "commit": scene.place.sha,
        "duration": 1000,
        "created_at": scene.now,
        "updated_at": scene.now,
    }
    return {"id": 1, "build": build}


def _branch_protection_rule(scene: Scene) -> JSON:
    name = scene.event.branch or scene.repository.default_branch
    rule = {"id": number_id("rule", name), "name": name, "repository_id": number_id("repository", name)}
    return {"rule": rule | {"created_at": scene.now, "updated_at": scene.now}}


def _project(scene: Scene) -> JSON:
    key = f"{scene.repository.full_name}/{scene.event.name}"
    thing = {
        "id": number_id("project", key),
        "node_id": node_id("PRO", "project", key),
        "name": "Project",
        "creator": user_object(scene.event.actor),
        "created_at": scene.now,
        "updated_at": scene.now,
    }
    return {scene.event.name: thing}


def _image_version(scene: Scene) -> JSON:
    return {"image_version": {"name": "image", "version": "1.0.0", "state": scene.event.action}}


OTHER_PAYLOADS: dict[str, Callable[[Scene], JSON]] = {
    "create": _create,
    "delete": _delete,
    "release": _release,
    "registry_package": _registry_package,
    "fork": _fork,
    "gollum": _gollum,
    "page_build": _page_build,
    "branch_protection_rule": _branch_protection_rule,
    "project": _project,
    "project_card": _project,
    "project_column": _project,
    "image_version": _image_version,
}
