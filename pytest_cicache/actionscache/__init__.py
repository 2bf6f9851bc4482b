"""GitHub's Actions cache: scopes, keys, eviction, and the service's HTTP in the gateway's server."""

from pytest_cicache.actionscache._access import CacheGrant, CachePermission, ScopeAccess, scope_access
from pytest_cicache.actionscache._cache import READ_ONLY, ActionsCache
from pytest_cicache.actionscache._entries import CacheEntry, CacheLimits, WantedEntry, find_entry, retained
from pytest_cicache.actionscache._places import CACHE_URL, RESULTS_URL, RUNTIME_URL, SERVICE_HOSTS
from pytest_cicache.actionscache._service import CachePlace, CacheService

__all__ = [
    "CACHE_URL",
    "READ_ONLY",
    "RESULTS_URL",
    "RUNTIME_URL",
    "SERVICE_HOSTS",
    "ActionsCache",
    "CacheEntry",
    "CacheGrant",
    "CacheLimits",
    "CachePermission",
    "CachePlace",
    "CacheService",
    "ScopeAccess",
    "WantedEntry",
    "find_entry",
    "retained",
    "scope_access",
]
