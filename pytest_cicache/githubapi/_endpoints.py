"""The endpoints that are simulated: one row each.

Paths and permissions: https://docs.github.com/en/rest and
https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps. What packages take is decided by
their own roles (`_packages`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from pytest_cicache.githubapi import _caches, _packages, _repository
from pytest_cicache.githubapi._context import ApiContext
from pytest_cicache.githubapi._wire import ApiReply
from pytest_cicache.permissions import AccessLevel

__all__ = ["ENDPOINTS", "ApiEndpoint", "find_endpoint"]

Answerer = Callable[[ApiContext], ApiReply]


@dataclass(frozen=True, slots=True)
class ApiEndpoint:
    """One row: `permission` and `level` are what it takes of a repository's token, `page` documents it.

    In `path`, `{name}` is one component, percent-encoded, and `{name+}` any number of them.
    """

    method: str
    path: str
    answer: Answerer
    page: str
    permission: str = ""
    level: AccessLevel = AccessLevel.READ


def _packages_of(prefix: str, whose: str) -> Iterator[ApiEndpoint]:
    package = f"{prefix}/packages/{{type}}/{{name}}"
    rows: tuple[tuple[str, str, Answerer, str], ...] = (
        ("GET", f"{prefix}/packages", _packages.list_packages, "list-packages-for"),
        ("GET", package, _packages.get_package, "get-a-package-for"),
        ("DELETE", package, _packages.delete_package, "delete-a-package-for"),
        ("POST", f"{package}/restore", _packages.restore_package, "restore-a-package-for"),
        ("GET", f"{package}/versions", _packages.list_versions, "list-package-versions-for-a-package-owned-by"),
        ("GET", f"{package}/versions/{{id}}", _packages.get_version, "get-a-package-version-for"),
        ("DELETE", f"{package}/versions/{{id}}", _packages.delete_version, "delete-package-version-for"),
        ("POST", f"{package}/versions/{{id}}/restore", _packages.restore_version, "restore-package-version-for"),
    )
    for method, path, answer, page in rows:
        yield ApiEndpoint(method, path, answer, f"packages/packages#{page}-{whose}")


_Row = tuple[str, str, Answerer, str]
_METADATA: tuple[_Row, ...] = (("GET", "", _repository.get_repository, "repos/repos#get-a-repository"),)
_CONTENTS: tuple[_Row, ...] = (
    ("GET", "/commits", _repository.list_commits, "commits/commits#list-commits"),
    ("GET", "/commits/{ref+}", _repository.get_commit, "commits/commits#get-a-commit"),
    ("GET", "/branches", _repository.list_branches, "branches/branches#list-branches"),
    ("GET", "/branches/{name+}", _repository.get_branch, "branches/branches#get-a-branch"),
    ("GET", "/tags", _repository.list_tags, "repos/repos#list-repository-tags"),
    ("GET", "/git/ref/{ref+}", _repository.get_reference, "git/refs#get-a-reference"),
    ("GET", "/contents", _repository.get_content, "repos/contents#get-repository-content"),
    ("GET", "/contents/{path+}", _repository.get_content, "repos/contents#get-repository-content"),
    ("GET", "/releases", _repository.list_releases, "releases/releases#list-releases"),
    ("GET", "/releases/latest", _repository.get_latest_release, "releases/releases#get-the-latest-release"),
    ("GET", "/releases/tags/{tag+}", _repository.get_release, "releases/releases#get-a-release-by-tag-name"),
)
_PULLS: tuple[_Row, ...] = (
    ("GET", "/pulls", _repository.list_pulls, "pulls/pulls#list-pull-requests"),
    ("GET", "/pulls/{number}", _repository.get_pull, "pulls/pulls#get-a-pull-request"),
)
_CACHES: tuple[_Row, ...] = (
    ("GET", "/actions/caches", _caches.list_caches, "actions/cache#list-github-actions-caches-for-a-repository"),
    ("DELETE", "/actions/caches", _caches.delete_caches, "actions/cache"),
    ("DELETE", "/actions/caches/{id}", _caches.delete_cache, "actions/cache"),
    ("GET", "/actions/cache/usage", _caches.cache_usage, "actions/cache"),
)
_LIMITS: tuple[_Row, ...] = (
    ("GET", "/actions/cache/storage-limit", _caches.get_storage_limit, "actions/cache"),
    ("PUT", "/actions/cache/storage-limit", _caches.set_storage_limit, "actions/cache"),
    ("GET", "/actions/cache/retention-limit", _caches.get_retention_limit, "actions/cache"),
    ("PUT", "/actions/cache/retention-limit", _caches.set_retention_limit, "actions/cache"),
)
_BY_PERMISSION = {
    "metadata": _METADATA,
    "contents": _CONTENTS,
    "pull-requests": _PULLS,
    "actions": _CACHES,
    "administration": _LIMITS,
}


def _of_repository() -> Iterator[ApiEndpoint]:
    for permission, rows in _BY_PERMISSION.items():
        for method, path, answer, page in rows:
            level = AccessLevel.READ if method == "GET" else AccessLevel.WRITE
            whole = f"/repos/{{owner}}/{{repository}}{path}"
            yield ApiEndpoint(method, whole, answer, page, permission, level)


ENDPOINTS: tuple[ApiEndpoint, ...] = (
    *_packages_of("/orgs/{org}", "an-organization"),
    *_packages_of("/users/{user}", "a-user"),
    *_packages_of("/user", "the-authenticated-user"),
    *_of_repository(),
)


def _pattern(path: str) -> re.Pattern[str]:
    wide = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", path)
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", wide))


_PATTERNS = tuple((endpoint, _pattern(endpoint.path)) for endpoint in ENDPOINTS)


def find_endpoint(method: str, path: str) -> tuple[ApiEndpoint, Mapping[str, str]] | None:
    """The endpoint of a call, with what stands in its places; the longest literal path wins."""
    wanted = "GET" if method == "HEAD" else method
    for endpoint, pattern in _BY_LITERALS:
        found = pattern.fullmatch(path.rstrip("/")) if endpoint.method == wanted else None
        if found is not None:
            return endpoint, {name: unquote(text) for name, text in found.groupdict().items()}
    return None


_BY_LITERALS = sorted(_PATTERNS, key=lambda row: (row[0].path.count("{"), -len(row[0].path)))
