"""All functions of bake files (buildx 0.29, bake/hclparser/stdlib.go)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pytest_cicache.buildx.bake.functions._collections import COLLECTIONS
from pytest_cicache.buildx.bake.functions._encodings import ENCODINGS
from pytest_cicache.buildx.bake.functions._lazy import LAZY
from pytest_cicache.buildx.bake.functions._numbers import NUMBERS
from pytest_cicache.buildx.bake.functions._texts import TEXTS
from pytest_cicache.buildx.bake.functions._times import TIMES, rfc3339
from pytest_cicache.buildx.bake.hcl import HclFunction

__all__ = ["Clock", "standard_functions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What functions say that take no argument: the moment, in UTC, a random UUID and the home folder."""

    now: datetime
    unique: str
    home: str


def standard_functions(clock: Clock) -> dict[str, HclFunction]:
    """Name to function."""
    return {
        **NUMBERS,
        **TEXTS,
        **COLLECTIONS,
        **ENCODINGS,
        **TIMES,
        **LAZY,
        "homedir": HclFunction(run=lambda: clock.home),
        "timestamp": HclFunction(run=lambda: rfc3339(clock.now)),
        "uuidv4": HclFunction(run=lambda: clock.unique),
    }
