"""Rewrites a Dockerfile so that nothing is downloaded or executed, and every step keeps its place.

BuildKit keys a step by its inputs, not by its output. So a base image may become a file that names it, and a
`RUN` a file that holds everything its key holds (command, shell, user, variables in their order, …): hits and
misses stay those of the file as written. What a `RUN` would have produced is absent; a `COPY --from` that asks
for it copies nothing, and is unknown when that `RUN` was executed again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Part", "Read", "Skeleton", "SkeletonStage", "StepId", "StepOrigin"]


class Part(StrEnum):
    """What a line of the skeleton stands for."""

    STEP = "step"
    """An instruction of the Dockerfile."""
    RUN = "run"
    """An instruction whose output is not known: `RUN`, or `ADD` of a URL."""
    BASE = "base"
    """A base image."""
    HELP = "help"
    """An input of the instruction that follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepId:
    """An instruction's place in the Dockerfile: the stage's number and the instruction's line."""

    stage: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A stage of the skeleton that a step takes files from, or another build, as `target:NAME`.

    `is_exact` says that what it takes cannot have come from a `COPY` of that stage, so that a change in the
    stage's own files cannot show in it.
    """

    stage: str
    is_exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOrigin:
    """What the n-th step of a skeleton stage stands for."""

    part: Part
    step: StepId | None = None
    reads: tuple[Read, ...] = ()


@dataclass(slots=True, kw_only=True)
class SkeletonStage:
    """One stage of the skeleton: its name, the stage it builds on, its lines, and what its steps stand for.

    `is_written` tells a stage of the Dockerfile from one of ours.
    """

    name: str
    parent: str | None = None
    is_written: bool = False
    image: str | None = None
    lines: list[str] = field(default_factory=list)
    origins: list[StepOrigin] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """A rewritten Dockerfile, and the way back.

    `stages` are in the order of the text; `names` gives, for a stage of the Dockerfile by its lower-case name,
    its name in the skeleton.
    """

    text: str
    target: str | None
    stages: tuple[SkeletonStage, ...]
    names: Mapping[str, str]
