"""The checks of each workflow as the page shows them: how many passed, and which did not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_cicache.checks import Finding, Severity
from pytest_cicache.reporting._report import ReportedCheck
from pytest_cicache.reporting.html._run import ShownWord

__all__ = ["CheckedWorkflow", "checked_workflows", "of_severity"]

_SEVERITIES = {Severity.ERROR: "bad", Severity.WARNING: "odd", Severity.NOTE: "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedWorkflow:
    """A workflow, what its checks came to in numbers, and the checks that failed or found something."""

    name: str
    counts: tuple[ShownWord, ...]
    told: tuple[ShownWord, ...]


def of_severity(severity: Severity) -> str:
    """The colour of a finding."""
    return _SEVERITIES[severity]


def checked_workflows(checks: Sequence[ReportedCheck], findings: Sequence[Finding]) -> tuple[CheckedWorkflow, ...]:
    """The workflows that were checked, in the order of their checks; what is about all of them is left out."""
    moods = {finding.check: _SEVERITIES[finding.severity] for finding in reversed(findings)}
    names = dict.fromkeys(check.workflow for check in checks if check.workflow)
    return tuple(_workflow(name, [check for check in checks if check.workflow == name], moods) for name in names)


def _workflow(name: str, checks: Sequence[ReportedCheck], moods: dict[str, str]) -> CheckedWorkflow:
    told = (check for check in checks if check.outcome == "failed" or check.findings)
    return CheckedWorkflow(
        name=name,
        counts=tuple(_counts(checks)),
        told=tuple(
            ShownWord(check.check, "bad" if check.outcome == "failed" else moods.get(check.check, "none"))
            for check in told
        ),
    )


def _counts(checks: Sequence[ReportedCheck]) -> Iterator[ShownWord]:
    for outcome, mood in (("failed", "bad"), ("skipped", "none"), ("passed", "good")):
        count = sum(check.outcome == outcome for check in checks)
        if count:
            yield ShownWord(f"{count} {outcome}", mood)
