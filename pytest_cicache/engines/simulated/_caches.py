"""Which module imports and exports a type of cache."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pytest_cicache.buildkit import BuildVertex, CacheOption
from pytest_cicache.buildx import ActionsCacheAccess, actions_cache_access, refused_import
from pytest_cicache.engines._actions_cache import ActionsCacheClient
from pytest_cicache.engines._local_cache import LocalFolder
from pytest_cicache.engines._protocols import BuildPlace
from pytest_cicache.engines.simulated._actions_cache import (
    ActionsCacheExport,
    import_actions_cache,
    prepare_actions_cache_export,
)
from pytest_cicache.engines.simulated._cache_export import CacheExport, exported_records, registry_target
from pytest_cicache.engines.simulated._cache_import import ImportedCache, import_cache
from pytest_cicache.engines.simulated._local_cache import LocalWriter, import_local
from pytest_cicache.engines.simulated._registry_client import RegistryClient
from pytest_cicache.engines.simulated._solver import Solver
from pytest_cicache.engines.simulated._upload import Uploader

__all__ = ["Caches", "Export"]

Export = CacheExport | ActionsCacheExport
"""A cache being written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caches:
    """The caches that one build can reach."""

    place: BuildPlace
    client: RegistryClient

    async def read(self, option: CacheOption) -> ImportedCache:
        """Import what one `--cache-from` names; a failure is part of the result."""
        access = actions_cache_access(option, self.place.environment)
        problem = refused_import(option, access)
        if problem is not None:
            return ImportedCache(reference=option.origin, shown=option.origin, error=problem)
        if option.type == "gha" and access is not None:
            return await import_actions_cache(option, access, self._actions_cache(access))
        if option.type == "local":
            return import_local(option, self.place.directory)
        if option.type != "registry":
            words = f"unknown cache importer: {option.type}"
            return ImportedCache(reference=option.origin, shown=option.origin, error=words)
        return await import_cache(option.reference or "", self.place.gateway, self.client)

    def prepare(
        self,
        option: CacheOption,
        solver: Solver,
        targets: Sequence[BuildVertex],
        *,
        made: set[str],
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
                made=made,
                access=access,
                client=self._actions_cache(access),
            )
        config, layers = exported_records(option, solver, targets, made)
        if option.type == "local":
            folder = LocalFolder(self.place.directory / option.attributes["dest"])
            writer, tag = LocalWriter(folder, self.client), option.attributes.get("tag", "latest")
            return CacheExport(option=option, config=config, layers=layers, uploader=writer, tag=tag)
        target = registry_target(option.reference or "", self.place.gateway)
        uploader = Uploader(client=self.client, image_name=target.image_name, slots=slots, say=say)
        return CacheExport(option=option, config=config, layers=layers, uploader=uploader, tag=target.tag or "latest")

    def _actions_cache(self, access: ActionsCacheAccess) -> ActionsCacheClient:
        return ActionsCacheClient(
            session=self.client.session,
            url=self.place.gateway.service_url(access.url),
            token=access.token,
            version=access.version,
        )
