"""Which repository a folder is: what a person says, else what its git remote says, else its own name."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_cicache.engines import remote_url
from pytest_cicache.errors import UsageError
from pytest_cicache.events import Repository

__all__ = ["repository_of"]

_GITHUB = re.compile(r"github\.com[:/](?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?$")
_PLACEHOLDER_OWNER = "octo-org"


def repository_of(
    root: Path,
    full_name: str = "",
    *,
    default_branch: str = "main",
    visibility: str = "public",
    default_permissions: str = "read",
) -> Repository:
    """Describe the repository in a folder; raises UsageError for a name that is not `owner/name`.

    Without a name, a folder that is the top of a git repository is named by its GitHub remote; any other is
    `octo-org/FOLDER`.
    """
    owner, slash, name = (full_name or _guess(root)).partition("/")
    if not (owner and slash and name) or "/" in name:
        raise UsageError(f"a repository is owner/name, not '{full_name}'")
    return Repository(
        owner=owner,
        name=name,
        default_branch=default_branch,
        visibility=visibility,
        default_permissions=default_permissions,
    )


def _guess(root: Path) -> str:
    found = _GITHUB.search(remote_url(root) or "")
    if found:
        return f"{found['owner']}/{found['name']}"
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", root.resolve().name) or "repository"
    return f"{_PLACEHOLDER_OWNER}/{name}"
