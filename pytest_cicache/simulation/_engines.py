"""The engines of one session: registry, gateway, builder, docker command, source; made once, used by all."""

from __future__ import annotations

import atexit
import itertools
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pytest_cicache.engines import (
    BuilderPool,
    DockerServer,
    ForgetfulRegistry,
    LoopThread,
    RegistryEngine,
    Runner,
    SourceStore,
    choose_builders,
    choose_registry,
    choose_runner,
    make_in_memory,
    make_scratch,
    resolve_runner,
)
from pytest_cicache.gateway import Gateway

__all__ = ["EngineNames", "Engines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineNames:
    """Which engines to use: `auto`, or by name; `registry` may be the URL of one that runs already.

    The runner `act` runs jobs in containers of `act_image`, where it is not empty.
    """

    builder: str = "auto"
    registry: str = "auto"
    runner: str = "inprocess"
    act_image: str = ""


class Engines:
    """Starts the engines when first needed and removes everything it made when closed."""

    def __init__(self, names: EngineNames) -> None:
        resolve_runner(names.runner, image=names.act_image)
        self.names = names
        self.registry: RegistryEngine = choose_registry(names.registry)
        self.builders: BuilderPool = choose_builders(names.builder)
        self._names = itertools.count(1)
        self._stores: dict[Path, SourceStore] = {}
        self._gateway: Gateway | None = None
        self._failure: BaseException | None = None
        self._started = False
        self.directory = make_scratch()
        self._memory = make_in_memory()
        atexit.register(self.close)
        self.loop = LoopThread()
        self.server = DockerServer()
        self.runner: Runner = choose_runner(
            names.runner,
            self.directory,
            loop=self.loop,
            server=self.server,
            memory=self._memory,
            image=names.act_image,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def start(self) -> None:
        """Start every engine once; raises EngineUnavailableError, each time, when one cannot run here."""
        if self._failure is not None:
            raise self._failure
        if self._started:
            return
        self._started = True
        try:
            self.runner.prepare()
            self.loop.run(self._start())
        except BaseException as error:
            self._failure = error
            self.close()
            raise

    @property
    def gateway(self) -> Gateway:
        """The running gateway."""
        assert self._gateway is not None, "the engines have not started"
        return self._gateway

    def new_name(self) -> str:
        """A name for a simulation, unique in the registry even when it is shared."""
        own = re.sub("[^a-z0-9]", "", self.directory.name.partition("-")[2].lower())
        return f"s{next(self._names)}-{own}"

    def store(self, root: Path) -> SourceStore:
        """The source store of a root."""
        root = root.resolve()
        if root not in self._stores:
            directory = self.directory / f"source-{len(self._stores)}"
            directory.mkdir()
            self._stores[root] = SourceStore(root, directory)
        return self._stores[root]

    def forget(self, simulation: str) -> None:
        """Drop a simulation's world, and its content where the registry can."""
        self.gateway.forget(simulation)
        if isinstance(self.registry, ForgetfulRegistry):
            self.loop.run(_drop(self.registry, simulation))

    def close(self) -> None:
        """Stop everything and remove what was made; safe to call twice."""
        atexit.unregister(self.close)
        if not self.directory.exists():
            return
        try:
            self.runner.close()
            self.loop.run(self._stop())
        finally:
            self.loop.close()
            for folder in filter(None, (self.directory, self._memory)):
                shutil.rmtree(folder, ignore_errors=True)

    async def _start(self) -> None:
        await self.server.start()
        await self.registry.start()
        self._gateway = Gateway(self.registry.url)
        await self._gateway.start()
        await self.builders.start()

    async def _stop(self) -> None:
        await self.builders.close()
        if self._gateway is not None:
            await self._gateway.close()
        await self.registry.close()
        await self.server.close()


async def _drop(registry: ForgetfulRegistry, simulation: str) -> None:
    registry.forget(simulation)
