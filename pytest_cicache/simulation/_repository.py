"""Which repository a folder is: what a person says, else what its git remote says, else its own name."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_cicache.engines import remote_url
from pytest_cicache.errors import UsageError
from pytest_cicache.events import Repository
from pytest_cicache.simulation._default_branch import default_branch_of

__all__ = ["find_root", "name_origin", "repository_of"]

_GITHUB = re.compile(r"github\.com[:/](?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?$")
_PLACEHOLDER_OWNER = "octo-org"
_WORKFLOWS = Path(".github", "workflows")


def find_root(start: Path) -> Path:
    """The folder of the repository: `start` where it has workflows or is the top of a git repository, else that above.

    A part of a monorepo may have its tests to itself, GitHub reads workflows at the top alone.
    """
    if (start / _WORKFLOWS).is_dir() or (start / ".git").exists():
        return start
    top = next((folder for folder in start.resolve().parents if (folder / ".git").exists()), None)
    return top if top is not None and (top / _WORKFLOWS).is_dir() else start


def name_origin(root: Path, full_name: str = "") -> str:
    """Where the name of the repository in a folder comes from, in a few words."""
    if full_name:
        return "as given"
    url = remote_url(root) or ""
    if _GITHUB.search(url) is None:
        why = f"its remote origin is not on GitHub: {url}" if url else "it has no remote origin"
        return f"after its folder, since {why}"
    upstream = remote_url(root, "upstream")
    return "by its remote origin" + (f"; a clone of a fork, whose upstream is {upstream}" if upstream else "")


def repository_of(
    root: Path,
    full_name: str = "",
    *,
    default_branch: str = "",
    visibility: str = "public",
    default_permissions: str = "read",
) -> Repository:
    """Describe the repository in a folder; raises UsageError for a name that is not `owner/name`.

    Without a name, a folder that is the top of a git repository is named by its GitHub remote; any other is
    `octo-org/FOLDER`. Without a default branch, it is looked for.
    """
    owner, slash, name = (full_name or _guess(root)).partition("/")
    if not (owner and slash and name) or "/" in name:
        raise UsageError(f"a repository is owner/name, not '{full_name}'")
    return Repository(
        owner=owner,
        name=name,
        default_branch=default_branch or default_branch_of(root, f"{owner}/{name}"),
        visibility=visibility,
        default_permissions=default_permissions,
    )


def _guess(root: Path) -> str:
    found = _GITHUB.search(remote_url(root) or "")
    if found:
        return f"{found['owner']}/{found['name']}"
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", root.resolve().name) or "repository"
    return f"{_PLACEHOLDER_OWNER}/{name}"
