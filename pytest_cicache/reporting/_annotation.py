"""The command that makes GitHub Actions annotate a line of a file.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import re

from pytest_cicache.checks import Finding, Severity

__all__ = ["annotation", "finding_annotation"]

_SIGNS = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY_SIGNS = {**_SIGNS, ":": "%3A", ",": "%2C"}
# The words of the commands, which differ from those of findings for a note.
_COMMANDS = {Severity.NOTE: "notice"}


def annotation(title: str, message: str, *, where: str, folder: str = "", command: str = "error") -> str:
    """Annotate a place `file:line:column`, or a whole file; `folder` is where the repository lies in the checkout."""
    found = re.fullmatch(r"(?P<path>.*?)(:(?P<line>\d+))?(:(?P<column>\d+))?", where)
    path, line, column = ("", None, None) if found is None else found.group("path", "line", "column")
    place = (("file", f"{folder}/{path}" if folder else path), ("line", line), ("col", column))
    told = ((name, value) for name, value in (*place, ("title", title)) if value)
    properties = ",".join(f"{name}={_escaped(value, _PROPERTY_SIGNS)}" for name, value in told)
    return f"::{command} {properties}::{_escaped(message, _SIGNS)}"


def finding_annotation(finding: Finding, *, folder: str = "") -> str:
    """Annotate the place of a finding, as badly as the finding is."""
    return annotation(
        f"cicache {finding.check}",
        f"{finding.message}; {finding.cure}",
        where=finding.where,
        folder=folder,
        command=_COMMANDS.get(finding.severity, finding.severity.value),
    )


def _escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in text)
