"""Plays one history for each of several ways to make cache keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import UsageError
from pytest_cicache.history import CacheHistory, KeyComparison

if TYPE_CHECKING:
    from pytest_cicache.simulation._simulation import Simulation

__all__ = ["Edits", "compare_keys"]

Edits = Mapping[str, str | tuple[str, str]]
"""Files to change: path to the new text, or to a pair of a text in it and what it becomes."""


def compare_keys(simulation: Simulation, workflow: str, keys: Mapping[str, Edits], **history: Any) -> KeyComparison:
    """Play the history in a twin of the simulation for each set of edits; raises UsageError for none."""
    if not keys:
        raise UsageError('keys are compared by name: {"month": {}, "week": {path: (old, new)}}')
    found: dict[str, CacheHistory] = {}
    for name, edits in keys.items():
        with simulation.twin() as twin:
            for path, change in edits.items():
                if isinstance(change, str):
                    twin.write(path, change)
                else:
                    twin.edit(path, *change)
            found[name] = twin.history(workflow, **history)
    return KeyComparison(found)
