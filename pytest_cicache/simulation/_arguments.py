"""What callers of a simulation pass, checked where it is passed: a wrong type is theirs, and said so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pytest_cicache import events
from pytest_cicache.errors import UsageError, suggestion
from pytest_cicache.events import Event
from pytest_cicache.plan import PlannedJob
from pytest_cicache.simulation._reading import WorkflowToRun

__all__ = ["check_inputs", "check_matrix", "read_changes", "read_clock", "read_event", "read_inputs"]


def read_event(event: Event | str) -> Event:
    """An event, or the one that a text as `fork_pr:number=12` describes; raises UsageError for anything else."""
    if isinstance(event, str):
        return events.from_text(event)
    if not isinstance(event, Event):
        raise UsageError(f"an event is an Event or a text such as 'fork_pr:number=12', not {event!r}")
    return event


def read_changes(changes: Mapping[str, str | None] | None) -> Mapping[str, str | None]:
    """The files a commit changes: path to text, `None` deletes."""
    found = {} if changes is None else changes
    if not isinstance(found, Mapping):
        raise UsageError(f"changes are files, path to text or None, not {changes!r}")
    for path, text in found.items():
        if not isinstance(path, str) or not (text is None or isinstance(text, str)):
            raise UsageError(f"changes are files, path to text or None, not {path!r}: {text!r}")
    return found


def read_inputs(inputs: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The inputs of a dispatch by their names."""
    found = {} if inputs is None else inputs
    if not isinstance(found, Mapping) or not all(isinstance(name, str) for name in found):
        raise UsageError(f"inputs are values by name, not {inputs!r}")
    return found


def read_clock(clock: datetime) -> datetime:
    """A time with its zone; raises UsageError for anything else."""
    if not isinstance(clock, datetime) or clock.tzinfo is None:
        raise UsageError(f"a clock is a datetime with a time zone, not {clock!r}")
    return clock


def check_inputs(given: Iterable[str], found: WorkflowToRun, event: Event) -> None:
    """Refuse inputs that a workflow does not declare, and any with an event that has none."""
    names = sorted(given)
    if not names or event.name == "repository_dispatch":
        return
    if found.caller is None and event.name != "workflow_dispatch":
        raise UsageError(f"{event.kind} has no inputs, such as '{names[0]}'; workflow_dispatch has")
    call = found.asked.call
    declared = call.inputs if found.caller is not None and call is not None else found.asked.dispatch_inputs
    known = [item.name for item in declared]
    for name in names:
        if name.lower() not in (each.lower() for each in known):
            listed = ", ".join(known) or "none"
            near = suggestion(name, known)
            raise UsageError(f"{found.asked.path} has no input '{name}'; {near}its inputs are {listed}")


def check_matrix(asked: Iterable[str], jobs: Iterable[PlannedJob]) -> None:
    """Refuse a matrix key that no leg has, where every leg is known."""
    planned = list(jobs)
    if any(isinstance(job.matrix, str) or (job.matrix is None and job.definition.strategy) for job in planned):
        return
    known = list(dict.fromkeys(key for job in planned for key in job.leg or {}))
    for key in asked:
        if key not in known:
            listed = f"the matrices have {', '.join(known)}" if known else "no job has a matrix"
            raise UsageError(f"no matrix has '{key}'; {suggestion(key, known)}{listed}")
