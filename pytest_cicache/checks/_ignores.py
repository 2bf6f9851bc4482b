"""Findings that somebody has decided to leave: comments in workflows, entries in pyproject.toml, each with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.checks._table import CHECKS
from pytest_cicache.errors import UsageError, suggestion

__all__ = ["UNUSED_IGNORE", "Ignore", "ignores_in", "ignores_of_settings", "unused_ignores"]

UNUSED_IGNORE = "unused-ignore"
_COMMENT = re.compile(r"#\s*cicache:\s*(?P<word>\S*?)\s*\[(?P<names>[^\]]*)\](?P<reason>.*)")
_ALMOST = re.compile(r"#\s*cicache:?\s+ignore\b.*")
_WORDS = ("ignore", "ignore-workflow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """One check that is ignored, with the reason.

    In a comment it is about its own line, or about the next one where it stands alone; `line` is 0 where it is about a
    whole workflow, `path` empty where it is about all of them. `place` is where it is written, `file:line:column`.
    """

    check: str
    reason: str
    place: str
    path: str = ""
    line: int = 0

    def fits(self, finding: Finding) -> bool:
        """Whether it is about a finding."""
        paths = (finding.path, finding.workflow)
        is_there = not self.path or any(self.path == path or path.endswith(f"/{self.path}") for path in paths)
        is_line = not self.line or (finding.path == self.path and finding.line == self.line)
        return self.check == finding.check and is_there and is_line


def ignores_in(text: str, path: str) -> Iterator[Ignore]:
    """The comments `# cicache: ignore[NAME] reason` and `# cicache: ignore-workflow[NAME] reason` of a file.

    Raises UsageError, with the place, for one without a reason, for a check that does not exist, and for what is almost
    such a comment.
    """
    for number, line in enumerate(text.splitlines(), 1):
        found = _COMMENT.search(line)
        if found is None:
            _refuse_almost(line, f"{path}:{number}")
            continue
        place = f"{path}:{number}:{found.start() + 1}"
        if found["word"] not in _WORDS:
            near = suggestion(found["word"], _WORDS)
            raise UsageError(f"{place}: '{found['word']}' is no comment for cicache; {near}it is {' or '.join(_WORDS)}")
        is_alone = not line[: found.start()].strip()
        about = 0 if found["word"] == "ignore-workflow" else number + 1 if is_alone else number
        for name in (each.strip() for each in found["names"].split(",")):
            _check(name, found["reason"], place, how="write it behind the bracket")
            yield Ignore(check=name, reason=found["reason"].strip(), place=place, path=path, line=about)


def ignores_of_settings(settings: Any, path: str) -> Iterator[Ignore]:
    """The entries `check`, `reason` and, where it is about one workflow alone, `workflow` of `[[tool.cicache.ignore]]`.

    Raises UsageError as `ignores_in` does.
    """
    entries = settings if isinstance(settings, list) else [settings]
    for number, entry in enumerate(entries, 1):
        place = f"{path}: tool.cicache.ignore number {number}"
        if not isinstance(entry, Mapping) or not isinstance(entry.get("check"), str):
            raise UsageError(f"{place} is no table with 'check' and 'reason'")
        unknown = sorted(set(entry) - {"check", "reason", "workflow"})
        if unknown:
            raise UsageError(f"{place} has '{unknown[0]}'; it takes check, reason and workflow")
        _check(entry["check"], str(entry.get("reason", "")), place, how='add reason = "…"')
        reason, workflow = str(entry["reason"]).strip(), str(entry.get("workflow", ""))
        yield Ignore(check=entry["check"], reason=reason, place=place, path=workflow)


def unused_ignores(ignores: Iterable[Ignore], findings: Iterable[Finding]) -> Iterator[Finding]:
    """A note for each ignore that is about none of the findings."""
    found = tuple(findings)
    for ignore in ignores:
        if not any(ignore.fits(finding) for finding in found):
            yield Finding(
                check=UNUSED_IGNORE,
                severity=Severity.NOTE,
                message=f"The ignore of '{ignore.check}' matches nothing: there is no such finding any more",
                cure="remove it",
            ).at(ignore.place)


def _refuse_almost(line: str, place: str) -> None:
    found = _ALMOST.search(line)
    if found is not None:
        right = "# cicache: ignore[NAME] reason"
        raise UsageError(f"{place}:{found.start() + 1}: '{found[0]}' ignores nothing; write '{right}'")


def _check(name: str, reason: str, place: str, *, how: str) -> None:
    if name not in CHECKS:
        raise UsageError(
            f"{place}: there is no check '{name}'; {suggestion(name, CHECKS)}cicache check --list has them"
        )
    if not reason.strip():
        raise UsageError(f"{place}: the ignore of '{name}' has no reason; {how}")
