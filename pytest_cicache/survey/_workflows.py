"""Which workflows of a repository touch an image cache, and which of them events start."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_cicache.errors import CicacheError, UsageError, WorkflowError
from pytest_cicache.workflow import read_workflow

__all__ = ["FOLDER", "cache_workflows", "is_only_called", "refused_workflows", "workflow_files", "workflow_texts"]

FOLDER = ".github/workflows"
_TOUCHES = re.compile(
    r"cache[-_](to|from)\b|docker/(build-push|bake)-action|\bbuildx\s+(build|bake)\b|\bdocker\s+(image\s+)?build\b"
    r"|docker-build=",
    re.IGNORECASE,
)
_LOCAL = re.compile(r"uses:\s*['\"]?\./(?P<path>[^\s'\"@#,}]+)")


def workflow_files(root: Path) -> list[str]:
    """The paths of the workflow files below a root."""
    found = sorted(file for file in (root / FOLDER).glob("*.y*ml") if file.suffix in (".yml", ".yaml"))
    return [file.relative_to(root).as_posix() for file in found]


def workflow_texts(root: Path) -> dict[str, str]:
    """The texts of the workflow files below a root, by path; one that is no UTF-8 text is left out."""
    texts = ((path, _text(root / path)) for path in workflow_files(root))
    return {path: text for path, text in texts if text is not None}


def refused_workflows(root: Path, texts: Mapping[str, str]) -> dict[str, CicacheError]:
    """The workflow files below a root that GitHub refuses, by path, whatever else they may be about, with why."""
    found: dict[str, CicacheError] = {}
    for path in workflow_files(root):
        try:
            if path not in texts:
                raise UsageError(f"{path} {_why_no_text(root / path)}")
            read_workflow(texts[path], path=path)
        except CicacheError as error:
            found[path] = error
    return found


def cache_workflows(root: Path, texts: Mapping[str, str]) -> list[str]:
    """The workflows that touch an image cache, themselves or by what of the repository they call or use.

    One that only others start is left to those that call it, where there are any.
    """
    called = {path for text in texts.values() for path in _uses(root, text)}
    return [
        path
        for path, text in texts.items()
        if _touches(root, text, set()) and not (path in called and is_only_called(text, path))
    ]


def is_only_called(text: str, path: str) -> bool:
    """Whether no event but a call starts a workflow."""
    try:
        workflow = read_workflow(text, path=path)
    except WorkflowError:
        return False
    return {trigger.event for trigger in workflow.triggers} <= {"workflow_call"}


def _touches(root: Path, text: str, seen: set[str]) -> bool:
    if _TOUCHES.search(text):
        return True
    for path in _uses(root, text):
        if path not in seen:
            seen.add(path)
            if _touches(root, _text(root / path) or "", seen):
                return True
    return False


def _uses(root: Path, text: str) -> Iterator[str]:
    """The files of the repository that a workflow or an action uses: workflows, and the definitions of actions."""
    for found in _LOCAL.finditer(text):
        path = found["path"].rstrip("/")
        if path.endswith((".yml", ".yaml")):
            yield path
            continue
        yield from (f"{path}/{name}" for name in ("action.yml", "action.yaml") if (root / path / name).is_file())


def _why_no_text(file: Path) -> str:
    try:
        file.read_text(encoding="utf-8")
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except UnicodeDecodeError as error:
        return f"is not UTF-8 text: {error.reason} at byte {error.start}"
    return "has been changed just now"


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
