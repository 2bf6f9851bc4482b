"""The stand-ins a test gives, and those that nothing used: what is mistyped or out of date."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from pytest_cicache.engines import Stubs
from pytest_cicache.errors import UsageError, suggestion
from pytest_cicache.observation import Run
from pytest_cicache.plan import PlannedJob

__all__ = ["GivenStubs", "unused"]


class GivenStubs:
    """What stands in for commands, actions, steps and jobs of a simulation; these may run in containers of an image."""

    def __init__(self, *, image: str = "") -> None:
        self._stubs = Stubs()
        self._image = image

    def stub(self, name: str, script: str | Path = "#!/bin/sh\n") -> None:
        """Let a command be a script: its text, or the file that holds it."""
        script = script.read_text(encoding="utf-8") if isinstance(script, Path) else script
        text = script if script.startswith("#!") else f"#!/bin/sh\n{script}\n"
        self._stubs = replace(self._stubs, commands={**self._stubs.commands, name: text})

    def stub_action(self, name: str, **outputs: str) -> None:
        """Let every use of an action, `owner/name`, do nothing but give these outputs."""
        self._stubs = replace(self._stubs, actions={**self._stubs.actions, name: outputs})

    def stub_step(self, job: str, step: str, **outputs: str) -> None:
        """Let a step do nothing but give these outputs."""
        self._stubs = replace(self._stubs, steps={**self._stubs.steps, f"{job}/{step}": outputs})

    def stub_job(self, job: str, **outputs: str) -> None:
        """Let a job do nothing but give these outputs."""
        self._stubs = replace(self._stubs, jobs={**self._stubs.jobs, job: outputs})

    def allow(self, *commands: str) -> None:
        """Let steps run these commands for real; raises UsageError for one that this machine does not have.

        In a container they are the image's; a job raises for one that it does not have.
        """
        missing = [name for name in commands if not self._image and shutil.which(name) is None]
        if missing:
            raise UsageError(f"this machine has no command '{missing[0]}' that steps could be allowed to run")
        self._stubs = replace(self._stubs, allowed=self._stubs.allowed | set(commands))


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
