"""The default branch of the repository in a folder: GitHub knows it, a clone remembers it, else it is guessed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from pytest_cicache.engines import known_branches
from pytest_cicache.errors import WorkflowError
from pytest_cicache.workflow import read_workflow

__all__ = ["default_branch_of"]

_USUAL = ("main", "master")


def default_branch_of(root: Path, full_name: str) -> str:
    """The default branch of the repository `owner/name` in a folder.

    It is what GitHub Actions says in the event that it runs for, else what `origin` had when it was cloned. Without
    either it is `main` or `master`: the one that filters of workflows name, else the one that there is.
    """
    known = known_branches(root, _USUAL)
    return _told_by_actions(full_name) or known.default or _guessed(root, known.names)


def _told_by_actions(full_name: str) -> str | None:
    """Of the event's payload: https://docs.github.com/en/webhooks/webhook-events-and-payloads."""
    if os.environ.get("GITHUB_REPOSITORY", "").lower() != full_name.lower():
        return None
    try:
        payload = json.loads(Path(os.environ.get("GITHUB_EVENT_PATH", "")).read_text(encoding="utf-8"))
        return str(payload["repository"]["default_branch"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _guessed(root: Path, there: frozenset[str]) -> str:
    named = set(_named(root))
    for found in (named, there):
        if len(found) == 1:
            return next(iter(found))
    return _USUAL[0]


def _named(root: Path) -> Iterator[str]:
    """The usual names among the branches that filters of workflows let in."""
    for file in (root / ".github" / "workflows").glob("*.y*ml"):
        try:
            workflow = read_workflow(file.read_text(encoding="utf-8"), path=file.name)
        except (OSError, UnicodeDecodeError, WorkflowError):
            continue
        yield from (name for trigger in workflow.triggers for name in trigger.branches or () if name in _USUAL)
