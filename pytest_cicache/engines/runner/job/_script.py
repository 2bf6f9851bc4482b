"""One `run:` script as GitHub's runner starts it.

Shell table: actions/runner, src/Runner.Worker/Handlers/ScriptHandlerHelpers.cs.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_cicache.engines.runner.job._launcher import ScriptLauncher
from pytest_cicache.errors import UnsupportedError

__all__ = ["LOG_IS_CUT", "LONGEST_LOG", "ScriptEnd", "ShellError", "run_script", "shell_command"]

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
# Bytes: many times the log of a long build, and read in a moment.
LONGEST_LOG = 1 << 22
LOG_IS_CUT = "cicache: the log is longer than 4 MiB, and cut here"
_PIPE = 1 << 20


@dataclass(frozen=True, slots=True)
class ScriptEnd:
    """How a script ended: its exit status (`None` when it ran out of time) and what it printed."""

    status: int | None
    output: str


class ShellError(Exception):
    """A shell that cannot be started; the step fails with this message, GitHub's."""


def shell_command(shell: str | None, script: Path) -> list[str]:
    """Return the command for a `shell:` value, `None` for the default.

    Raises ShellError in GitHub's words, UnsupportedError for the Windows shells.
    """
    words = _SHELLS.get(shell)
    if words is None:
        words = _words(shell or "")
        if words and words[0] in _WINDOWS_SHELLS:
            raise UnsupportedError(f"the shell '{words[0]}' is not simulated; bash, sh and python are")
        if len(words) == 1 and words[0] in _SHELLS:
            words = _SHELLS[words[0]]
        if not any("{0}" in word for word in words[1:]):
            raise ShellError(_INVALID)
    return [word.replace("{0}", str(script)) for word in words]


def _words(shell: str) -> tuple[str, ...]:
    """The words of a `shell:` value; a quote that is not closed reaches to the end."""
    for closing in ("", '"', "'"):
        with contextlib.suppress(ValueError):
            return tuple(shlex.split(shell + closing))
    return tuple(shell.split())


def run_script(
    command: list[str], *, directory: Path, environment: Mapping[str, str], seconds: float, launcher: ScriptLauncher
) -> ScriptEnd:
    """Run a command to its end with nothing on stdin; out of time or interrupted, its process group is killed.

    Raises ShellError when the command or the directory is not there.
    """
    output, log = os.pipe()
    # How a stand-in sees whether its output is captured or goes to the log.
    known = {**environment, "CICACHE_LOG": f"pipe:[{os.fstat(log).st_ino}]"}
    try:
        try:
            launcher.start(command, directory, known, log)
        finally:
            os.close(log)
        printed, status = _collect(launcher, output, time.monotonic() + seconds)
    except OSError as error:
        os.close(output)
        raise _not_started(error, command, directory) from error
    except BaseException:
        launcher.kill()
        os.close(output)
        raise
    launcher.keep(output)
    return ScriptEnd(status, printed.decode(errors="replace"))


def _not_started(error: OSError, command: list[str], directory: Path) -> ShellError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        if directory.is_dir():
            return ShellError(f"{command[0]}: command not found")
        where = f"An error occurred trying to start process '{command[0]}' with working directory '{directory}'."
        return ShellError(f"{where} No such file or directory")
    return ShellError(f"{command[0]}: {error.strerror}")


def _pending(output: int) -> bytes:
    """What is in the pipe."""
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        return os.read(output, _PIPE) if selector.select(0) else b""


def _collect(launcher: ScriptLauncher, output: int, deadline: float) -> tuple[bytes, int | None]:
    """What is printed until the process has ended, and its exit status; `None` when it ran out of time.

    The end of the process counts, not that of its output: a background process may hold it open. Of a flood only
    the beginning is kept.
    """
    chunks: list[bytes] = []
    room = LONGEST_LOG
    status: int | None = None
    ended = False
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        selector.register(launcher, selectors.EVENT_READ)
        while selector.get_map() and (now := time.monotonic()) <= deadline:
            ready = selector.select(deadline - now)
            for key, _ in ready:
                if key.fileobj is launcher:
                    selector.unregister(launcher)
                    status, ended = launcher.end_of_process(), True
                    deadline = time.monotonic() + _GRACE
                elif chunk := os.read(output, _PIPE):
                    chunks.append(chunk[:room])
                    room -= len(chunks[-1])
                else:
                    selector.unregister(output)
    chunks.append(_pending(output)[:room])
    if not ended:
        launcher.kill()
    return b"".join(chunks) + (b"" if room else f"\n{LOG_IS_CUT}\n".encode()), status
