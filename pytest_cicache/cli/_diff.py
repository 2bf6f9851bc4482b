"""`cicache diff`: what changes in the behaviour of workflows since another commit."""

from __future__ import annotations

import argparse
import sys

from pytest_cicache.cli._options import Commands, add_repository_options
from pytest_cicache.cli._survey import survey_of


def add(commands: Commands) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("diff", help="show what changes in the behaviour of workflows since a commit")
    told = "the commit to compare with; by default where HEAD has left the default branch"
    parser.add_argument("base", nargs="?", metavar="BASE", help=told)
    parser.add_argument(
        "--format", choices=("text", "markdown", "json"), default="text", help="how changes are written (text)"
    )
    parser.add_argument(
        "--fail-on", choices=("worse", "any"), help="end with 1 when something is worse, or at any change"
    )
    add_repository_options(parser, as_json=False)
    parser.set_defaults(command=_diff)


def _diff(options: argparse.Namespace) -> int:
    from pytest_cicache.reporting import render_changes
    from pytest_cicache.survey import changes_since

    with survey_of(options) as survey:
        found = changes_since(survey, options.base)
        refused = [error for error in (survey.record(path).error for path in survey.workflows) if error is not None]
    print(render_changes(found, options.format))
    for error in refused:
        print(f"cicache: {error}", file=sys.stderr)
    if refused:
        return 2
    failing = found if options.fail_on == "any" else [change for change in found if change.is_worse]
    return 1 if options.fail_on and failing else 0
