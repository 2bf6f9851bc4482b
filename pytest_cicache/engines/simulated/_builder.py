"""The builder without BuildKit: runs nothing, but computes BuildKit's cache keys and speaks its HTTP."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from pytest_cicache.buildkit import BuildRequest
from pytest_cicache.engines._progress import Progress
from pytest_cicache.engines._protocols import BuildPlace
from pytest_cicache.engines.caches import ContextReader
from pytest_cicache.engines.client import RegistryClient
from pytest_cicache.engines.simulated._build import SimulatedBuild
from pytest_cicache.engines.simulated._builder_cache import BuilderCache
from pytest_cicache.http import HttpClient
from pytest_cicache.observation import BuildRecord

__all__ = ["SimulatedBuilder"]

_SILENCE = 300
_SALTS = itertools.count(1)


class SimulatedBuilder:
    """Follows BuildKit v0.34.2 with the docker-container driver.

    `sleep` waits between retries, `now` dates layers, `salt` numbers builds, so that a layer made twice differs
    as a real one does. With `strict_bases` base images are looked up in the registry; by default each is known
    by its name alone.
    """

    name = "simulated"

    def __init__(
        self,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        salt: Callable[[], int] = lambda: next(_SALTS),
        strict_bases: bool = False,
    ) -> None:
        self._sleep = sleep
        self._now = now
        self._salt = salt
        self._strict = strict_bases
        self._own_cache = BuilderCache()
        self._reader = ContextReader()
        self._http = HttpClient(silence=_SILENCE)

    async def start(self) -> None:
        """Get ready; nothing can be missing."""

    async def prune(self) -> None:
        """Forget every cached step and every token."""
        self._own_cache = BuilderCache()

    async def build(self, request: BuildRequest, place: BuildPlace) -> BuildRecord:
        """Build; raises UnsupportedError for what cannot be predicted."""
        build = SimulatedBuild(
            request=request,
            place=place,
            own_cache=self._own_cache,
            reader=self._reader,
            client=self._client(place),
            salt=str(self._salt()),
            now=self._now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            strict=self._strict,
            progress=Progress(say=place.say, outward=place.gateway.outward),
        )
        return await build.run()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _client(self, place: BuildPlace) -> RegistryClient:
        return RegistryClient(
            session=self._http,
            address=place.gateway.address,
            credential=place.credential,
            tokens=self._own_cache.tokens,
            sleep=self._sleep,
        )
