"""The docker build and buildx command line, read."""

from pytest_cicache.buildx._command import build_command, parse_build, parse_cache_option

__all__ = [
    "build_command",
    "parse_build",
    "parse_cache_option",
]
