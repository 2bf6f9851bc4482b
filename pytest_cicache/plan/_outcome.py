"""How a job ended, as far as it is known: taken to succeed in a plan, as it was in a run."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass, field
from typing import Any

from pytest_cicache.expressions import is_unknown, to_text, unknown

__all__ = ["CANCELLED", "FAILURE", "SKIPPED", "SUCCESS", "JobOutcome", "merged", "readable"]

SUCCESS, FAILURE, CANCELLED, SKIPPED = "success", "failure", "cancelled", "skipped"
# A matrix job has the worst result of its legs, a call that of its jobs; `None` is one that is taken to succeed.
_WORST_FIRST = (FAILURE, CANCELLED, None, SUCCESS, SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOutcome:
    """What the jobs that need a job see of it.

    `result` is GitHub's word, `None` for a job that did not run and is taken to succeed. `outputs` holds `None` for
    one that nobody knows, and is `None` where not even their names are known. `doubt` says why it is not known
    whether the job runs at all; `started` is false for one that cannot start. `assumes` are the ids of the assumptions
    that unknown outputs rest on.
    """

    result: str | None
    outputs: abc.Mapping[str, str | None] | None = field(default_factory=dict)
    doubt: str | None = None
    started: bool = True
    assumes: tuple[str, ...] = ()

    @property
    def ended(self) -> str | None:
        """What came of a job that did not succeed, as part of a sentence; `None` for one that did or may."""
        if self.result == FAILURE:
            return "failed" if self.started else "cannot start"
        return {CANCELLED: "was cancelled", SKIPPED: "is skipped"}.get(self.result or "")

    def context(self, name: str) -> abc.Mapping[str, Any]:
        """The outcome as an entry of the `needs` or `jobs` context; `name` is what unknown values are called by."""
        place = f"{name}.outputs"
        outputs: Any = unknown(place, *self.assumes)
        if self.outputs is not None:
            known = self.outputs.items()
            outputs = {
                key: unknown(f"{place}.{key}", *self.assumes) if value is None else value for key, value in known
            }
        return {"result": unknown(f"{name}.result") if self.result is None else self.result, "outputs": outputs}


def merged(outcomes: abc.Iterable[JobOutcome]) -> JobOutcome:
    """What several legs of a job, or the jobs of a file, came to; of equal output names the last one wins."""
    every = list(outcomes)
    results = {outcome.result for outcome in every}
    result = next((word for word in _WORST_FIRST if word in results), SKIPPED)
    outputs: dict[str, str | None] = {}
    for outcome in every:
        given = (outcome.outputs or {}).items()
        outputs.update({name: value for name, value in given if value != "" or name not in outputs})
    alike = [outcome for outcome in every if outcome.result == result]
    return JobOutcome(
        result=result,
        outputs=None if any(outcome.outputs is None for outcome in every) else outputs,
        doubt=alike[0].doubt if alike and all(outcome.doubt for outcome in alike) else None,
        assumes=tuple(dict.fromkeys(each for outcome in every for each in outcome.assumes)),
        started=not any(not outcome.started for outcome in alike),
    )


def readable(value: Any) -> str | None:
    """An output as the jobs that read it see it; one that is unknown as a whole is named by them."""
    text = to_text(value)
    return None if is_unknown(text) else text
