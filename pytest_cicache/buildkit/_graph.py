"""The steps of a build and what each cache key is made of; BuildKit's graph without BuildKit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pytest_cicache.buildkit._content import FileTree, PathSelection
from pytest_cicache.buildkit._keys import record_key
from pytest_cicache.dockerfile import Platform

__all__ = ["BuildGraph", "BuildVertex", "ImageConfig", "Input", "Target", "VertexKind"]


class VertexKind(StrEnum):
    """What a vertex does."""

    IMAGE = "image"
    LOCAL = "local"
    RUN = "run"
    FILES = "files"
    MERGE = "merge"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Input:
    """One input of a vertex.

    `selector` limits the part of the input's key that counts; `content` says which files make a second key
    from their content, `None` where the content does not matter.
    """

    vertex: BuildVertex
    selector: str = ""
    content: tuple[PathSelection, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BuildVertex:
    """One step of the graph; equal only to itself.

    `identity` is the same for the same operation on the same inputs; `twins` are inputs equal to another one.

    `key` is BuildKit's cache map digest, `""` for files of the client, which match by content;
    `is_step` tells the Dockerfile's own steps from `FROM` and internal ones; `has_base` says that the first
    input is what it builds on; `tree` holds the files of an
    inline document; `reference` names an image or a context; `variables` are those that a RUN sees, `NAME=value`.
    """

    identity: int
    kind: VertexKind
    name: str
    key: str
    inputs: tuple[Input, ...] = ()
    twins: tuple[BuildVertex, ...] = ()
    is_step: bool = False
    ignores_cache: bool = False
    has_base: bool = False
    reference: str = ""
    platform: Platform | None = None
    tree: FileTree | None = None
    variables: tuple[str, ...] = ()
    line: int = 0
    end: int = 0

    @property
    def record(self) -> str:
        """The digest of this vertex's cache record."""
        return record_key(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """The configuration of a built image, as far as a Dockerfile sets it; `triggers` are its ONBUILD instructions."""

    environment: tuple[str, ...] = ()
    working_directory: str = ""
    user: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    shell: tuple[str, ...] = ()
    stop_signal: str = ""
    triggers: tuple[str, ...] = ()

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> ImageConfig:
        """Take it from the `config` of an image's configuration (opencontainers/image-spec, config.md)."""
        return cls(
            environment=tuple(raw.get("Env") or ()),
            working_directory=raw.get("WorkingDir") or "",
            user=raw.get("User") or "",
            labels=raw.get("Labels") or {},
            command=tuple(raw.get("Cmd") or ()),
            entrypoint=tuple(raw.get("Entrypoint") or ()),
            exposed=tuple(raw.get("ExposedPorts") or ()),
            volumes=tuple(raw.get("Volumes") or ()),
            shell=tuple(raw.get("Shell") or ()),
            stop_signal=raw.get("StopSignal") or "",
            triggers=tuple(raw.get("OnBuild") or ()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is built for one platform; `vertex` is `None` for an image without layers."""

    platform: Platform
    vertex: BuildVertex | None
    config: ImageConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildGraph:
    """Everything one build may do.

    `steps` are the Dockerfile's own steps that are reached, in its order.
    """

    targets: tuple[Target, ...]
    steps: tuple[BuildVertex, ...]
