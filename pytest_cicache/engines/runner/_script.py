"""One `run:` script as GitHub's runner starts it.

Shell table: actions/runner, src/Runner.Worker/Handlers/ScriptHandlerHelpers.cs.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_cicache.errors import UnsupportedError

__all__ = ["ScriptEnd", "ShellError", "run_script", "shell_command"]

_SHELLS = {
    None: ("bash", "-e", "{0}"),
    "bash": ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "{0}"),
    "sh": ("sh", "-e", "{0}"),
    "python": ("python3", "{0}"),
}
_INVALID = (
    "Invalid shell option. Shell must be a valid built-in (bash, sh, cmd, powershell, pwsh) or a format string "
    "containing '{0}'"
)


@dataclass(frozen=True, slots=True)
class ScriptEnd:
    """How a script ended: its exit status (`None` when it ran out of time) and what it printed."""

    status: int | None
    output: str


class ShellError(Exception):
    """A `shell:` that GitHub refuses when the step starts; the step fails with this message."""


def shell_command(shell: str | None, script: Path) -> list[str]:
    """Return the command for a `shell:` value, `None` for the default.

    Raises ShellError in GitHub's words, UnsupportedError for the Windows shells.
    """
    if shell in ("pwsh", "powershell", "cmd"):
        raise UnsupportedError(f"the shell '{shell}' is not simulated; bash, sh and python are")
    words = _SHELLS.get(shell)
    if words is None:
        words = tuple(shlex.split(shell or ""))
        if not any("{0}" in word for word in words):
            raise ShellError(_INVALID)
    return [word.replace("{0}", str(script)) for word in words]


def run_script(command: list[str], *, directory: Path, environment: Mapping[str, str], seconds: float) -> ScriptEnd:
    """Run a command to its end with nothing on stdin; its process group ends with it in any case."""
    process = subprocess.Popen(  # noqa: S603 - running the workflow's step is the purpose
        command,
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        umask=0o022,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
        return ScriptEnd(process.returncode, output.decode(errors="replace"))
    except subprocess.TimeoutExpired:
        _end_group(process.pid)
        output, _ = process.communicate()
        return ScriptEnd(None, output.decode(errors="replace"))
    finally:
        _end_group(process.pid)
        process.wait()


def _end_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
