"""Simulate GitHub events, tokens and ghcr.io for the CI image caches of a repository's workflows."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_cicache.errors import CicacheError
    from pytest_cicache.events import Event, Repository
    from pytest_cicache.observation import JobResult, Run, StepResult
    from pytest_cicache.permissions import Token
    from pytest_cicache.simulation import EngineNames, Engines, Simulation

__all__ = [
    "CicacheError",
    "EngineNames",
    "Engines",
    "Event",
    "JobResult",
    "Repository",
    "Run",
    "Simulation",
    "StepResult",
    "Token",
    "__version__",
]
__version__ = "0.1.0"

_PLACES = {
    "CicacheError": "errors",
    "EngineNames": "simulation",
    "Event": "events",
    "JobResult": "observation",
    "Repository": "events",
    "Run": "observation",
    "Simulation": "simulation",
    "StepResult": "observation",
    "Token": "permissions",
    "Engines": "simulation",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for; the plugin is loaded in every pytest run."""
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module 'pytest_cicache' has no attribute {name!r}")
    return getattr(import_module(f"pytest_cicache.{place}"), name)
