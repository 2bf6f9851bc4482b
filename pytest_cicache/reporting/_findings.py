"""Findings of checks as text, JSON, SARIF, and the commands that make GitHub annotate lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_cicache.checks import CHECKS, NOT_SIMULATED, UNUSED_IGNORE, Finding, Severity
from pytest_cicache.reporting._annotation import finding_annotation

__all__ = ["FINDING_FORMATS", "finding_lines", "render_findings"]

_SCHEMA = "pytest-cicache/checks/1"
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def finding_lines(finding: Finding) -> Iterator[str]:
    """Tell a finding: place, severity, name and sentence, then the line, the cure, the page, what it rests on."""
    yield f"{finding.where}: {finding.severity}[{finding.check}]: {finding.message}"
    if finding.excerpt:
        yield f"    {finding.excerpt}"
    yield f"  cure: {finding.cure}"
    if finding.assumes:
        yield f"  rests on: {', '.join(finding.assumes)}"
    yield f"  page: {finding.page}"


def render_findings(findings: Sequence[Finding], form: str, *, workflows: Sequence[str] = ()) -> str:
    """Write findings in one of `FINDING_FORMATS`; `workflows` are those that were looked at."""
    return _WRITERS[form](findings, workflows)


def _text(findings: Sequence[Finding], workflows: Sequence[str]) -> str:
    blocks = ["\n".join(finding_lines(finding)) for finding in findings]
    return "\n\n".join((*blocks, _summary(findings, workflows)))


def _summary(findings: Sequence[Finding], workflows: Sequence[str]) -> str:
    counts = Counter(finding.severity for finding in findings)
    told = [f"{counts[each]} {each}{'s' if counts[each] > 1 else ''}" for each in Severity if counts[each]]
    where = f"{len(workflows)} workflow{'' if len(workflows) == 1 else 's'} with an image cache"
    unsure = any(each.check == NOT_SIMULATED and each.severity is Severity.ERROR for each in findings)
    return f"{', '.join(told) or 'nothing found'} in {where}{' or not simulated' if unsure else ''}"


def _json(findings: Sequence[Finding], workflows: Sequence[str]) -> str:
    data = {"schema": _SCHEMA, "workflows": list(workflows), "findings": [each.to_data() for each in findings]}
    return json.dumps(data, indent=2)


def _sarif(findings: Sequence[Finding], workflows: Sequence[str]) -> str:
    names = list(dict.fromkeys(finding.check for finding in findings))
    rules = [_rule(name) for name in names]
    results = [_result(finding, names.index(finding.check)) for finding in findings]
    driver = {"name": "pytest-cicache", "rules": rules}
    return json.dumps(
        {"$schema": _SARIF, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}, indent=2
    )


def _rule(name: str) -> Mapping[str, Any]:
    what = "an ignore that matches nothing" if name == UNUSED_IGNORE else CHECKS[name].what
    return {"id": name, "shortDescription": {"text": what}, "help": {"text": f"docs/checks/{name}.md"}}


def _result(finding: Finding, rule: int) -> Mapping[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": finding.path or finding.workflow}}
    if finding.line:
        snippet = {"snippet": {"text": finding.excerpt}} if finding.excerpt else {}
        place["region"] = {"startLine": finding.line, "startColumn": finding.column, **snippet}
    return {
        "ruleId": finding.check,
        "ruleIndex": rule,
        "level": finding.severity.value,
        "message": {"text": f"{finding.message}; {finding.cure}"},
        "locations": [{"physicalLocation": place}],
    }


def _github(findings: Sequence[Finding], workflows: Sequence[str]) -> str:
    return "\n".join(map(finding_annotation, findings))


_WRITERS = {"text": _text, "json": _json, "sarif": _sarif, "github": _github}
FINDING_FORMATS = tuple(_WRITERS)
"""The formats findings are written in."""
