"""Simulate GitHub events, tokens and ghcr.io for the CI image caches of a repository's workflows."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_cicache.errors import CicacheError
    from pytest_cicache.events import Event, Repository
    from pytest_cicache.observation import (
        BuildRecord,
        Cache,
        CacheOperation,
        Conclusion,
        JobResult,
        Operation,
        RegistryRecord,
        Result,
        Run,
        StepMode,
        StepResult,
        TagChange,
        Tags,
        Vertex,
        Why,
    )
    from pytest_cicache.permissions import Token
    from pytest_cicache.plan import Assumption, Plan
    from pytest_cicache.simulation import EngineNames, Engines, Simulation

__all__ = [
    "Assumption",
    "BuildRecord",
    "Cache",
    "CacheOperation",
    "CicacheError",
    "Conclusion",
    "EngineNames",
    "Engines",
    "Event",
    "JobResult",
    "Operation",
    "Plan",
    "RegistryRecord",
    "Repository",
    "Result",
    "Run",
    "Simulation",
    "StepMode",
    "StepResult",
    "TagChange",
    "Tags",
    "Token",
    "Vertex",
    "Why",
    "__version__",
]
__version__ = "0.1.0"

_NAMES = {
    "errors": ("CicacheError",),
    "events": ("Event", "Repository"),
    "observation": (
        *("BuildRecord", "Cache", "CacheOperation", "Conclusion", "JobResult", "Operation", "RegistryRecord"),
        *("Result", "Run", "StepMode", "StepResult", "TagChange", "Tags", "Vertex", "Why"),
    ),
    "permissions": ("Token",),
    "plan": ("Assumption", "Plan"),
    "simulation": ("EngineNames", "Engines", "Simulation"),
}
_PLACES = {name: place for place, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for; the plugin is loaded in every pytest run."""
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module 'pytest_cicache' has no attribute {name!r}")
    return getattr(import_module(f"pytest_cicache.{place}"), name)
