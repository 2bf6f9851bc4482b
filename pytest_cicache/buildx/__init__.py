"""The docker build and buildx command line, read; bake files are in `bake`."""

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
from pytest_cicache.buildx._command import bake_command, build_command, parse_build, parse_cache_option
from pytest_cicache.buildx._excerpt import source_excerpt
from pytest_cicache.buildx._exports import EMPTY_EXPORT, check_exports, exports_of, pushed_names, pushes_of
from pytest_cicache.buildx._flags import GLOBAL_VALUES, Words, read_words
from pytest_cicache.buildx._image_store import NO_CACHE_EXPORT, ImageStore, refused_by_store

__all__ = [
    "CACHE_BACKENDS",
    "EMPTY_EXPORT",
    "GLOBAL_VALUES",
    "NO_CACHE_EXPORT",
    "ActionsCacheAccess",
    "CacheBackend",
    "ImageStore",
    "Words",
    "actions_cache_access",
    "bake_command",
    "build_command",
    "check_exports",
    "exporting_name",
    "exports_of",
    "is_left_out",
    "parse_build",
    "parse_cache_option",
    "pushed_names",
    "pushes_of",
    "read_words",
    "refused_by_store",
    "refused_export",
    "refused_import",
    "source_excerpt",
    "token_scopes",
]
