"""One job in act: its process, its log, and the questions of the scripts it starts."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pytest_cicache.engines.runner.act._gates import Ask, Gates
from pytest_cicache.engines.runner.act._log import LogLine, is_noise, read_line
from pytest_cicache.engines.runner.job import ScriptLauncher
from pytest_cicache.errors import EngineError

__all__ = ["ActEnd", "ActProcess"]

_CHUNK = 1 << 16
# Bytes; the text of a log line is shorter, and act escapes what it prints.
_LONGEST_LINE = 1 << 26


@dataclass(frozen=True, slots=True)
class ActEnd:
    """act has ended, or the time is over; then there is no `status`."""

    status: int | None


@dataclass(slots=True)
class _Rest:
    """The line that has only begun; one without end is cut, and no object any more."""

    _parts: list[bytes] = field(default_factory=list)
    _size: int = 0

    def lines(self, data: bytes) -> list[bytes]:
        """The lines that end in what comes next."""
        *ended, rest = data.split(b"\n")
        if ended:
            ended[0] = b"".join((*self._parts, ended[0]))
            self._parts, self._size = [], 0
        self._size += len(rest)
        self._parts += [rest] if self._size <= _LONGEST_LINE else []
        return ended


@dataclass(slots=True)
class ActProcess:
    """A running act: `next` gives what it says, line by line, what its scripts ask, and its end."""

    launcher: ScriptLauncher
    gates: Gates
    _selector: selectors.DefaultSelector
    _rest: _Rest = field(default_factory=_Rest)
    _lines: list[LogLine] = field(default_factory=list)
    _asks: list[Ask] = field(default_factory=list)
    _end: ActEnd | None = None

    @classmethod
    def start(
        cls, command: list[str], environment: Mapping[str, str], launcher: ScriptLauncher, gates: Gates
    ) -> ActProcess:
        """Start a command in the folder of the gates; raises EngineError when it does not start.

        What goes wrong before the job is in the file `errors`.
        """
        folder = gates.folder
        command = [shutil.which("sh") or "/bin/sh", "-c", 'exec "$@" 2>"$0"', str(folder / "errors"), *command]
        log = os.open(folder / "output", os.O_WRONLY)
        try:
            launcher.start(command, folder, environment, log)
        except OSError as error:
            gates.close()
            raise EngineError(f"act does not start: {error.strerror}", command=tuple(command)) from error
        finally:
            os.close(log)
        selector = selectors.DefaultSelector()
        for source in (gates.output, gates.asks, launcher):
            selector.register(source, selectors.EVENT_READ)
        return cls(launcher, gates, selector)

    def next(self, deadline: float) -> LogLine | Ask | ActEnd:
        """What comes next before the monotonic `deadline`; lines come before questions, which were asked after them."""
        if time.monotonic() > deadline:
            return ActEnd(None)
        while not (self._lines or self._asks or self._end):
            if not self._read(deadline - time.monotonic()):
                return ActEnd(None)
        if self._lines:
            return self._lines.pop(0)
        if self._asks:
            return self._asks.pop(0)
        assert self._end is not None
        return self._end

    def pending(self, seconds: float) -> Iterator[LogLine]:
        """The lines on their way: those that come until there is none for `seconds`."""
        while True:
            while self._lines:
                yield self._lines.pop(0)
            if self._end is not None or not self._read(seconds):
                return

    def put_back(self, event: LogLine | Ask) -> None:
        """Give the same again next time."""
        if isinstance(event, LogLine):
            self._lines.insert(0, event)
        else:
            self._asks.insert(0, event)

    def last_error(self) -> str:
        """What act said last on stderr."""
        with contextlib.suppress(OSError):
            text = (self.gates.folder / "errors").read_text(encoding="utf-8", errors="replace")
            plain = [line for line in text.splitlines() if line.strip() and not line.startswith("{")]
            if plain:
                return plain[-1].removeprefix("Error: ")
        return ""

    def close(self) -> None:
        """End act with all it has started, if it still runs."""
        if self._end is None:
            self.launcher.kill()
        self._selector.close()
        self.gates.close()

    def _read(self, seconds: float) -> bool:
        """Take in what is there, or comes within the time; tell whether anything did."""
        ready = [key.fileobj for key, _ in self._selector.select(max(0.0, seconds))]
        if self.gates.output in ready:
            lines = self._rest.lines(os.read(self.gates.output, _CHUNK))
            read = (read_line(line.decode(errors="replace")) for line in lines if not is_noise(line))
            self._lines += [line for line in read if line is not None]
        elif self.gates.asks in ready:
            self._asks += self.gates.read()
        elif self.launcher in ready:
            self._selector.unregister(self.launcher)
            self._end = ActEnd(self.launcher.end_of_process())
        return bool(ready)
