"""Whether an entry of `on:` lets an event start the workflow, and which filter decides.

Rules of https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax, read 2026-11-24.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cicache.events._glob import matches_glob
from pytest_cicache.events._table import EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_cicache.events._delivery import Delivery

__all__ = ["Decision", "Trigger", "decide", "fitted", "triggers"]

_MAXIMUM_FILES = 300
"""GitHub compares only the first 300 changed files with `paths`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One event under `on:` with its filters; `None` where the file has no such key."""

    event: str
    types: tuple[str, ...] | None = None
    branches: tuple[str, ...] | None = None
    branches_ignore: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    tags_ignore: tuple[str, ...] | None = None
    paths: tuple[str, ...] | None = None
    paths_ignore: tuple[str, ...] | None = None
    workflows: tuple[str, ...] | None = None
    cron: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a workflow starts, and the sentence that says why."""

    triggered: bool
    reason: str


def decide(entries: Iterable[Trigger], delivery: Delivery) -> Decision:
    """Say whether any entry of a workflow's `on:` starts it."""
    given = tuple(entries)
    if delivery.blocked is not None:
        return Decision(False, delivery.blocked)
    for entry in given:
        if entry.event == delivery.name:
            return triggers(entry, delivery)
    names = ", ".join(dict.fromkeys(entry.event for entry in given)) or "nothing"
    return Decision(False, f"the workflow runs on {names}, not on {delivery.name}")


def triggers(trigger: Trigger, delivery: Delivery) -> Decision:
    """Say whether one entry of `on:` starts the workflow, naming the filter that does not let it."""
    if trigger.event != delivery.name:
        return Decision(False, f"the workflow runs on {trigger.event}, not on {delivery.name}")
    if delivery.blocked is not None:
        return Decision(False, delivery.blocked)
    refused = _refused_type(trigger, delivery) or _refused_ref(trigger, delivery)
    if refused:
        return Decision(False, refused)
    return _decide_paths(trigger, delivery)


def fitted(delivery: Delivery, entries: Iterable[Trigger]) -> Delivery:
    """Give the delivery what only the workflow file tells: the cron line that fired, the workflow that ran.

    Both are taken from the first line of the file when the event does not name them.
    """
    for entry in entries:
        if entry.event != delivery.name:
            continue
        if entry.event == "schedule" and delivery.event.schedule is None and entry.cron:
            return delivery.with_parameters(schedule=entry.cron[0])
        if entry.event == "workflow_run" and "name" not in delivery.event.workflow_run and entry.workflows:
            run = dict(delivery.event.workflow_run) | {"name": entry.workflows[0]}
            return delivery.with_parameters(workflow_run=run)
    return delivery


def _listed(patterns: Iterable[str]) -> str:
    return f"[{', '.join(patterns)}]"


def _refused_type(trigger: Trigger, delivery: Delivery) -> str | None:
    activity = delivery.activity
    if activity is None:
        return None
    if trigger.types is not None:
        if activity in trigger.types:
            return None
        return f"`types: {_listed(trigger.types)}` does not list {activity!r}"
    default = EVENTS[trigger.event].triggering_activities
    if default is None or activity in default:
        return None
    return f"without `types`, {trigger.event} starts only for {', '.join(default)}; this is {activity!r}"


def _refused_ref(trigger: Trigger, delivery: Delivery) -> str | None:
    if trigger.event == "push":
        return _refused_push(trigger, delivery)
    if trigger.event == "workflow_run":
        run = delivery.payload["workflow_run"]
        return _refused_workflow(trigger, delivery) or _refused_name(
            trigger, "branches", str(run["head_branch"]), "the branch of the run before"
        )
    if trigger.event == "schedule":
        return _refused_cron(trigger, delivery)
    target = "the target branch" if delivery.event.is_pull_request else "the base branch"
    return _refused_name(trigger, "branches", delivery.target_branch, target)


def _refused_push(trigger: Trigger, delivery: Delivery) -> str | None:
    ref = str(delivery.payload["ref"])
    is_tag = ref.startswith("refs/tags/")
    own, other = ("tags", "branches") if is_tag else ("branches", "tags")
    what = "the pushed tag" if is_tag else "the pushed branch"
    name = ref.removeprefix("refs/tags/").removeprefix("refs/heads/")
    if _pair(trigger, own) == (None, None) and _pair(trigger, other) != (None, None):
        only = other if _pair(trigger, other)[0] is not None else f"{other}-ignore"
        return f"`{only}` is given and `{own}` is not, so a push of a {_singular(own)} does not start it"
    return _refused_name(trigger, own, name, what)


def _singular(key: str) -> str:
    """Give the singular of a filter's key."""
    return {"tags": "tag", "branches": "branch"}[key]


def _pair(trigger: Trigger, key: str) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """The filter of that key and its `-ignore` twin."""
    return getattr(trigger, key), getattr(trigger, f"{key}_ignore")


def _refused_name(trigger: Trigger, key: str, name: str, what: str) -> str | None:
    include, ignore = _pair(trigger, key)
    if include is not None and not matches_glob(include, name):
        return f"`{key}: {_listed(include)}` does not match {what} {name!r}"
    if ignore is not None and matches_glob(ignore, name):
        return f"`{key}-ignore: {_listed(ignore)}` matches {what} {name!r}"
    return None


def _refused_workflow(trigger: Trigger, delivery: Delivery) -> str | None:
    name = str(delivery.payload["workflow_run"]["name"])
    if trigger.workflows is None or "name" not in delivery.event.workflow_run:
        return None
    if matches_glob(trigger.workflows, name):
        return None
    return f"`workflows: {_listed(trigger.workflows)}` does not list the workflow {name!r}"


def _refused_cron(trigger: Trigger, delivery: Delivery) -> str | None:
    line = delivery.event.schedule
    if line is None or line in trigger.cron:
        return None
    return f"`schedule` has the cron lines {_listed(repr(cron) for cron in trigger.cron)}, not {line!r}"


def _decide_paths(trigger: Trigger, delivery: Delivery) -> Decision:
    include, ignore = trigger.paths, trigger.paths_ignore
    started = f"{_happening(delivery)} starts it"
    if include is None and ignore is None:
        return Decision(True, started)
    key = "paths" if include is not None else "paths-ignore"
    if delivery.name == "push" and str(delivery.payload["ref"]).startswith("refs/tags/"):
        return Decision(True, f"{started}; `{key}` does not count for tags")
    files = delivery.changed_files
    if files is None:
        return Decision(True, f"{started}; the changed files are not known, so `{key}` is taken as passed")
    if not files:
        return Decision(False, f"no file changed, and `{key}` needs one")
    return _decide_files(include, ignore, files[:_MAXIMUM_FILES], started)


def _decide_files(
    include: tuple[str, ...] | None, ignore: tuple[str, ...] | None, files: tuple[str, ...], started: str
) -> Decision:
    shown = ", ".join(files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
    if include is not None:
        hit = next((path for path in files if matches_glob(include, path)), None)
        if hit is None:
            return Decision(False, f"`paths: {_listed(include)}` matches no changed file ({shown})")
        return Decision(True, f"{started}; `paths` matches {hit!r}")
    patterns = ignore or ()
    outside = next((path for path in files if not matches_glob(patterns, path)), None)
    if outside is None:
        return Decision(False, f"`paths-ignore: {_listed(patterns)}` matches every changed file ({shown})")
    return Decision(True, f"{started}; `paths-ignore` does not match {outside!r}")


def _happening(delivery: Delivery) -> str:
    """What happened, for a sentence: `push to main`, `pull_request opened into main`."""
    if delivery.name == "push":
        return f"push to {str(delivery.payload['ref']).removeprefix('refs/heads/').removeprefix('refs/tags/')}"
    words = f"{delivery.name} {delivery.activity}" if delivery.activity else delivery.name
    return f"{words} into {delivery.target_branch}" if delivery.event.is_pull_request else words
