"""What makes a build step what it is, to tell two of them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["FileTrait", "MissReason", "StepTraits", "Why"]


@dataclass(frozen=True, slots=True)
class FileTrait:
    """A file that a step takes: its digest, in which its mode counts, and its mode."""

    digest: str
    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTraits:
    """What enters the key of one build step.

    `files` are those it takes from a build context, by path; `variables` the arguments and variables that it sees;
    `bases` the digests of the images it stands on, by name; `after` the names of the steps it stands on.
    """

    files: Mapping[str, FileTrait] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()


class MissReason(StrEnum):
    """What kept a step from being found in a cache."""

    NOT_IMPORTED = "not imported"
    INSTRUCTION = "instruction"
    FILE = "file"
    VARIABLE = "variable"
    BASE = "base"
    STEP_BEFORE = "step before"
    MODE_MIN = "mode=min"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a step ran: `subject` is the file, variable, base or step that differs, `what` the whole in a clause."""

    reason: MissReason
    what: str
    subject: str = ""

    def __str__(self) -> str:
        return self.what
