"""The repository, its commits, branches, tags, files, pull requests and releases, to be read.

https://docs.github.com/en/rest/repos, /rest/commits, /rest/branches, /rest/pulls and /rest/releases
"""

from __future__ import annotations

import base64
import hashlib
from itertools import islice
from typing import Any

from pytest_cicache.events import github_time, repository_object, user_object
from pytest_cicache.githubapi._context import ApiContext
from pytest_cicache.githubapi._pages import paged
from pytest_cicache.githubapi._wire import API_URL, ApiRefusedError, ApiReply
from pytest_cicache.githubapi._world import ApiCommit

__all__ = [
    "get_branch",
    "get_commit",
    "get_content",
    "get_latest_release",
    "get_pull",
    "get_reference",
    "get_release",
    "get_repository",
    "list_branches",
    "list_commits",
    "list_pulls",
    "list_releases",
    "list_tags",
]

# A page deeper than this no simulation has.
_DEEPEST = 10_000


def get_repository(context: ApiContext) -> ApiReply:
    """`GET /repos/OWNER/NAME`."""
    return ApiReply(document=repository_object(context.facts.repository, github_time(context.now)))


def list_commits(context: ApiContext) -> ApiReply:
    """`GET …/commits?sha=`: a branch's or a commit's history, the newest first."""
    ref = context.call.query.get("sha") or context.facts.repository.default_branch
    found = list(islice(context.facts.log(_resolved(context, ref)), _DEEPEST))
    return paged(context.call, found, lambda commit: _commit_object(context, commit))


def get_commit(context: ApiContext) -> ApiReply:
    """`GET …/commits/REF`, with the files it changes."""
    try:
        sha = _resolved(context, context.parts["ref"])
    except ApiRefusedError:
        raise ApiRefusedError(422, f"No commit found for SHA: {context.parts['ref']}") from None
    commit = next(iter(context.facts.log(sha)))
    files = [{"filename": path, "status": "modified"} for path in context.facts.changed(commit)]
    return ApiReply(document={**_commit_object(context, commit), "files": files})


def list_branches(context: ApiContext) -> ApiReply:
    """`GET …/branches`."""
    named = sorted(context.facts.branches().items())
    return paged(context.call, named, lambda item: _branch_object(context, *item))


def get_branch(context: ApiContext) -> ApiReply:
    """`GET …/branches/NAME`."""
    name = context.parts["name"]
    sha = context.facts.branches().get(name)
    if sha is None:
        raise ApiRefusedError(404, "Branch not found")
    commit = next(iter(context.facts.log(sha)))
    return ApiReply(document={**_branch_object(context, name, sha), "commit": _commit_object(context, commit)})


def list_tags(context: ApiContext) -> ApiReply:
    """`GET …/tags`."""
    named = sorted(context.facts.tags().items(), reverse=True)
    return paged(
        context.call,
        named,
        lambda item: {"name": item[0], "commit": {"sha": item[1], "url": _commit_url(context, item[1])}},
    )


def get_reference(context: ApiContext) -> ApiReply:
    """`GET …/git/ref/heads/NAME` or `tags/NAME`."""
    kind, _, name = context.parts["ref"].partition("/")
    known = {"heads": context.facts.branches, "tags": context.facts.tags}.get(kind)
    sha = known().get(name) if known is not None else None
    if sha is None:
        raise ApiRefusedError(404, "Not Found")
    place = f"{_root(context)}/git"
    target = {"type": "commit", "sha": sha, "url": f"{place}/commits/{sha}"}
    return ApiReply(document={"ref": f"refs/{kind}/{name}", "url": f"{place}/refs/{kind}/{name}", "object": target})


def list_pulls(context: ApiContext) -> ApiReply:
    """`GET …/pulls?state=open|closed|all&head=&base=`."""
    query = context.call.query
    state = query.get("state", "open")
    found = [pull for pull in context.facts.pulls() if state in ("all", pull.get("state"))]
    if query.get("base"):
        found = [pull for pull in found if pull["base"]["ref"] == query["base"]]
    if query.get("head"):
        found = [pull for pull in found if pull["head"]["label"] == query["head"]]
    return paged(context.call, found, lambda pull: pull)


def get_pull(context: ApiContext) -> ApiReply:
    """`GET …/pulls/NUMBER`."""
    return ApiReply(document=_named(context.facts.pulls(), "number", context.parts["number"]))


def list_releases(context: ApiContext) -> ApiReply:
    """`GET …/releases`."""
    return paged(context.call, list(context.facts.releases()), lambda release: release)


def get_release(context: ApiContext) -> ApiReply:
    """`GET …/releases/tags/TAG`."""
    return ApiReply(document=_named(context.facts.releases(), "tag_name", context.parts["tag"]))


def get_latest_release(context: ApiContext) -> ApiReply:
    """`GET …/releases/latest`: neither a draft nor a prerelease."""
    found = [each for each in context.facts.releases() if not each.get("draft") and not each.get("prerelease")]
    if not found:
        raise ApiRefusedError(404, "Not Found")
    return ApiReply(document=found[0])


def get_content(context: ApiContext) -> ApiReply:
    """`GET …/contents/PATH?ref=`: a file with its content, or what is in a folder."""
    path = context.parts.get("path", "").strip("/")
    ref = context.call.query.get("ref") or context.facts.repository.default_branch
    try:
        sha = _resolved(context, ref)
    except ApiRefusedError:
        raise ApiRefusedError(404, f"No commit found for the ref {ref}") from None
    content = context.facts.content(sha, path) if path else None
    if content is not None:
        return ApiReply(document=_file_object(context, path, ref, content))
    prefix = f"{path}/" if path else ""
    inside = sorted({each[len(prefix) :] for each in context.facts.paths(sha) if each.startswith(prefix)})
    if not inside:
        raise ApiRefusedError(404, "Not Found")
    names = {name.partition("/")[0]: "dir" if "/" in name else "file" for name in inside}
    return ApiReply(document=[_entry_object(context, f"{prefix}{name}", kind, ref) for name, kind in names.items()])


def _resolved(context: ApiContext, ref: str) -> str:
    sha = context.facts.resolve(ref)
    if sha is None:
        raise ApiRefusedError(404, "Not Found")
    return sha


def _named(items: Any, member: str, value: str) -> dict[str, Any]:
    found: dict[str, Any] | None = next((each for each in items if str(each.get(member)) == value), None)
    if found is None:
        raise ApiRefusedError(404, "Not Found")
    return found


def _root(context: ApiContext) -> str:
    return f"{API_URL}/repos/{context.facts.repository.full_name}"


def _commit_url(context: ApiContext, sha: str) -> str:
    return f"{_root(context)}/commits/{sha}"


def _commit_object(context: ApiContext, commit: ApiCommit) -> dict[str, Any]:
    person = {
        "name": commit.author,
        "email": f"{commit.author}@users.noreply.github.com",
        "date": github_time(commit.at),
    }
    return {
        "sha": commit.sha,
        "url": _commit_url(context, commit.sha),
        "html_url": f"https://github.com/{context.facts.repository.full_name}/commit/{commit.sha}",
        "commit": {
            "author": person,
            "committer": person,
            "message": commit.message,
            "tree": {"sha": commit.tree, "url": f"{_root(context)}/git/trees/{commit.tree}"},
            "url": f"{_root(context)}/git/commits/{commit.sha}",
            "comment_count": 0,
        },
        "author": user_object(commit.author),
        "committer": user_object(commit.author),
        "parents": [{"sha": sha, "url": _commit_url(context, sha)} for sha in commit.parents],
    }


def _branch_object(context: ApiContext, name: str, sha: str) -> dict[str, Any]:
    protected = name in context.facts.repository.settings.protected_branches
    return {"name": name, "commit": {"sha": sha, "url": _commit_url(context, sha)}, "protected": protected}


def _entry_object(context: ApiContext, path: str, kind: str, ref: str) -> dict[str, Any]:
    url = f"{_root(context)}/contents/{path}?ref={ref}"
    return {"type": kind, "name": path.rpartition("/")[2], "path": path, "url": url}


def _file_object(context: ApiContext, path: str, ref: str, content: bytes) -> dict[str, Any]:
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    return {
        **_entry_object(context, path, "file", ref),
        "size": len(content),
        "sha": blob,
        "encoding": "base64",
        "content": base64.encodebytes(content).decode(),
    }
