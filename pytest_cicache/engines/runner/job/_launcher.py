"""Starts the scripts of a job from a process whose environment is empty, apart from other processes where it can be.

A step may read the environment of the process that started it, and on Linux that of every process of the same user.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from pytest_cicache.engines.runner.job import _spawner

__all__ = ["Launcher", "Launchers", "ScriptLauncher", "hides_processes"]

# What the dynamic linker may need to start this Python; nothing else is handed on.
_LINKER = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# Ends with us, and with it everything it started. Devices are those of the machine, as for any process.
_APART = ("--die-with-parent", "--unshare-pid", "--dev-bind", "/", "/", "--proc", "/proc")
_KILLED = -9


@lru_cache(maxsize=1)
def hides_processes() -> bool:
    """Whether steps see no process but those of their job: bubblewrap is installed, and the system lets it work."""
    bubblewrap = shutil.which("bwrap")
    if bubblewrap is None:
        return False
    question = [bubblewrap, *_APART, "true"]
    try:
        return subprocess.run(question, capture_output=True, timeout=10, check=False).returncode == 0  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False


class ScriptLauncher(Protocol):
    """Starts one script of a job at a time, on the machine that its steps run on."""

    def fileno(self) -> int:
        """What becomes readable when the script has ended."""

    def start(self, command: Sequence[str], directory: Path, environment: Mapping[str, str], output: int) -> None:
        """Start a command; raises OSError when it or the directory is not there."""

    def end_of_process(self) -> int:
        """The exit status of the script that has ended, negative for the signal that ended it."""

    def kill(self) -> None:
        """Kill the script that runs, with all it has started, and wait until it has ended."""

    def know(self, group: int) -> None:
        """Take a process group that the script has begun for one that ends with it."""

    def kill_process(self, process: int) -> None:
        """Kill a process that the script has begun."""

    def keep(self, output: int) -> None:
        """Keep the pipe that the last script's background processes write to, or close it when there are none."""


@dataclass(slots=True)
class Launcher:
    """Starts one script at a time; what those leave running runs until `end`."""

    _process: subprocess.Popen[bytes] | None = None
    _connection: socket.socket | None = None
    _thread: threading.Thread | None = None
    _number: int = 0
    _group: int = 0
    _is_gone: bool = False
    _leaves: bool = False
    _outputs: list[int] = field(default_factory=list)

    def prepare(self) -> None:
        """Let the process that starts scripts begin, which takes a moment; `start` does it otherwise."""
        if self._is_gone:
            self.end()
        if self._process is not None:
            return
        ours, theirs = socket.socketpair()
        wrapped = [str(shutil.which("bwrap")), *_APART] if hides_processes() else []
        program = (str(Path(_spawner.__file__)), str(theirs.fileno()), str(len(wrapped)))
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - a program of ours
                [*wrapped, sys.executable, "-I", "-S", *program],
                cwd="/",
                env={name: os.environ[name] for name in _LINKER if name in os.environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._connection = ours
        self._thread = threading.current_thread()

    def is_at_hand(self) -> bool:
        """Whether the process that starts scripts runs, and will: it ends with the thread that began it (prctl(2))."""
        began_here = self._thread is threading.current_thread()
        return began_here and self._process is not None and self._process.poll() is None

    def fileno(self) -> int:
        """What becomes readable when the script has ended."""
        assert self._connection is not None
        return self._connection.fileno()

    def start(self, command: Sequence[str], directory: Path, environment: Mapping[str, str], output: int) -> None:
        """Start a command; raises OSError when it or the directory is not there."""
        self.prepare()
        assert self._connection is not None
        self._number += 1
        variables = os.fsencode("\0".join(f"{name}={value}" for name, value in environment.items()))
        request = (self._number, list(map(os.fsencode, command)), os.fsencode(directory), variables)
        body = marshal.dumps(request)
        head = len(body).to_bytes(4, sys.byteorder)
        try:
            socket.send_fds(self._connection, [head], [output])
            self._connection.sendall(body)
        except ConnectionError:
            return  # it was killed; the end is told as that of the script
        answer = self._answer()
        if answer[1] == "failed":
            raise OSError(answer[2], os.strerror(answer[2]))
        # Where processes are apart its number means something else here, and all of them end together.
        self._group = answer[2] if answer[1] == "began" and not hides_processes() else 0

    def end_of_process(self) -> int:
        """The exit status of the script that has ended, negative for the signal that ended it."""
        answer = self._answer()
        if answer[1] != "ended":
            return _KILLED
        self._leaves = answer[3]
        return os.waitstatus_to_exitcode(answer[2])

    def kill(self) -> None:
        """Kill the script that runs, with all it has started, and wait until it has ended."""
        if self._connection is None or self._is_gone:
            return
        with contextlib.suppress(ConnectionError):
            _spawner.send(self._connection, (self._number,))
        self.end_of_process()

    def know(self, group: int) -> None:
        """Take a process group that the script has begun for one that ends with it."""
        self._send(_spawner.KNOW, group)

    def kill_process(self, process: int) -> None:
        """Kill a process that the script has begun, with its children."""
        self._send(_spawner.KILL, process)

    def _send(self, *message: int) -> None:
        assert self._connection is not None
        with contextlib.suppress(ConnectionError):
            _spawner.send(self._connection, message)

    def keep(self, output: int) -> None:
        """Keep the pipe that the last script's background processes write to, or close it when there are none."""
        if self._leaves:
            self._outputs.append(output)
        else:
            os.close(output)
        self._leaves = False

    def empty(self) -> bool:
        """Kill what still runs, and tell whether nothing of the job is left that the next one could meet."""
        if self._connection is None or self._is_gone:
            return False
        with contextlib.suppress(ConnectionError):
            _spawner.send(self._connection, (0,))
        answer = self._answer()
        while self._outputs:
            os.close(self._outputs.pop())
        return answer[1] == "emptied" and bool(answer[2])

    def end(self) -> None:
        """Kill what still runs, and what started it."""
        if self._connection is not None and self._process is not None:
            self._connection.close()
            self._process.wait()
        while self._outputs:
            os.close(self._outputs.pop())
        self._connection = self._process = None
        self._is_gone = False

    def _answer(self) -> tuple[Any, ...]:
        """What is told of the script; as if it were killed where the process that started it is."""
        assert self._connection is not None
        try:
            received = _spawner.receive(self._connection)
        except (EOFError, ConnectionError):
            received = None
        if received is not None:
            return received[0]
        if self._group and not self._is_gone:
            _spawner.kill(self._group)
        self._is_gone = True
        return self._number, "gone"


@dataclass(slots=True)
class Launchers:
    """The launchers of a session: a job takes one that an earlier job has left empty, where there is one."""

    _idle: list[Launcher] = field(default_factory=list)

    def prepare(self) -> None:
        """Let one begin ahead of the first job."""
        launcher = Launcher()
        launcher.prepare()
        self._idle.append(launcher)

    def take(self) -> Launcher:
        """One for a job of its own; one may have ended with the thread that began it."""
        while self._idle:
            launcher = self._idle.pop()
            if launcher.is_at_hand():
                return launcher
            launcher.end()
        return Launcher()

    def give_back(self, launcher: Launcher) -> None:
        """End what the job has left running; the launcher ends too where it could not all be found."""
        if launcher.empty():
            self._idle.append(launcher)
        else:
            launcher.end()

    def close(self) -> None:
        """End them all."""
        while self._idle:
            self._idle.pop().end()
