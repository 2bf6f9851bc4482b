"""What is not simulated and taken to succeed, as records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Assumption", "AssumptionKind"]


class AssumptionKind(StrEnum):
    """What kind of thing a simulation assumes."""

    ACTION = "action"
    COMMAND = "command"
    CONTAINER = "container"
    SERVICE = "service"
    JOB = "job"
    WORKFLOW = "workflow"
    CONDITION = "condition"
    SCRIPT = "script"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """Something that the simulation does not do for real and takes to succeed.

    `what` is one sentence without its full stop, `where` is `file:line:column`, `stub` the `--stub` that would decide
    it, `None` where none can.
    """

    kind: AssumptionKind
    what: str
    where: str
    stub: str | None = None

    @property
    def id(self) -> str:
        """What jobs, steps and operations name it by: the same in every run of the same file."""
        subject = f":{self._subject}" if self._subject else ""
        return f"{self.kind}{subject}@{self.where}"

    @property
    def _subject(self) -> str:
        return "" if self.stub is None else self.stub.partition(":")[2].partition("=")[0].removesuffix(":output")
