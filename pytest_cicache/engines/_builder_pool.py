"""A builder for each job that builds: cold at its first build, its own until the job ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from pytest_cicache.engines._protocols import Builder, BuildPlace

if TYPE_CHECKING:
    from pytest_cicache.buildkit import BuildRequest
    from pytest_cicache.observation import BuildRecord

__all__ = ["BuilderPool", "JobBuilder"]


class BuilderPool:
    """Makes builders as jobs that are under way at the same time need them, and keeps them for later jobs.

    `make` gives one that has not started; `most` is how many jobs may be under way, since each may build.
    """

    def __init__(self, make: Callable[[], Builder], *, most: int) -> None:
        self.most = most
        self._make = make
        self._every = [make()]
        self._free = list(self._every)
        self.name = self._every[0].name

    async def start(self) -> None:
        """Start the first builder; raises EngineUnavailableError with the reason when it cannot run here."""
        await self._every[0].start()

    async def close(self) -> None:
        """Remove every builder."""
        for builder in self._every:
            await builder.close()

    def lease(self) -> JobBuilder:
        """The builder of one job; give it back when the job ends."""
        return JobBuilder(self)

    async def take(self) -> Builder:
        """A builder that nobody uses, cold."""
        if self._free:
            builder = self._free.pop(0)
            await builder.prune()
            return builder
        builder = self._make()
        await builder.start()
        self._every.append(builder)
        return builder

    def give_back(self, builder: Builder) -> None:
        """Let later jobs have a builder."""
        self._free.append(builder)


class JobBuilder:
    """What one job builds with: a builder of the pool from its first build on."""

    def __init__(self, pool: BuilderPool) -> None:
        self._pool = pool
        self._builder: Builder | None = None
        self._taking = asyncio.Lock()

    async def build(self, request: BuildRequest, place: BuildPlace) -> BuildRecord:
        """Build, warm by the earlier builds of the job; a failed build is a record with its exit code."""
        async with self._taking:
            if self._builder is None:
                self._builder = await self._pool.take()
        return await self._builder.build(request, place)

    def end(self) -> None:
        """Give the builder back; the job is over."""
        if self._builder is not None:
            self._pool.give_back(self._builder)
            self._builder = None
