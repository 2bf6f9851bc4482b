"""What changed in the behaviour of workflows as text, Markdown for a comment, and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

from pytest_cicache.checks import ConductChange

__all__ = ["CHANGE_FORMATS", "change_lines", "render_changes"]

_SCHEMA = "pytest-cicache/diff/1"
_NOTHING = "no event makes any workflow behave otherwise"


def change_lines(changes: Sequence[ConductChange]) -> list[str]:
    """One line a change, what is worse first and marked."""
    ordered = sorted(changes, key=lambda change: change.rank)
    return [f"{'worse: ' if change.is_worse else ''}{change.sentence}" for change in ordered]


def render_changes(changes: Sequence[ConductChange], form: str) -> str:
    """Write changes in one of `CHANGE_FORMATS`."""
    return _WRITERS[form](changes)


def _text(changes: Sequence[ConductChange]) -> str:
    blocks = [
        "\n".join((workflow, *(f"  {line}" for line in change_lines(list(found)))))
        for workflow, found in groupby(changes, key=lambda change: change.workflow)
    ]
    return "\n\n".join(blocks) or _NOTHING


def _markdown(changes: Sequence[ConductChange]) -> str:
    lines = ["### Image caches: what this changes", ""]
    for workflow, found in groupby(changes, key=lambda change: change.workflow):
        lines += [f"`{workflow}`", ""]
        for change in sorted(found, key=lambda each: each.rank):
            lines.append(f"* **{change.sentence}**" if change.is_worse else f"* {change.sentence}")
        lines.append("")
    return "\n".join(lines).rstrip() if changes else f"{lines[0]}\n\n{_NOTHING.capitalize()}."


def _json(changes: Sequence[ConductChange]) -> str:
    told = [
        {
            "workflow": change.workflow,
            "case": change.case,
            "subject": change.subject,
            "before": change.before,
            "after": change.after,
            "worse": change.is_worse,
            "sentence": change.sentence,
        }
        for change in changes
    ]
    return json.dumps({"schema": _SCHEMA, "changes": told}, indent=2)


_WRITERS = {"text": _text, "markdown": _markdown, "json": _json}
CHANGE_FORMATS = tuple(_WRITERS)
"""The formats changes are written in."""
