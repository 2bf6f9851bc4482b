"""What the steps of a plan would need that is not simulated: the actions that are neither emulated nor at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_cicache.actions import ACTIONS, ActionReference
from pytest_cicache.errors import CicacheError
from pytest_cicache.plan import Assumption, Plan, PlannedJob, Verdict, action_not_run
from pytest_cicache.workflow import Action, Scalar, Step, read_action

__all__ = ["Foresight"]

_LOCAL = ("./", "$/")
_MAY_RUN = (Verdict.RUNS, Verdict.UNDECIDED)
_MAX_DEPTH = 9
_FILES = ("action.yml", "action.yaml")


@dataclass(frozen=True, slots=True)
class Foresight:
    """Looks through the steps of planned jobs.

    `own` gives the text of a file of the repository, `folder` the folder of a remote action.
    """

    own: Callable[[str], str | None]
    folder: Callable[[str], Path | None]

    def complete(self, plan: Plan) -> Plan:
        """The plan with what its steps would assume, whatever their conditions say; scripts are not looked into."""
        found = (item for job in plan.jobs if _takes_steps(job) for item in self._steps(job.definition.steps))
        return replace(plan, assumptions=tuple(dict.fromkeys((*plan.assumptions, *found))))

    def _steps(self, steps: Iterable[Step], depth: int = 0) -> Iterator[Assumption]:
        for step in steps:
            if step.uses is not None and depth <= _MAX_DEPTH:
                yield from self._use(step.uses, depth)
            yield from self._steps(step.parallel, depth)

    def _use(self, uses: Scalar, depth: int) -> Iterator[Assumption]:
        text = uses.text
        if text.startswith("docker://"):
            yield action_not_run(uses, f"the container action '{text}' is not run")
        elif text.startswith(_LOCAL):
            yield from self._action(uses, self._own_action(text), depth)
        elif not _is_emulated(text):
            folder = self.folder(text)
            if folder is None:
                yield action_not_run(uses, f"the action '{text}' is not simulated")
            else:
                yield from self._action(uses, _action_in(folder, text), depth)

    def _action(self, uses: Scalar, action: Action | None, depth: int) -> Iterator[Assumption]:
        """A composite action is looked into; one that cannot be read is for the run to tell."""
        if action is None:
            return
        if action.using == "composite":
            yield from self._steps(action.steps, depth + 1)
        else:
            yield action_not_run(uses, f"the {action.using} action '{uses.text}' is not run")

    def _own_action(self, text: str) -> Action | None:
        place = text[2:].rstrip("/")
        for name in _FILES:
            source = self.own(f"{place}/{name}" if place else name)
            if source is not None:
                return _read(source, f"{place}/{name}")
        return None


def _takes_steps(job: PlannedJob) -> bool:
    return job.verdict in _MAY_RUN and job.opaque is None and job.stand_in is None


def _is_emulated(text: str) -> bool:
    try:
        reference = ActionReference.parse(text)
    except CicacheError:
        return False
    return not reference.path and reference.repository in ACTIONS


def _action_in(folder: Path, text: str) -> Action | None:
    for name in _FILES:
        file = folder / name
        if file.is_file():
            return _read(file.read_text(encoding="utf-8", errors="replace"), f"{text}/{name}")
    return None


def _read(source: str, path: str) -> Action | None:
    try:
        return read_action(source, path=path)
    except CicacheError:
        return None
