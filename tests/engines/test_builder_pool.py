"""Builders of jobs that are under way at the same time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, ClassVar

from pytest_cicache.buildkit import BuildRequest
from pytest_cicache.engines import BuilderPool, BuildPlace
from pytest_cicache.observation import BuildRecord


class CountingBuilder:
    """A builder that counts what happens to it."""

    name = "counting"
    made: ClassVar[list[CountingBuilder]] = []

    def __init__(self) -> None:
        self.events: list[str] = []
        self.made.append(self)

    async def start(self) -> None:
        self.events.append("start")
        await asyncio.sleep(0)

    async def prune(self) -> None:
        self.events.append("prune")

    async def build(self, request: BuildRequest, place: BuildPlace) -> BuildRecord:
        self.events.append("build")
        return BuildRecord(dockerfile="d", target=None, vertices=(), operations=(), exit_code=0)

    async def close(self) -> None:
        self.events.append("close")


def test_each_job_has_a_cold_builder_of_its_own(tmp_path: Path) -> None:
    """A builder is made when the free ones are taken, cold for each job, warm within it, and kept."""
    request: Any = None
    place: Any = None

    async def jobs() -> None:
        pool = BuilderPool(CountingBuilder, most=2)
        await pool.start()
        first, second, idle = pool.lease(), pool.lease(), pool.lease()
        await asyncio.gather(first.build(request, place), first.build(request, place))
        await second.build(request, place)
        for job in (first, second, idle):
            job.end()
        third = pool.lease()
        await third.build(request, place)
        third.end()
        await pool.close()

    CountingBuilder.made.clear()
    asyncio.run(jobs())

    assert [builder.events for builder in CountingBuilder.made] == [
        ["start", "prune", "build", "build", "prune", "build", "close"],
        ["start", "build", "close"],
    ]


def test_a_job_that_builds_nothing_takes_no_builder() -> None:
    """Only the first builder exists until two jobs build."""
    CountingBuilder.made.clear()
    pool = BuilderPool(CountingBuilder, most=2)
    pool.lease().end()
    pool.lease().end()

    assert len(CountingBuilder.made) == 1
    assert (pool.name, pool.most) == ("counting", 2)
