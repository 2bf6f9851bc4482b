"""The stand-ins that nothing used: what is mistyped or out of date, with the names there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from pytest_cicache.engines import Stubs
from pytest_cicache.errors import suggestion
from pytest_cicache.observation import Run
from pytest_cicache.plan import PlannedJob

__all__ = ["unused"]


def unused(stubs: Stubs, runs: Iterable[Run]) -> tuple[str, ...]:
    """One line for each stand-in that no run used; none where no job ran that could have."""
    planned = list(chain.from_iterable(run.plan.jobs for run in runs if run.plan is not None))
    if not planned:
        return ()
    known = {
        "command": (),
        "action": sorted(set(_actions(planned))),
        "step": sorted(set(_steps(planned))),
        "job": sorted({job.id for job in planned}),
    }
    given = {"command": stubs.commands, "action": stubs.actions, "step": stubs.steps, "job": stubs.jobs}
    return tuple(
        _line(kind, name, known[kind])
        for kind, names in given.items()
        for name in names
        if f"{kind}:{name}" not in stubs.used
    )


def _line(kind: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    text = f"nothing used the stand-in for the {kind} '{name}'"
    return f"{text}; {suggestion(name, names)}the {kind}s are {', '.join(names)}" if names else text


def _actions(planned: Iterable[PlannedJob]) -> Iterator[str]:
    for job in planned:
        for step in job.definition.steps:
            if step.uses is not None:
                yield step.uses.text.partition("@")[0]


def _steps(planned: Iterable[PlannedJob]) -> Iterator[str]:
    return (f"{job.id}/{step.id}" for job in planned for step in job.definition.steps)
