"""Dockerfiles and build command lines: what is asked for, which steps it takes, under which cache keys."""

from pytest_cicache.dockerfile._build import BaseImage, BuildPlan, ResolvedImage, plan_build
from pytest_cicache.dockerfile._command import build_command, parse_build, parse_cache_option
from pytest_cicache.dockerfile._content import Entry, FileTree, MissingPathError, Selection, file_digest
from pytest_cicache.dockerfile._conversion import CONTEXT
from pytest_cicache.dockerfile._dockerfile import Dockerfile, parse_dockerfile
from pytest_cicache.dockerfile._glob import IgnorePatterns, MatchInfo, read_ignore_file
from pytest_cicache.dockerfile._gojson import go_json, record_key, sha256
from pytest_cicache.dockerfile._graph import BuildGraph, BuildVertex, ImageConfig, Input, Target, VertexKind
from pytest_cicache.dockerfile._platform import DEFAULT_PLATFORM, Platform
from pytest_cicache.dockerfile._request import BuildRequest, CacheOption, Output, Secret, Ulimit
from pytest_cicache.dockerfile._skeleton import Origin, Part, Read, Skeleton, SkeletonStage, StepId
from pytest_cicache.dockerfile._skeleton_writer import write_skeleton

__all__ = [
    "CONTEXT",
    "DEFAULT_PLATFORM",
    "BaseImage",
    "BuildGraph",
    "BuildPlan",
    "BuildRequest",
    "BuildVertex",
    "CacheOption",
    "Dockerfile",
    "Entry",
    "FileTree",
    "IgnorePatterns",
    "ImageConfig",
    "Input",
    "MatchInfo",
    "MissingPathError",
    "Origin",
    "Output",
    "Part",
    "Platform",
    "Read",
    "ResolvedImage",
    "Secret",
    "Selection",
    "Skeleton",
    "SkeletonStage",
    "StepId",
    "Target",
    "Ulimit",
    "VertexKind",
    "build_command",
    "file_digest",
    "go_json",
    "parse_build",
    "parse_cache_option",
    "parse_dockerfile",
    "plan_build",
    "read_ignore_file",
    "record_key",
    "sha256",
    "write_skeleton",
]
