"""What a build was asked to do with references, what the builder told of it, and what came of it.

A builder appends what it knows: for each use of a reference an `Ending`, typed where it decided something itself and
in BuildKit's words where only those tell. What came of a use is folded from that and from the requests that carry the
build's identity, in one place (`_fold`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pytest_cicache.observation._records import Operation

__all__ = ["Ending", "How", "Use"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One thing that a build was asked to import, export or push.

    `reference` is written as in the workflow; `attributes` are the option's own; `is_optional` tells that the build
    does not fail with it (`ignore-error`).
    """

    operation: Operation
    type: str | None = "registry"
    reference: str | None = None
    cache_scope: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    is_optional: bool = False


class How(StrEnum):
    """How a use ended, so far as the builder can tell."""

    FINE = "fine"
    REFUSED = "refused"
    NOT_THERE = "not there"
    EMPTY = "empty"  # there was nothing to write
    NEVER_BEGAN = "never began"  # another one had failed
    CUT_OFF = "cut off"  # by the refusal of another one
    UNTOLD = "untold"  # BuildKit does not say of which one it speaks, or nobody can know


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the builder told of one use.

    `error` is in BuildKit's words; `status` is the HTTP status where the builder met it itself; `origin` is the name by
    which vertices say that they came from this import; `refs` are the git refs whose entries in the Actions cache were
    read, `None` where that is not known; `assumes` are the ids of the assumptions it rests on.
    """

    use: Use
    how: How = How.FINE
    error: str | None = None
    status: int | None = None
    origin: str | None = None
    refs: tuple[str, ...] | None = None
    assumes: tuple[str, ...] = ()
