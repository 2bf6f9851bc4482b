"""How a step's own work ended, before `continue-on-error`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_cicache.observation import StepMode

__all__ = ["StepEnd"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnd:
    """What was done, the outputs, the lines of the log; `error` is the message of a failure."""

    mode: StepMode
    outputs: Mapping[str, str] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    note: str | None = None
    error: str | None = None
