"""What BuildKit makes of a Dockerfile and a request: vertices, content digests, cache keys and records, hits."""

from pytest_cicache.buildkit._build import BaseImage, BuildPlan, ResolvedImage, plan_build
from pytest_cicache.buildkit._cache_config import read_config, write_config
from pytest_cicache.buildkit._cache_inline import inline_cache
from pytest_cicache.buildkit._cache_records import Records, exported_chains, keep
from pytest_cicache.buildkit._cache_store import (
    CREATED,
    UNCOMPRESSED,
    CacheLink,
    CacheRecord,
    CacheResult,
    CacheStore,
    Layer,
    LayerOrigin,
)
from pytest_cicache.buildkit._content import FileEntry, FileTree, MissingPathError, PathSelection, file_digest
from pytest_cicache.buildkit._conversion import CONTEXT
from pytest_cicache.buildkit._graph import BuildGraph, BuildVertex, ImageConfig, Input, Target, VertexKind
from pytest_cicache.buildkit._keys import record_key, sha256
from pytest_cicache.buildkit._names import familiar_name
from pytest_cicache.buildkit._request import BuildRequest, CacheOption, Output, Secret
from pytest_cicache.buildkit._solver import Solver, StepOutcome, VertexState

__all__ = [
    "CONTEXT",
    "CREATED",
    "UNCOMPRESSED",
    "BaseImage",
    "BuildGraph",
    "BuildPlan",
    "BuildRequest",
    "BuildVertex",
    "CacheLink",
    "CacheOption",
    "CacheRecord",
    "CacheResult",
    "CacheStore",
    "FileEntry",
    "FileTree",
    "ImageConfig",
    "Input",
    "Layer",
    "LayerOrigin",
    "MissingPathError",
    "Output",
    "PathSelection",
    "Records",
    "ResolvedImage",
    "Secret",
    "Solver",
    "StepOutcome",
    "Target",
    "VertexKind",
    "VertexState",
    "exported_chains",
    "familiar_name",
    "file_digest",
    "inline_cache",
    "keep",
    "plan_build",
    "read_config",
    "record_key",
    "sha256",
    "write_config",
]
