"""What the jobs of one workflow file came to, and what that means for the jobs that need them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_cicache.expressions import HostFunction, evaluate, is_truthy
from pytest_cicache.observation import Conclusion
from pytest_cicache.workflow import Job, Workflow

__all__ = ["Needs"]

# A matrix job has the worst result of its legs.
_WORST_FIRST = (Conclusion.FAILURE, Conclusion.CANCELLED, Conclusion.SUCCESS, Conclusion.SKIPPED)


@dataclass(slots=True)
class Needs:
    """Results and outputs of a workflow's jobs, by job id in lower case."""

    workflow: Workflow
    ended: dict[str, Conclusion] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)

    def finish(self, job: Job, conclusion: Conclusion, outputs: Mapping[str, str] | None = None) -> None:
        """Record how a job, or one more leg of it, ended; of equal output names the last one wins."""
        key = job.id.lower()
        known = (conclusion, self.ended.get(key, conclusion))
        self.ended[key] = next(item for item in _WORST_FIRST if item in known)
        merged = self.outputs.setdefault(key, {})
        merged.update({name: value for name, value in (outputs or {}).items() if value or name not in merged})

    def conclusion(self) -> Conclusion:
        """What all jobs together came to; a job that may fail counts as the success it is taken for."""
        worst = next((item for item in _WORST_FIRST if item in self.ended.values()), Conclusion.SKIPPED)
        return Conclusion.FAILURE if worst is Conclusion.CANCELLED else worst

    def context(self, job: Job) -> dict[str, Any]:
        """The `needs` context of a job: its direct dependencies only."""
        return {need: self._entry(need.lower()) for need in job.needs if need.lower() in self.ended}

    def all_jobs(self) -> dict[str, Any]:
        """The `jobs` context that the outputs of a called workflow see."""
        return {job.id: self._entry(job.id.lower()) for job in self.workflow.jobs if job.id.lower() in self.ended}

    def decides(self, job: Job, contexts: Mapping[str, Any]) -> bool:
        """Whether a job's condition holds, given how its ancestors ended; raises ExpressionError."""
        ancestors = set(map(str.lower, self.workflow.ancestors(job)))

        def results(names: tuple[object, ...]) -> list[Conclusion]:
            wanted = {str(name).lower() for name in names} or ancestors
            return [self.ended[name] for name in wanted if name in self.ended]

        table: dict[str, Callable[..., bool]] = {
            "always": lambda *_: True,
            "cancelled": lambda *_: False,
            "failure": lambda *names: Conclusion.FAILURE in results(names),
            "success": lambda *names: all(item is Conclusion.SUCCESS for item in results(names)),
        }
        functions = {name: HostFunction(name=name, minimum=0, maximum=255, call=call) for name, call in table.items()}
        return is_truthy(evaluate(job.condition.text, contexts, functions=functions))

    def _entry(self, key: str) -> dict[str, Any]:
        return {"result": self.ended[key].value, "outputs": dict(self.outputs.get(key, {}))}
