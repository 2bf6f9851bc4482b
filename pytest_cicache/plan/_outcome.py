"""How a job ended, as far as it is known: taken to succeed in a plan, as it was in a run."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass, field
from typing import Any

from pytest_cicache.workflow import PartialContext, Undecided

__all__ = ["ASSUMED", "CANCELLED", "FAILURE", "SKIPPED", "SUCCESS", "Outcome", "merged"]

SUCCESS, FAILURE, CANCELLED, SKIPPED = "success", "failure", "cancelled", "skipped"
# A matrix job has the worst result of its legs, a call that of its jobs; `None` is one that is taken to succeed.
_WORST_FIRST = (FAILURE, CANCELLED, None, SUCCESS, SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the jobs that need a job see of it.

    `result` is GitHub's word, `None` for a job that did not run and is taken to succeed. `outputs` may hold
    `Undecided` values, and others than those it holds may come when `open_outputs` is set. `doubt` says why it
    is not known whether the job runs at all; `started` is false for one that cannot start.
    """

    result: str | None
    outputs: abc.Mapping[str, Any] = field(default_factory=dict)
    open_outputs: bool = False
    doubt: str | None = None
    started: bool = True

    @property
    def ended(self) -> str | None:
        """What came of a job that did not succeed, as part of a sentence; `None` for one that did or may."""
        if self.result == FAILURE:
            return "failed" if self.started else "cannot start"
        return {CANCELLED: "was cancelled", SKIPPED: "is skipped"}.get(self.result or "")

    def context(self, name: str) -> abc.Mapping[str, Any]:
        """The outcome as an entry of the `needs` or `jobs` context; `name` is what unknown values are called by."""
        outputs: abc.Mapping[str, Any] = dict(self.outputs)
        if self.open_outputs or any(isinstance(value, Undecided) for value in self.outputs.values()):
            outputs = PartialContext(f"{name}.outputs", self.outputs, is_open=self.open_outputs)
        if self.result is not None:
            return {"result": self.result, "outputs": outputs}
        return PartialContext(name, {"result": Undecided(f"{name}.result"), "outputs": outputs})


ASSUMED = Outcome(result=None, open_outputs=True)


def merged(outcomes: abc.Iterable[Outcome]) -> Outcome:
    """What several legs of a job, or the jobs of a file, came to; of equal output names the last one wins."""
    every = list(outcomes)
    results = {outcome.result for outcome in every}
    result = next((word for word in _WORST_FIRST if word in results), SKIPPED)
    outputs: dict[str, Any] = {}
    for outcome in every:
        outputs.update({name: value for name, value in outcome.outputs.items() if value or name not in outputs})
    alike = [outcome for outcome in every if outcome.result == result]
    return Outcome(
        result=result,
        outputs=outputs,
        open_outputs=any(outcome.open_outputs for outcome in every),
        doubt=alike[0].doubt if alike and all(outcome.doubt for outcome in alike) else None,
        started=not any(not outcome.started for outcome in alike),
    )
