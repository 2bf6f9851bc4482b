"""`cicache check`: what is wrong with the image caches of a repository's workflows."""

from __future__ import annotations

import argparse
import sys

from pytest_cicache.cli._options import Commands, add_repository_options
from pytest_cicache.cli._survey import survey_of

_FORMATS = ("text", "json", "sarif", "github")


def add(commands: Commands) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("check", help="find what is wrong with the image caches of workflows")
    parser.add_argument("workflows", nargs="*", metavar="PATH", help="all that touch an image cache by default")
    parser.add_argument("--list", action="store_true", help="print the names of the checks, and what each finds")
    parser.add_argument("--format", choices=_FORMATS, default="text", help="how the findings are written (text)")
    add_repository_options(parser, as_json=False)
    parser.set_defaults(command=_check)


def _check(options: argparse.Namespace) -> int:
    from pytest_cicache.checks import CHECKS, Severity
    from pytest_cicache.reporting import render_findings

    if options.list:
        width = max(map(len, CHECKS))
        print("\n".join(f"{check.name:{width}}  {check.what}" for check in CHECKS.values()))
        return 0
    with survey_of(options) as survey:
        workflows = survey.named(options.workflows) or survey.workflows
        findings = list(survey.every_finding(workflows))
        if not options.workflows:
            findings += survey.unused_ignores()
        records = [survey.record(path) for path in workflows]
    print(render_findings(findings, options.format, workflows=workflows))
    refused = [record.error for record in records if record.error is not None]
    for error in refused:
        print(f"cicache: {error}", file=sys.stderr)
    if refused:
        return 2
    return 1 if any(finding.severity is Severity.ERROR for finding in findings) else 0
