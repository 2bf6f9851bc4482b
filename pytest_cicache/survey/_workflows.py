"""Which workflows of a repository touch an image cache, and which of them events start."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_cicache.errors import WorkflowError
from pytest_cicache.workflow import Workflow, read_workflow

__all__ = ["cache_workflows", "read_alone", "workflow_texts"]

FOLDER = ".github/workflows"
_TOUCHES = re.compile(
    r"cache[-_](to|from)\b|docker/(build-push|bake)-action|\bbuildx\s+(build|bake)\b|\bdocker\s+(image\s+)?build\b"
    r"|docker-build=",
    re.IGNORECASE,
)
_LOCAL = re.compile(r"uses:\s*['\"]?\./(?P<path>[^\s'\"@#]+)")


def workflow_texts(root: Path) -> dict[str, str]:
    """The texts of the workflow files below a root, by path; one that is no UTF-8 text is left out."""
    found: dict[str, str] = {}
    for file in sorted((root / FOLDER).glob("*.y*ml")):
        text = _text(file) if file.suffix in (".yml", ".yaml") else None
        if text is not None:
            found[file.relative_to(root).as_posix()] = text
    return found


def cache_workflows(root: Path, texts: Mapping[str, str]) -> list[str]:
    """The workflows that touch an image cache, themselves or by what of the repository they call or use.

    One that only others start is left to those that call it, where there are any.
    """
    called = {path for text in texts.values() for path in _uses(root, text)}
    return [
        path
        for path, text in texts.items()
        if _touches(root, text, set()) and not (path in called and _is_only_called(text, path))
    ]


def read_alone(text: str, path: str) -> Workflow | None:
    """A workflow without what it calls; `None` for one that cannot be read."""
    try:
        return read_workflow(text, path=path)
    except WorkflowError:
        return None


def _is_only_called(text: str, path: str) -> bool:
    workflow = read_alone(text, path)
    return workflow is not None and {trigger.event for trigger in workflow.triggers} <= {"workflow_call"}


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


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
