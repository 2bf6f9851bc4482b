"""Runs the docker command as a subprocess in a process group of its own, line by line, and ends it cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_cicache.errors import EngineError, EngineUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Ended", "run_command", "run_lines"]

_LINE_LIMIT = 64 * 1024 * 1024  # one rawjson line can carry a whole burst of output
_GRACE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that ran to its end: its exit status and what it printed."""

    status: int
    stdout: str
    stderr: str

    @property
    def tail(self) -> str:
        """The last lines of what it printed."""
        return "\n".join((self.stderr or self.stdout).strip().splitlines()[-15:])


async def run_command(
    arguments: Sequence[str], *, environment: Mapping[str, str], timeout: float = 120, checked: bool = True
) -> Ended:
    """Run a short command; raises EngineError when it fails (if `checked`) or takes longer than `timeout` s."""
    lines: list[str] = []
    ended = await run_lines(
        arguments, environment=environment, directory=Path("/"), on_line=lines.append, timeout=timeout
    )
    if checked and ended.status != 0:
        shown = " ".join(arguments[:4])
        raise EngineError(
            f"'{shown} …' ended with status {ended.status}: {ended.tail}",
            command=tuple(arguments),
            status=ended.status,
            output=ended.stderr,
        )
    return ended


async def run_lines(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: Path,
    on_line: Callable[[str], None],
    stdin: bytes = b"",
    timeout: float,
) -> Ended:
    """Run a command and hand each line of its stderr on as it comes; `environment` is all it gets.

    When the caller is cancelled or `timeout` seconds are over, the whole process group is interrupted, then
    killed. Raises EngineUnavailableError when there is no such command, EngineError on a timeout.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            cwd=directory,
            env=dict(environment),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LINE_LIMIT,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        message = f"the command '{arguments[0]}' is not installed; install Docker or use the simulated builder"
        raise EngineUnavailableError(message, command=tuple(arguments), instead=("builder", "simulated")) from error
    seen: list[str] = []
    try:
        async with asyncio.timeout(timeout):
            stdout, _, _ = await asyncio.gather(
                _read_all(process), _read_lines(process, seen, on_line), _write(process, stdin)
            )
            status = await process.wait()
    except TimeoutError as error:
        tail = "\n".join(seen[-15:])
        message = f"'{' '.join(arguments[:3])} …' did not end within {timeout:g} seconds; it said last: {tail}"
        raise EngineError(message, command=tuple(arguments), output=tail) from error
    finally:
        await _end(process)
    return Ended(status=status, stdout=stdout, stderr="\n".join(seen))


async def _read_all(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.read()).decode(errors="replace")


async def _read_lines(process: asyncio.subprocess.Process, seen: list[str], on_line: Callable[[str], None]) -> None:
    assert process.stderr is not None
    async for raw in process.stderr:
        line = raw.decode(errors="replace").rstrip("\r\n")
        seen.append(line)
        on_line(line)


async def _write(process: asyncio.subprocess.Process, stdin: bytes) -> None:
    assert process.stdin is not None
    # The command may end, or never read, before it has taken everything.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(stdin)
        await process.stdin.drain()
    process.stdin.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leave no process of the group behind."""
    if process.returncode is not None:
        return
    _signal(process.pid, signal.SIGINT)
    waiting = asyncio.ensure_future(process.wait())
    # A second cancellation must not leave the group running.
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.wait([waiting], timeout=_GRACE)
    if process.returncode is None:
        _signal(process.pid, signal.SIGKILL)
        await waiting


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)
