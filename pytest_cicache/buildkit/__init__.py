"""What BuildKit makes of a Dockerfile and a request: the graph of vertices, content digests, cache keys."""

from pytest_cicache.buildkit._build import BaseImage, BuildPlan, ResolvedImage, plan_build
from pytest_cicache.buildkit._content import Entry, FileTree, MissingPathError, Selection, file_digest
from pytest_cicache.buildkit._conversion import CONTEXT
from pytest_cicache.buildkit._graph import BuildGraph, BuildVertex, ImageConfig, Input, Target, VertexKind
from pytest_cicache.buildkit._keys import record_key, sha256
from pytest_cicache.buildkit._names import familiar_name
from pytest_cicache.buildkit._request import BuildRequest, CacheOption, Output, Secret

__all__ = [
    "CONTEXT",
    "BaseImage",
    "BuildGraph",
    "BuildPlan",
    "BuildRequest",
    "BuildVertex",
    "CacheOption",
    "Entry",
    "FileTree",
    "ImageConfig",
    "Input",
    "MissingPathError",
    "Output",
    "ResolvedImage",
    "Secret",
    "Selection",
    "Target",
    "VertexKind",
    "familiar_name",
    "file_digest",
    "plan_build",
    "record_key",
    "sha256",
]
