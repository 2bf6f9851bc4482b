"""The ports of the gateway, and whose requests come in at each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from pytest_cicache.gateway._recorder import Attribution

__all__ = ["Ports"]


class Ports:
    """Gives each build that is under way in a simulation a port that no other of that simulation has.

    `listen` opens one more and returns its number. Builds one after the other get the same one, so that BuildKit
    goes on with the tokens it keeps by host and port, as it does with ghcr.io's.
    """

    def __init__(self, listen: Callable[[], int]) -> None:
        self._listen = listen
        self._open: list[int] = []
        self._taken: set[tuple[str, int]] = set()
        self._carried: dict[tuple[str, int], Attribution] = {}

    def carried(self, simulation: str, port: int) -> Attribution | None:
        """The build, under way or the last, whose requests come in at a port; `None` where none ever had it."""
        return self._carried.get((simulation, port))

    @asynccontextmanager
    async def lease(self, simulation: str, place: Attribution) -> AsyncIterator[int]:
        """Give a build a port while it runs."""
        port = next((port for port in self._open if (simulation, port) not in self._taken), None)
        if port is None:
            port = self._listen()
            self._open.append(port)
        self._taken.add((simulation, port))
        self._carried[simulation, port] = place
        try:
            yield port
        except Exception:
            self._taken.discard((simulation, port))
            raise
        # Not where the build was cut off: BuildKit ends a moment later, and may still ask something.
        self._taken.discard((simulation, port))

    def forget(self, simulation: str) -> None:
        """Let go of everything about a simulation."""
        self._taken = {key for key in self._taken if key[0] != simulation}
        self._carried = {key: place for key, place in self._carried.items() if key[0] != simulation}
