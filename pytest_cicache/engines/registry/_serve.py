"""The embedded registry alone, in the foreground: for debugging and for conformance suites."""

from __future__ import annotations

import asyncio
import signal
from functools import partial
from typing import TYPE_CHECKING

from pytest_cicache.engines.registry._embedded import EmbeddedRegistry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["serve_registry"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve_registry(port: int = 0, storage: Path | None = None, *, say: Callable[[str], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM; `say` (default: print) gets one line with the address.

    Port 0 takes a free one; without `storage` the content ends with the process. Raises EngineError when
    the port is in use or the directory cannot be written.
    """
    asyncio.run(_serve(EmbeddedRegistry(port=port, storage=storage), say or partial(print, flush=True)))


async def _serve(registry: EmbeddedRegistry, say: Callable[[str], None]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stopped.set)
    async with registry:
        say(f"registry at {registry.url} (stop it with Ctrl-C)")
        await stopped.wait()
