"""Bake files: read, evaluated, overridden and resolved as `docker buildx bake` 0.29 does it."""

from pytest_cicache.buildx.bake._command import BakeCommand, default_files, parse_bake
from pytest_cicache.buildx.bake._config import BakeFile, Surroundings
from pytest_cicache.buildx.bake._definition import BakeDefinition, define, error_lines
from pytest_cicache.buildx.bake._requests import build_order, target_request
from pytest_cicache.buildx.bake._rights import missing_rights
from pytest_cicache.buildx.bake._target import BakeTarget
from pytest_cicache.buildx.bake.functions import Clock
from pytest_cicache.buildx.bake.hcl import BakeError

__all__ = [
    "BakeCommand",
    "BakeDefinition",
    "BakeError",
    "BakeFile",
    "BakeTarget",
    "Clock",
    "Surroundings",
    "build_order",
    "default_files",
    "define",
    "error_lines",
    "missing_rights",
    "parse_bake",
    "target_request",
]
