"""The one place that runs a tool to its end and reads what it said."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from pytest_cicache.errors import EngineError, EngineUnavailableError

__all__ = ["run_tool"]


def run_tool(
    arguments: Sequence[str],
    *,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
    inherits: bool = True,
    stdin: bytes = b"",
    timeout: float = 60,
) -> bytes:
    """Return what the command printed on stdout; `environment` is added to this process's own if it `inherits` that.

    What this process's environment says to git is left out: in a hook it names the person's repository. Raises
    EngineUnavailableError when the command does not exist, EngineError when it fails or takes more than
    `timeout` seconds.
    """
    command = tuple(arguments)
    try:
        done = subprocess.run(  # noqa: S603 - an argument list of ours, no shell
            command,
            cwd=directory,
            env={**(_inherited() if inherits else {}), **(environment or {})},
            input=stdin,
            capture_output=True,
            timeout=timeout,
            umask=0o022,
            check=False,
        )
    except FileNotFoundError as error:
        message = f"the command '{command[0]}' is not installed; install it or put it on PATH"
        raise EngineUnavailableError(message, command=command) from error
    except subprocess.TimeoutExpired as error:
        message = f"'{' '.join(command[:3])} …' did not end within {timeout:g} seconds"
        raise EngineError(message, command=command) from error
    if done.returncode != 0:
        output = done.stderr.decode(errors="replace").strip()
        message = f"'{' '.join(command[:3])} …' ended with status {done.returncode}: {output[-500:]}"
        raise EngineError(message, command=command, status=done.returncode, output=output)
    return done.stdout


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
