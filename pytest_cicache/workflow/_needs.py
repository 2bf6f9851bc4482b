"""The graph that `needs` makes: no unknown job, no cycle, at least one place to start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_cicache.workflow._nodes import Position, Scalar
    from pytest_cicache.workflow._problems import Problems

__all__ = ["JobNeeds", "check_needs"]


@dataclass(frozen=True, slots=True)
class JobNeeds:
    """A job's id and the nodes that name the jobs it waits for."""

    id: str
    needs: tuple[Scalar, ...]


def check_needs(jobs: list[JobNeeds], position: Position, problems: Problems) -> None:
    """Report jobs that could never start; `position` is that of `jobs`."""
    waiting = {job.id: list(job.needs) for job in jobs if job.needs}
    started = {job.id.lower() for job in jobs if not job.needs}
    known = {job.id.lower() for job in jobs}
    if not started:
        message = "The workflow must contain at least one job with no dependencies."
        problems.add(message, position, hint=_unknown_needs(jobs, known))
        return
    while ready := [name for name, needs in waiting.items() if _met(needs, started)]:
        for name in ready:
            del waiting[name]
            started.add(name.lower())
    for name, needs in waiting.items():
        for need in needs:
            text = str(need.value)
            if text.lower() in started:
                continue
            if text.lower() in known:
                message = f"Job '{name}' depends on job '{text}' which creates a cycle in the dependency graph."
            else:
                message = f"Job '{name}' depends on unknown job '{text}'."
            problems.add(message, need.position)


def _unknown_needs(jobs: list[JobNeeds], known: set[str]) -> str:
    """`job 'a' needs 'zz', which is no job` of each such need."""
    found = ((job.id, str(need.value)) for job in jobs for need in job.needs)
    return "; ".join(f"job '{job}' needs '{need}', which is no job" for job, need in found if need.lower() not in known)


def _met(needs: list[Scalar], started: set[str]) -> bool:
    return all(str(need.value).lower() in started for need in needs)
