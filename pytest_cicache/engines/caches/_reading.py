"""Which module imports a type of cache."""

from __future__ import annotations

from pytest_cicache.buildkit import CacheOption
from pytest_cicache.buildx import ActionsCacheAccess, actions_cache_access, refused_import
from pytest_cicache.engines._actions_cache import ActionsCacheClient
from pytest_cicache.engines._protocols import BuildPlace
from pytest_cicache.engines.caches._actions_cache import import_actions_cache
from pytest_cicache.engines.caches._imported import ImportedCache
from pytest_cicache.engines.caches._local import import_local
from pytest_cicache.engines.caches._registry import import_cache
from pytest_cicache.engines.client import RegistryClient
from pytest_cicache.http import HttpClient
from pytest_cicache.oci import GatewayAddress

__all__ = ["actions_cache_client", "read_cache"]


async def read_cache(option: CacheOption, place: BuildPlace, client: RegistryClient) -> ImportedCache:
    """Import what one `--cache-from` names; a failure is part of the result."""
    access = actions_cache_access(option, place.environment)
    problem = refused_import(option, access)
    if problem is not None:
        return ImportedCache(reference=option.origin, shown=option.origin, error=problem)
    if option.type == "gha" and access is not None:
        found = actions_cache_client(access, place.gateway, client.session)
        return await import_actions_cache(option, access, found)
    if option.type == "local":
        return import_local(option, place.directory)
    if option.type != "registry":
        words = f"unknown cache importer: {option.type}"
        return ImportedCache(reference=option.origin, shown=option.origin, error=words)
    return await import_cache(option.reference or "", place.gateway, client)


def actions_cache_client(
    access: ActionsCacheAccess, gateway: GatewayAddress, session: HttpClient
) -> ActionsCacheClient:
    """A client of the Actions cache as an option reaches it, through the gateway."""
    url = gateway.service_url(access.url)
    return ActionsCacheClient(session=session, url=url, token=access.token, version=access.version)
