"""The simulation of one test."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TextIO

import pytest

from pytest_cicache.plugin._config import CURRENT, is_strict, option, patience, repository, root
from pytest_cicache.plugin._engines import engines
from pytest_cicache.plugin._results import result_of
from pytest_cicache.reporting import brief_entry, entry
from pytest_cicache.simulation import LiveLine, Simulation

_TERMINAL = Path("/dev/tty")


@contextmanager
def simulated(item: pytest.Item, sources: Mapping[str, Path]) -> Iterator[Simulation]:
    """Give a test its simulation, and keep what its runs say for the end of the session."""
    config = item.config
    strict = is_strict(config)
    with Simulation(
        engines(config), root(config), repository(config), strict=strict, patience=patience(config), sources=sources
    ) as simulation:
        config.stash[CURRENT] = simulation
        with _terminal(config) as terminal, LiveLine(terminal, lambda: simulation.doing):
            yield simulation
        del config.stash[CURRENT]
        result = result_of(item)
        result["unused"] = [] if strict else list(simulation.unused_stubs)
        described = entry if _is_told(config) else brief_entry
        result["runs"] = [described(run).to_data() for run in simulation.every_run]


def _is_told(config: pytest.Config) -> bool:
    """Whether more of runs is shown at the end than the table."""
    is_github = os.environ.get("GITHUB_ACTIONS") == "true"
    return bool(option(config, "report")) or is_github or config.get_verbosity() > 0


def _terminal(config: pytest.Config) -> AbstractContextManager[TextIO | None]:
    """The terminal itself, since pytest captures what a test writes; `None` where nobody looks at one."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not reporter.isatty:
        return nullcontext()
    try:
        return _TERMINAL.open("w", encoding="utf-8")
    except OSError:
        return nullcontext()
