"""Which module exports a type of cache."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pytest_cicache.buildkit import BuildVertex, CacheOption, Solver
from pytest_cicache.buildx import actions_cache_access
from pytest_cicache.engines._local_cache import LocalFolder
from pytest_cicache.engines._protocols import BuildPlace
from pytest_cicache.engines.caches import actions_cache_client
from pytest_cicache.engines.client import RegistryClient, Uploader
from pytest_cicache.engines.simulated._actions_cache import (
    ActionsCacheExport,
    prepare_actions_cache_export,
)
from pytest_cicache.engines.simulated._builder_cache import BuilderCache
from pytest_cicache.engines.simulated._cache_export import CacheExport, exported_records, registry_target
from pytest_cicache.engines.simulated._local_cache import LocalWriter

__all__ = ["Caches", "Export"]

Export = CacheExport | ActionsCacheExport
"""A cache being written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caches:
    """The caches that one build can reach."""

    place: BuildPlace
    client: RegistryClient

    def prepare(
        self,
        option: CacheOption,
        solver: Solver,
        targets: Sequence[BuildVertex],
        *,
        own_cache: BuilderCache,
        slots: asyncio.Semaphore,
        say: Callable[[str], None],
    ) -> Export:
        """Everything one `--cache-to` will write."""
        access = actions_cache_access(option, self.place.environment)
        if option.type == "gha" and access is not None:
            return prepare_actions_cache_export(
                option,
                solver,
                targets,
                own_cache=own_cache,
                access=access,
                client=actions_cache_client(access, self.place.gateway, self.client.session),
            )
        config, layers = exported_records(option, solver, targets, own_cache)
        if option.type == "local":
            folder = LocalFolder(self.place.directory / option.attributes["dest"])
            writer, tag = LocalWriter(folder, self.client), option.attributes.get("tag", "latest")
            return CacheExport(option=option, config=config, layers=layers, uploader=writer, tag=tag)
        target = registry_target(option.reference or "", self.place.gateway)
        uploader = Uploader(client=self.client, image_name=target.image_name, slots=slots, say=say)
        return CacheExport(option=option, config=config, layers=layers, uploader=uploader, tag=target.tag or "latest")
