"""Reading caches, as both builders do: one module a type, and which cache a step comes from."""

from pytest_cicache.engines.caches._actions_cache import ENTRY_VERSION, actions_cache_refusal, blob_key
from pytest_cicache.engines.caches._bases import known_base
from pytest_cicache.engines.caches._context import ContextReader, read_trees
from pytest_cicache.engines.caches._imported import ImportedCache
from pytest_cicache.engines.caches._origin import look_for_origins
from pytest_cicache.engines.caches._reading import actions_cache_client, read_cache
from pytest_cicache.engines.caches._registry import ACCEPT, fetch_manifest
from pytest_cicache.engines.caches._traits import look_at_traits, step_traits

__all__ = [
    "ACCEPT",
    "ENTRY_VERSION",
    "ContextReader",
    "ImportedCache",
    "actions_cache_client",
    "actions_cache_refusal",
    "blob_key",
    "fetch_manifest",
    "known_base",
    "look_at_traits",
    "look_for_origins",
    "read_cache",
    "read_trees",
    "step_traits",
]
