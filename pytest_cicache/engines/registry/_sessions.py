"""Which processes share what one test run started, told by file locks that end with their process.

A session is a directory; each process that uses it holds a lock on a file of its own in it. No process
id is compared, so a reused one, a crash or a kill needs no care. All sessions of a user share one mutex.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Session", "Sessions"]


class Sessions:
    """The sessions below one directory, which is made when missing and must be this user's own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if root.stat().st_uid != os.getuid():
            raise EngineError(f"the directory {root} belongs to another user; remove it, or set TMPDIR")

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other process of this user out while sessions start and end."""
        with (self.root / "lock").open("w") as mutex:
            fcntl.flock(mutex, fcntl.LOCK_EX)
            yield

    def session(self, session_id: str) -> Session:
        """Name a session; nothing is made yet."""
        return Session(self.root / session_id)


class Session:
    """One session's directory; use it only inside `Sessions.locked`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._mine: int | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What the first process wrote for the others; empty before that."""
        try:
            data = json.loads((self.directory / "facts.json").read_text())
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def write_facts(self, **facts: Any) -> None:
        """Tell the processes that join later."""
        (self.directory / "facts.json").write_text(json.dumps(facts))

    def join(self) -> None:
        """Become a user of the session, until `leave` or the end of the process."""
        users = self.directory / "users"
        users.mkdir(parents=True, exist_ok=True)
        self._mine = os.open(users / secrets.token_hex(8), os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._mine, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def leave(self) -> bool:
        """Stop using it; tells whether nobody else does."""
        if self._mine is not None:
            os.close(self._mine)
            self._mine = None
        return not self.is_used()

    def is_used(self) -> bool:
        """Whether some process holds its lock."""
        return any(_is_held(path) for path in (self.directory / "users").glob("*"))

    def remove(self) -> None:
        """Delete the directory."""
        shutil.rmtree(self.directory, ignore_errors=True)


def _is_held(path: Path) -> bool:
    with path.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        path.unlink()
        return False
