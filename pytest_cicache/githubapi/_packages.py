"""Packages and their versions.

https://docs.github.com/en/rest/packages/packages and
https://docs.github.com/en/packages/learn-github-packages/deleting-and-restoring-a-package
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from pytest_cicache.events import github_time, number_id, repository_object, user_object
from pytest_cicache.githubapi._caller import ApiCaller, require_package_scope
from pytest_cicache.githubapi._context import ApiContext
from pytest_cicache.githubapi._pages import paged
from pytest_cicache.githubapi._versions import PackageVersion
from pytest_cicache.githubapi._wire import API_URL, ApiRefusedError, ApiReply
from pytest_cicache.githubapi._world import ApiPackage
from pytest_cicache.permissions import AccessLevel

__all__ = [
    "delete_package",
    "delete_version",
    "get_package",
    "get_version",
    "list_packages",
    "list_versions",
    "restore_package",
    "restore_version",
]

DOWNLOAD_LIMIT = 5000
_TYPES = ("npm", "maven", "rubygems", "docker", "nuget", "container")
_READ, _WRITE = AccessLevel.READ, AccessLevel.WRITE
_RANKS = ("none", "read", "write", "admin")
_INTEGRATION = "Resource not accessible by integration"
# The words: github.com/actions/delete-package-versions/issues/231, github.com/sigstore/cosign/issues/3984 and
# github.com/dataaxiom/ghcr-cleanup-action/issues/5 (the status of all of them is 400).
_MANY = "Publicly visible package versions with more than 5000 downloads cannot be deleted."
_MANY_IN_PACKAGE = "Publicly visible packages with a version with more than 5000 downloads cannot be deleted."
_SUPPORT = "Contact GitHub support for further assistance."
_LAST = "You cannot delete the last version of a package. You must delete the package instead."
_LAST_TAGGED = "You cannot delete the last tagged version of a package. You must delete the package instead."


def list_packages(context: ApiContext) -> ApiReply:
    """`GET …/packages?package_type=container`."""
    require_package_scope(context.caller, _READ, "list packages")
    kind = context.call.query.get("package_type", "")
    visibility = context.call.query.get("visibility")
    if kind not in _TYPES:
        raise ApiRefusedError(400, "Invalid argument.")
    owner = _owner(context)
    found = context.settings.packages(context.caller, owner) if kind == "container" else ()
    wanted = [each for each in found if visibility in (None, each.visibility)]
    return paged(context.call, wanted, lambda package: _package_object(context, package))


def get_package(context: ApiContext) -> ApiReply:
    """`GET …/packages/container/NAME`."""
    return ApiReply(document=_package_object(context, _package(context, _READ, "get a package")))


def delete_package(context: ApiContext) -> ApiReply:
    """`DELETE …/packages/container/NAME`: all its versions go with it."""
    package = _package(context, _WRITE, "delete a package")
    _require_admin(context.caller, package)
    versions = context.versions.versions(package.image_name)
    if package.visibility == "public" and any(each.downloads > DOWNLOAD_LIMIT for each in versions):
        raise ApiRefusedError(400, f"{_MANY_IN_PACKAGE} {_SUPPORT}")
    for version in versions:
        context.versions.delete(package.image_name, version)
    context.settings.delete_package(package.image_name)
    return ApiReply(status=204)


def restore_package(context: ApiContext) -> ApiReply:
    """`POST …/packages/container/NAME/restore`: with all the versions that can be."""
    require_package_scope(context.caller, _WRITE, "restore a package")
    name = f"{_owner(context)}/{context.parts['name']}".lower()
    package = context.settings.restore_package(context.caller, name)
    if package is None:
        raise ApiRefusedError(404, "Package not found.")
    for version in context.versions.versions(name, deleted=True):
        context.versions.restore(name, version)
    return ApiReply(status=204)


def list_versions(context: ApiContext) -> ApiReply:
    """`GET …/versions?state=active|deleted`, the newest first."""
    package = _package(context, _READ, "get a package's versions")
    state = context.call.query.get("state", "active")
    if state not in ("active", "deleted"):
        raise ApiRefusedError(400, "Invalid argument.")
    if state == "deleted":
        _require_admin(context.caller, package)
    found = context.versions.versions(package.image_name, deleted=state == "deleted")
    return paged(context.call, found, lambda version: _version_object(package, version))


def get_version(context: ApiContext) -> ApiReply:
    """`GET …/versions/ID`."""
    package = _package(context, _READ, "get a package version")
    return ApiReply(document=_version_object(package, _version(context, package)))


def delete_version(context: ApiContext) -> ApiReply:
    """`DELETE …/versions/ID`."""
    package = _package(context, _WRITE, "delete a package version")
    version = _version(context, package)
    _require_admin(context.caller, package)
    if package.visibility == "public" and version.downloads > DOWNLOAD_LIMIT:
        raise ApiRefusedError(400, f"{_MANY} {_SUPPORT}")
    others = [each for each in context.versions.versions(package.image_name) if each.id != version.id]
    if not others:
        raise ApiRefusedError(400, _LAST)
    if version.tags and not any(each.tags for each in others):
        raise ApiRefusedError(400, _LAST_TAGGED)
    context.versions.delete(package.image_name, version)
    return ApiReply(status=204)


def restore_version(context: ApiContext) -> ApiReply:
    """`POST …/versions/ID/restore`, within 30 days."""
    package = _package(context, _WRITE, "restore a package version")
    _require_admin(context.caller, package)
    context.versions.restore(package.image_name, _version(context, package, deleted=True))
    return ApiReply(status=204)


def _owner(context: ApiContext) -> str:
    """The account in the path; below /users an organization may stand too.

    So actions/delete-package-versions asks for those of both (src/version/get-versions.ts).
    """
    parts, caller = context.parts, context.caller
    if "org" not in parts and "user" not in parts:
        if caller.user is None:
            raise ApiRefusedError(403, _INTEGRATION)
        return caller.user
    owner = parts["org"] if "org" in parts else parts["user"]
    kind = context.settings.owner_type(owner)
    if kind is None or ("org" in parts and kind != "Organization"):
        raise ApiRefusedError(404, "Not Found")
    return owner


def _package(context: ApiContext, level: AccessLevel, doing: str) -> ApiPackage:
    require_package_scope(context.caller, level, doing)
    if context.parts["type"] not in _TYPES:
        raise ApiRefusedError(400, "Invalid argument.")
    image_name = f"{_owner(context)}/{context.parts['name']}".lower()
    found = context.settings.package(context.caller, image_name) if context.parts["type"] == "container" else None
    if found is None:
        raise ApiRefusedError(404, "Package not found.")
    return found


def _version(context: ApiContext, package: ApiPackage, *, deleted: bool = False) -> PackageVersion:
    text = context.parts["id"]
    number = int(text) if text.isascii() and text.isdigit() else 0
    found = context.versions.version(package.image_name, number, deleted=deleted)
    if found is None:
        raise ApiRefusedError(404, "Not Found")
    return found


def _require_admin(caller: ApiCaller, package: ApiPackage) -> None:
    if _RANKS.index(package.role) < _RANKS.index("admin"):
        words = _INTEGRATION if caller.user is None else "Must have admin rights to Repository."
        raise ApiRefusedError(403, words)


def _place(package: ApiPackage) -> str:
    kind = "orgs" if package.owner_type == "Organization" else "users"
    return f"{kind}/{package.owner}/packages/container"


def _package_object(context: ApiContext, package: ApiPackage) -> dict[str, Any]:
    versions = context.versions.versions(package.image_name)
    made = versions[-1].created_at if versions else context.now
    touched = max((version.updated_at for version in versions), default=context.now)
    repository = context.facts.repository
    linked = package.linked is not None and package.linked.lower() == repository.full_name.lower()
    found: dict[str, Any] = {
        "id": number_id("package", package.image_name),
        "name": package.name,
        "package_type": "container",
        "owner": user_object(package.owner, kind=package.owner_type),
        "version_count": len(versions),
        "visibility": package.visibility,
        "url": f"{API_URL}/{_place(package)}/{quote(package.name, safe='')}",
        "created_at": github_time(made),
        "updated_at": github_time(touched),
        "html_url": f"https://github.com/{_place(package)}/package/{quote(package.name, safe='')}",
    }
    if linked:
        found["repository"] = repository_object(repository, github_time(context.now))
    return found


def _version_object(package: ApiPackage, version: PackageVersion) -> dict[str, Any]:
    name = quote(package.name, safe="")
    found: dict[str, Any] = {
        "id": version.id,
        "name": version.digest,
        "url": f"{API_URL}/{_place(package)}/{name}/versions/{version.id}",
        "package_html_url": f"https://github.com/{_place(package)}/package/{name}",
        "created_at": github_time(version.created_at),
        "updated_at": github_time(version.updated_at),
        "html_url": f"https://github.com/{_place(package)}/{name}/{version.id}",
        "metadata": {"package_type": "container", "container": {"tags": list(reversed(version.tags))}},
    }
    if version.deleted_at is not None:
        found["deleted_at"] = github_time(version.deleted_at)
    return found
