"""Dockerfiles and build command lines: what is asked for, which steps it takes, under which cache keys."""

from pytest_cicache.dockerfile._command import build_command, parse_build, parse_cache_option
from pytest_cicache.dockerfile._dockerfile import Dockerfile, parse_dockerfile
from pytest_cicache.dockerfile._platform import DEFAULT_PLATFORM, Platform
from pytest_cicache.dockerfile._request import BuildRequest, CacheOption, Output, Secret, Ulimit

__all__ = [
    "DEFAULT_PLATFORM",
    "BuildRequest",
    "CacheOption",
    "Dockerfile",
    "Output",
    "Platform",
    "Secret",
    "Ulimit",
    "build_command",
    "parse_build",
    "parse_cache_option",
    "parse_dockerfile",
]
