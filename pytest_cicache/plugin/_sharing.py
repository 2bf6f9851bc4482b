"""The folder in which the workers of xdist keep what they have found out about workflows, for all of them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

__all__ = ["share_folder", "shared_folder"]

_KEY = "cicache_folder"
_SHARED: pytest.StashKey[str] = pytest.StashKey()


def share_folder(config: pytest.Config, workerinput: dict[str, Any]) -> None:
    """Give a worker the folder, which lasts as long as the session."""
    if _SHARED not in config.stash:
        folder = tempfile.mkdtemp(prefix="cicache-checks-")
        config.stash[_SHARED] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    workerinput[_KEY] = config.stash[_SHARED]


def shared_folder(config: pytest.Config) -> Path | None:
    """The folder, in the controller and in each worker; `None` without workers."""
    folder = getattr(config, "workerinput", {}).get(_KEY) or config.stash.get(_SHARED, None)
    return None if folder is None else Path(folder)
