"""`cicache init`: a first test file, from the repository's own workflows."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from pytest_cicache.cli._options import Commands, add_repository_options, given_repository, given_root, given_sources
from pytest_cicache.errors import UsageError

_OUTPUT = Path("tests", "test_image_caches.py")


def add(commands: Commands) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("init", help="write a first test file for the workflows of a repository")
    parser.add_argument("workflows", nargs="*", metavar="WORKFLOW", help="all that touch an image cache by default")
    told = "the file to write (tests/test_image_caches.py of the repository)"
    parser.add_argument("--output", type=Path, metavar="FILE", help=told)
    add_repository_options(parser, as_json=False)
    parser.set_defaults(command=_init)


def _init(options: argparse.Namespace) -> int:
    from pytest_cicache.reporting import first_tests
    from pytest_cicache.simulation import EngineNames, Engines
    from pytest_cicache.survey import Survey

    root = given_root(options)
    file = options.output or root / _OUTPUT
    shown = os.path.relpath(file)
    if file.exists():
        raise UsageError(f"'{shown}' is there already; give another --output")
    repository = given_repository(options)
    sources = given_sources(options.workflow_source)
    with Engines(EngineNames(builder="simulated", registry="embedded")) as engines:
        knows = options.default_permissions is not None
        survey = Survey(
            root,
            repository,
            lambda: engines,
            sources=sources,
            knows_permissions=knows,
        )
        workflows = survey.named(options.workflows) or survey.workflows
        refused = [error for error in (survey.record(path).error for path in workflows) if error is not None]
        if refused:
            raise UsageError(refused[0])
        if not workflows:
            raise UsageError(f"no workflow in {root} touches an image cache")
        text = first_tests(survey.first_test(path) for path in workflows)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"'{shown}' cannot be written: {error.strerror}") from error
    print(f"wrote {shown}; run it with pytest")
    return 0
