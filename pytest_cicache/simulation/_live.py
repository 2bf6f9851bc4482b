"""One line of a terminal that says what a long run is doing, and is gone when it has done it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import TextIO

__all__ = ["LiveLine"]

_WIDTH = 70
_SAVE, _RESTORE, _ERASE = "\x1b7", "\x1b8", "\x1b[K"


class LiveLine:
    """Shows behind the cursor what `doing` says, once that has lasted `patience` seconds; empty is nothing.

    A context manager. Nothing is written in a CI, whose log keeps every line, nor where there is no terminal.
    """

    def __init__(
        self, terminal: TextIO | None, doing: Callable[[], str], *, patience: float = 2.0, every: float = 0.25
    ) -> None:
        self._terminal = None if os.environ.get("CI") else terminal
        self._doing = doing
        self._patience = patience
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="cicache-live", daemon=True)

    def __enter__(self) -> LiveLine:
        if self._terminal is not None:
            self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        if self._terminal is not None:
            self._thread.join()

    def _watch(self) -> None:
        since, shown = time.monotonic(), ""
        while not self._over.wait(self._every):
            text = self._doing()
            if not text:
                since = time.monotonic()
            wanted = text if time.monotonic() - since >= self._patience else ""
            if wanted != shown:
                self._show(wanted)
                shown = wanted
        if shown:
            self._show("")

    def _show(self, text: str) -> None:
        assert self._terminal is not None
        self._terminal.write(f"{_SAVE}{f'  {text}'[:_WIDTH] if text else ''}{_ERASE}{_RESTORE}")
        self._terminal.flush()
