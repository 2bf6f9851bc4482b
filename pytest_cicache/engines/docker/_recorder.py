"""What the docker command did during one step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from pytest_cicache.errors import CicacheError
from pytest_cicache.observation import (
    Assumption,
    BakeFileText,
    BuildRecord,
    CacheOperation,
    Ending,
    operation_of,
    placed,
)
from pytest_cicache.workflow import Step

__all__ = ["StepRecorder"]


@dataclass(slots=True)
class StepRecorder:
    """What the docker command did during one step."""

    builds: list[BuildRecord] = field(default_factory=list)
    operations: list[CacheOperation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)
    bake_files: list[BakeFileText] = field(default_factory=list)
    error: CicacheError | None = None
    has_gaps: bool = False

    def tell(self, endings: Iterable[Ending]) -> None:
        """Keep what came of uses that no build got to."""
        self.operations += map(operation_of, endings)

    def place(self, step: Step, resolve: Callable[[str], str]) -> None:
        """Say where in a step stands what was done since its beginning; a step of a composite action comes first."""
        self.builds, self.operations = placed(self.builds, self.operations, step, self.bake_files, resolve)

    def assume(self, assumption: Assumption, *, leaves_gap: bool = True) -> None:
        """Note an assumption; those of one step that the same stub would decide are told as one.

        One that `leaves_gap` may be why something is not there afterwards.
        """
        self.has_gaps = self.has_gaps or leaves_gap
        same = [item for item in self.assumptions if item.id == assumption.id]
        if not same:
            self.assumptions.append(assumption)
        elif assumption.what not in same[0].what.split("; "):
            joined = replace(same[0], what=f"{same[0].what}; {assumption.what}")
            self.assumptions[self.assumptions.index(same[0])] = joined
