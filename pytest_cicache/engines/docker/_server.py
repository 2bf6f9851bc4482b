"""The loopback server that the steps' docker command talks to."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_cicache.engines.docker._declarations import read_declarations

__all__ = ["DockerCall", "DockerServer"]

_LIMIT = 1 << 22
_PATIENCE = 0.1  # seconds between two looks whether the command is still there
_PAUSE = 0.02  # seconds in which lines gather: to send each wakes the command, and whoever reads its output


async def _nowhere(data: bytes) -> None:
    """Nobody reads stdout."""


@dataclass(frozen=True, slots=True)
class DockerCall:
    """One call of the docker command: its words after `docker`, where it stands, and what it can say.

    `command` is the tool that was called, `docker` or one that works on registries; `emit` writes bytes to its stdout.
    `write` takes a stream (`o` or `e`) and a text of one or more lines, or `m` and a line for stdout that is left out
    of the log; `stdin` reads what is piped in.
    """

    arguments: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]
    write: Callable[[str, str], None]
    stdin: Callable[[], Coroutine[Any, Any, bytes]]
    emit: Callable[[bytes], Coroutine[Any, Any, None]] = _nowhere
    command: str = "docker"

    def stdout(self, text: str) -> None:
        """Print lines on the command's stdout."""
        self.write("o", text)

    def stderr(self, text: str) -> None:
        """Print lines on the command's stderr."""
        self.write("e", text)


class _CommandWire:
    """The connection to one docker command; `folder` is where both sides can read and write files."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.folder: Path | None = None
        self._lines: list[str] = []

    def write(self, stream: str, text: str) -> None:
        if not self._lines:
            asyncio.get_running_loop().call_later(_PAUSE, self._flush)
        self._lines += (f"{stream}{line}\n" for line in text.split("\n"))

    def _flush(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            self._writer.write("".join(lines).encode(errors="surrogateescape"))

    async def _say(self, line: str) -> None:
        self._lines.append(f"{line}\n")
        self._flush()
        await self._writer.drain()

    async def stdin(self) -> bytes:
        with tempfile.NamedTemporaryFile(prefix="stdin-", dir=self.folder) as file:
            await self._say(f"i{file.name}")
            await self._reader.readuntil(b"\n")
            return Path(file.name).read_bytes()

    async def emit(self, data: bytes) -> None:
        with tempfile.NamedTemporaryFile(prefix="stdout-", dir=self.folder) as file:
            file.write(data)
            file.flush()
            await self._say(f"f{file.name}")
            await self._reader.readuntil(b"\n")

    async def finish(self, status: int) -> None:
        await self._say(f"x{status}")


Handler = Callable[[DockerCall], Coroutine[Any, Any, int]]


class DockerServer:
    """Serves every job of a session; a job is known by the key in its steps' environment."""

    def __init__(self) -> None:
        self._handlers: dict[str, tuple[Handler, Path]] = {}
        self._running: dict[asyncio.Task[int], str] = {}
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        """Listen on a loopback port of the system's choice."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_LIMIT)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def open(self, key: str, handler: Handler, folder: Path) -> None:
        """Answer calls that carry the key; what is handed over in files is handed over in the folder."""
        self._handlers[key] = handler, folder

    def forget(self, key: str) -> None:
        """Refuse calls that carry the key from now on."""
        self._handlers.pop(key, None)

    def is_busy(self, key: str) -> bool:
        """Whether a call that carries the key is being carried out."""
        return key in list(self._running.values())

    async def cancel(self, key: str) -> None:
        """End the calls that carry the key, and wait until they have ended."""
        tasks = [task for task, known in list(self._running.items()) if known == key]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            wire = _CommandWire(reader, writer)
            key, call = await self._read(reader, wire)
            known = self._handlers.get(key)
            status = 125
            if known is None:
                call.stderr("docker: this step belongs to no running simulation")
            else:
                handler, wire.folder = known
                status = await self._carry_out(handler(call), key, reader)
            await wire.finish(status)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
            pass  # the step was killed while it called; there is nobody to answer
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, wire: _CommandWire) -> tuple[str, DockerCall]:
        """Read a call: key, command, folder, how many arguments, those, and the variables as bash declares them."""
        key, command, directory = await _field(reader), await _field(reader), await _field(reader)
        arguments = [await _field(reader) for _ in range(int(await _field(reader)))]
        environment = read_declarations((await reader.readuntil(b"\0"))[:-1])
        call = DockerCall(
            arguments=tuple(arguments),
            directory=Path(directory),
            environment=environment,
            write=wire.write,
            stdin=wire.stdin,
            emit=wire.emit,
            command=command,
        )
        return key, call

    async def _carry_out(self, work: Coroutine[Any, Any, int], key: str, reader: asyncio.StreamReader) -> int:
        """Wait for the work, and cancel it when the command that asked for it was killed."""
        task = asyncio.ensure_future(work)
        self._running[task] = key
        try:
            while not (await asyncio.wait({task}, timeout=_PATIENCE))[0]:
                if reader.at_eof():
                    raise ConnectionResetError
            return 125 if task.cancelled() else task.result()
        finally:
            task.cancel()
            await asyncio.wait({task})
            del self._running[task]


async def _field(reader: asyncio.StreamReader) -> str:
    return (await reader.readuntil(b"\0"))[:-1].decode(errors="surrogateescape")
