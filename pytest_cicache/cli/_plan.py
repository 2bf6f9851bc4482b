"""`cicache plan`: which jobs events would run, with which tokens."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime

from pytest_cicache.cli._options import (
    Commands,
    add_repeatable,
    add_repository_options,
    given_event,
    given_repository,
    given_root,
    given_sources,
)
from pytest_cicache.cli._problem import one_line


def add(commands: Commands) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("plan", help="show which jobs events would run, with their tokens")
    parser.add_argument("workflows", nargs="*", metavar="WORKFLOW", help="all of .github/workflows by default")
    add_repeatable(parser, "--event", "KIND", "an event to plan for; every kind by default")
    add_repository_options(parser)
    parser.set_defaults(command=_plan)


def _plan(options: argparse.Namespace) -> int:
    from pytest_cicache.events import KINDS
    from pytest_cicache.reporting import plan_json, plan_lines
    from pytest_cicache.simulation import plan_workflows

    plans, unreadable = plan_workflows(
        given_root(options),
        given_repository(options),
        options.workflows,
        [given_event(text) for text in options.event or KINDS],
        sources=given_sources(options.workflow_source),
        now=options.clock or datetime.now(UTC),
    )
    if options.json:
        print(json.dumps(plan_json(plans), indent=2))
    else:
        print("\n".join(plan_lines(plans)))
    for error in unreadable:
        print(one_line(error), file=sys.stderr)
    return 2 if unreadable else 0
