"""The repository of a simulation as it is edited there, for the repositories that call it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_cicache.simulation._history import History

__all__ = ["EditedSource"]


@dataclass(frozen=True, slots=True)
class EditedSource:
    """The default branch of a simulation's repository; folders are laid out below `directory`."""

    history: History
    directory: Path

    def text(self, path: str) -> str | None:
        """The text of a file of the default branch."""
        return self.history.read(self.history.tip, path)

    def folder(self, path: str) -> Path | None:
        """A folder of the default branch, laid out once for each commit."""
        root = self.directory / f"edited-{self.history.tip}"
        if not root.is_dir():
            root.mkdir()
            self.history.lay_out(root)
        place = root / path
        return place if place.is_dir() else None
