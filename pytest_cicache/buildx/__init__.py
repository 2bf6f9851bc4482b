"""The docker build and buildx command line, read."""

from pytest_cicache.buildx._cache_backends import (
    CACHE_BACKENDS,
    ActionsCacheAccess,
    CacheBackend,
    actions_cache_access,
    exporting_name,
    is_left_out,
    refused_export,
    refused_import,
    token_scopes,
)
from pytest_cicache.buildx._command import build_command, parse_build, parse_cache_option

__all__ = [
    "CACHE_BACKENDS",
    "ActionsCacheAccess",
    "CacheBackend",
    "actions_cache_access",
    "build_command",
    "exporting_name",
    "is_left_out",
    "parse_build",
    "parse_cache_option",
    "refused_export",
    "refused_import",
    "token_scopes",
]
