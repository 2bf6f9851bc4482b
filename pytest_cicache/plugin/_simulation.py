"""The simulation of one test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from pytest_cicache.plugin._config import CURRENT, is_strict, option, patience, root
from pytest_cicache.plugin._engines import engines
from pytest_cicache.plugin._results import result_of
from pytest_cicache.reporting import entry
from pytest_cicache.simulation import Simulation, repository_of


@contextmanager
def simulated(item: pytest.Item, sources: Mapping[str, Path]) -> Iterator[Simulation]:
    """Give a test its simulation, and keep what its runs say for the end of the session."""
    config = item.config
    folder = root(config)
    repository = repository_of(folder, option(config, "repository"))
    strict = is_strict(config)
    with Simulation(
        engines(config), folder, repository, strict=strict, patience=patience(config), sources=sources
    ) as simulation:
        config.stash[CURRENT] = simulation
        yield simulation
        del config.stash[CURRENT]
        result = result_of(item)
        result["unused"] = [] if strict else list(simulation.unused_stubs)
        result["runs"] = [entry(run).to_data() for run in simulation.every_run]
