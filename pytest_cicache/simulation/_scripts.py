"""The texts that a workflow's steps come from, as they are in the repository."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pytest_cicache.errors import UsageError
from pytest_cicache.history import computing_line
from pytest_cicache.simulation._dockerfiles import dockerfiles

if TYPE_CHECKING:
    from pytest_cicache.simulation._simulation import Simulation

__all__ = ["ScriptReader"]

_ACTION_FILES = ("action.yml", "action.yaml")


class ScriptReader:
    """Reads a workflow's file, and every file of the default branch that it or one of them names, but Dockerfiles."""

    def __init__(self, simulation: Simulation, workflow: str) -> None:
        self._simulation = simulation
        self._workflow = workflow
        self._known: dict[str, str | None] = {}

    def read(self) -> str | None:
        """What stands for the texts as they are now; `None` where events that differ in names alone may differ in more.

        That is where they compute with the names, and where more acts than can be read here: commands of this machine,
        other repositories, faults.
        """
        simulation = self._simulation
        if simulation._stubs.allowed or simulation._sources or len(simulation.faults):
            return None
        tree = simulation._history.tree
        if tree not in self._known:
            self._known[tree] = self._read()
        return self._known[tree]

    def _read(self) -> str | None:
        texts = [*self._texts(), *self._simulation._stubs.commands.values()]
        if computing_line(texts) is not None:
            return None
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()

    def _texts(self) -> Iterator[str]:
        history = self._simulation._history
        tip = history.tip
        left = history.paths(tip)
        left -= frozenset(dockerfiles(left))
        waiting = [self._simulation._workflow_path(self._workflow, tip)]
        while waiting:
            path = waiting.pop()
            left -= {path}
            try:
                text = history.read(tip, path) or ""
            except UsageError:
                continue  # no text, or none that may be read
            yield text
            waiting += sorted({*_named(text, left)} - {*waiting})


def _named(text: str, paths: Iterable[str]) -> Iterator[str]:
    """The paths that a text names: by the name of the file, an action by its folder."""
    for path in paths:
        folder, name = posixpath.split(path)
        if (f"./{folder}" if name in _ACTION_FILES else name) in text:
            yield path
