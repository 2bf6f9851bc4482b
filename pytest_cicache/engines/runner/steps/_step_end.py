"""How a step's own work ended, before `continue-on-error`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_cicache.observation import Assumption, StepMode

__all__ = ["StepEnd"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnd:
    """What was done, the outputs, the lines of the log; `error` is the message of a failure.

    `is_told` says that the log holds that message already. `unknown` is the unknown value that all outputs of an
    assumed step are members of; `assumptions` are those made here, `assumes` the ids of others it rests on.
    """

    mode: StepMode
    outputs: Mapping[str, str] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    note: str | None = None
    error: str | None = None
    is_told: bool = False
    unknown: str | None = None
    assumptions: tuple[Assumption, ...] = ()
    assumes: tuple[str, ...] = ()

    @property
    def full_log(self) -> tuple[str, ...]:
        """The log with the error at its end."""
        return (*self.log, f"Error: {self.error}") if self.error and not self.is_told else self.log
