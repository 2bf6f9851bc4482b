"""A registry somebody else runs, such as a service container in CI."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from pytest_cicache.errors import EngineUnavailableError, UsageError
from pytest_cicache.http import HttpClient

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["UrlRegistry"]

_PATIENCE = 10


class UrlRegistry:
    """A registry at a base URL (`http://127.0.0.1:5000`); satisfies `RegistryEngine`, owns nothing."""

    name = "url"

    def __init__(self, url: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"{url!r} is no registry address: write it as http://HOST:PORT")
        self.url = url.rstrip("/").removesuffix("/v2")

    async def start(self) -> None:
        """Check that a registry answers; raises EngineUnavailableError that says what came instead."""
        try:
            async with (
                asyncio.timeout(_PATIENCE),
                HttpClient() as client,
                client.open("GET", f"{self.url}/v2/") as reply,
            ):
                status = reply.status
        except OSError as error:
            why = str(error) or f"no answer within {_PATIENCE} seconds"
            message = f"no registry answers at {self.url}: {why}; start it, or name another address"
            raise EngineUnavailableError(message) from error
        if status != 200:
            hint = "one that asks for no login" if status in (401, 403) else "the base address of a registry"
            raise EngineUnavailableError(f"{self.url}/v2/ answers with status {status}: name {hint}")

    async def close(self) -> None:
        """Nothing was made."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
