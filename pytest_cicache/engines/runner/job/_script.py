"""One `run:` script as GitHub's runner starts it.

Shell table: actions/runner, src/Runner.Worker/Handlers/ScriptHandlerHelpers.cs.
"""

from __future__ import annotations

import os
import selectors
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_cicache.errors import UnsupportedError

__all__ = ["Leftovers", "ScriptEnd", "ShellError", "run_script", "shell_command"]

_SHELLS = {
    None: ("bash", "-e", "{0}"),
    "bash": ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "{0}"),
    "sh": ("sh", "-e", "{0}"),
    "python": ("python", "{0}"),
}
_WINDOWS_SHELLS = ("pwsh", "powershell", "cmd")
_INVALID = (
    "Invalid shell option. Shell must be a valid built-in (bash, sh, cmd, powershell, pwsh) or a format string "
    "containing '{0}'"
)
# What a script's background processes may still print after it ended.
_GRACE = 0.05


@dataclass(frozen=True, slots=True)
class ScriptEnd:
    """How a script ended: its exit status (`None` when it ran out of time) and what it printed."""

    status: int | None
    output: str


class ShellError(Exception):
    """A shell that cannot be started; the step fails with this message, GitHub's."""


@dataclass(slots=True)
class Leftovers:
    """Processes that outlive their step, which GitHub lets run until the job ends."""

    groups: list[tuple[int, int]] = field(default_factory=list)

    def keep(self, leader: int, output: int) -> None:
        """Remember a process group and the pipe it writes to, or close the pipe when the group is gone."""
        if _is_alive(leader):
            self.groups.append((leader, output))
        else:
            os.close(output)

    def end(self) -> None:
        """Kill what still runs."""
        while self.groups:
            leader, output = self.groups.pop()
            _end_group(leader)
            os.close(output)


def shell_command(shell: str | None, script: Path) -> list[str]:
    """Return the command for a `shell:` value, `None` for the default.

    Raises ShellError in GitHub's words, UnsupportedError for the Windows shells.
    """
    words = _SHELLS.get(shell)
    if words is None:
        words = tuple(shlex.split(shell or ""))
        if words and words[0] in _WINDOWS_SHELLS:
            raise UnsupportedError(f"the shell '{words[0]}' is not simulated; bash, sh and python are")
        if len(words) == 1 and words[0] in _SHELLS:
            words = _SHELLS[words[0]]
        if not any("{0}" in word for word in words[1:]):
            raise ShellError(_INVALID)
    return [word.replace("{0}", str(script)) for word in words]


def run_script(
    command: list[str], *, directory: Path, environment: Mapping[str, str], seconds: float, leftovers: Leftovers
) -> ScriptEnd:
    """Run a command to its end with nothing on stdin; out of time or interrupted, its process group is killed.

    Raises ShellError when the command or the directory is not there.
    """
    output, log = os.pipe()
    try:
        process = _start(command, directory, environment, log)
    except BaseException:
        os.close(output)
        raise
    finally:
        os.close(log)
    try:
        printed, in_time = _collect(process, output, seconds)
        if not in_time:
            _end_group(process.pid)
        status = process.wait()
    except BaseException:
        _end_group(process.pid)
        process.wait()
        os.close(output)
        raise
    leftovers.keep(process.pid, output)
    return ScriptEnd(status if in_time else None, printed.decode(errors="replace"))


def _start(command: list[str], directory: Path, environment: Mapping[str, str], log: int) -> subprocess.Popen[bytes]:
    # How a stand-in sees whether its output is captured or goes to the log.
    known = {"CICACHE_LOG": f"pipe:[{os.fstat(log).st_ino}]"}
    try:
        return subprocess.Popen(  # noqa: S603 - running the workflow's step is the purpose
            command,
            cwd=directory,
            env={**environment, **known},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            umask=0o022,
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        if directory.is_dir():
            raise ShellError(f"{command[0]}: command not found") from error
        where = f"An error occurred trying to start process '{command[0]}' with working directory '{directory}'."
        raise ShellError(f"{where} No such file or directory") from error
    except PermissionError as error:
        raise ShellError(f"{command[0]}: {error.strerror}") from error


def _collect(process: subprocess.Popen[bytes], output: int, seconds: float) -> tuple[bytes, bool]:
    """What is printed until the process has ended, and whether it ended in time.

    The end of the process counts, not that of its output: a background process may hold it open.
    """
    ended, tell = os.pipe()
    waiter = threading.Thread(target=_tell_end, args=(process, tell), daemon=True)
    waiter.start()
    try:
        return _read_until(ended, output, time.monotonic() + seconds)
    finally:
        os.close(ended)


def _tell_end(process: subprocess.Popen[bytes], tell: int) -> None:
    process.wait()
    os.close(tell)


def _read_until(ended: int, output: int, deadline: float) -> tuple[bytes, bool]:
    chunks: list[bytes] = []
    has_ended = False
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        selector.register(ended, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            for key, _ in ready:
                chunk = os.read(key.fd, 1 << 16)
                chunks.append(chunk)
                if not chunk:
                    selector.unregister(key.fd)
                if key.fd == ended:
                    has_ended = True
                    deadline = time.monotonic() + _GRACE
            if not ready:
                break
    return b"".join(chunks), has_ended


def _is_alive(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _end_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
