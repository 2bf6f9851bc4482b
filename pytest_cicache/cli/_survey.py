"""The survey of a repository's workflows that `check` and `diff` ask, on the embedded parts."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_cicache.cli._options import given_repository, given_root, given_sources

if TYPE_CHECKING:
    from pytest_cicache.survey import Survey


@contextmanager
def survey_of(options: argparse.Namespace) -> Iterator[Survey]:
    """What the options say is to be surveyed, as long as its engines run; raises UsageError for what they get wrong."""
    from pytest_cicache.simulation import EngineNames, Engines
    from pytest_cicache.survey import Survey

    repository = given_repository(options)
    sources = given_sources(options.workflow_source)
    with Engines(EngineNames(builder="simulated", registry="embedded")) as engines:
        yield Survey(
            given_root(options),
            repository,
            lambda: engines,
            sources=sources,
            knows_permissions=options.default_permissions is not None,
        )
