"""The events that a workflow can meet, each so that its filters let it in where any such event could pass them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from pytest_cicache import events
from pytest_cicache.checks import AFTER_PUSH, ANY_BRANCH
from pytest_cicache.events import Event, Trigger, matches_glob
from pytest_cicache.expressions import unknown
from pytest_cicache.workflow import Workflow

__all__ = ["cases_of", "seeds_of"]

_SEEDS = ("main_merge", AFTER_PUSH, "schedule", "workflow_dispatch", "release", "tag_push", "merge_group", "pr")
"""What fills the caches, the likeliest first."""
_OTHERS = (
    "fork_pr",
    "dependabot_pr",
    "pr",
    "push",
    "pr_target",
    "merge_group",
    "tag_push",
    "main_merge",
    "schedule",
    "release",
    "workflow_dispatch",
    AFTER_PUSH,
    "workflow_run",
    "issue_comment",
    "pr_merged",
)
"""Who may only read comes before who may write."""
_CALLED = ("fork_pr", "pr")
_PATTERN = re.compile(r"[*?+\[!]")
# No two pull requests share a number, and none is likely to stand in a tag for another reason.
_NUMBERS = {
    "fork_pr": 48101,
    "dependabot_pr": 48102,
    "pr": 48103,
    "pr_target": 48104,
    "pr_merged": 48105,
    "merge_group": 48106,
    "issue_comment": 48107,
    "workflow_run": 48108,
}
_TAGS = ("v1.0.0", "1.0.0", "release-1.0.0", "v1.0", "v1", "1")
_MOST_FILES = 300


def seeds_of(workflow: Workflow, files: Sequence[str], default_branch: str) -> Iterator[tuple[str, Event]]:
    """The events that may fill the caches of a workflow, with their kinds, the likeliest first."""
    yield from _cases(workflow, files, default_branch, _SEEDS)


def cases_of(workflow: Workflow, files: Sequence[str], default_branch: str) -> Iterator[tuple[str, Event]]:
    """The events that a workflow names, with their kinds; of one that is only called those that tell most."""
    yield from _cases(workflow, files, default_branch, _CALLED if _is_only_called(workflow) else _OTHERS)


def _is_only_called(workflow: Workflow) -> bool:
    return {trigger.event for trigger in workflow.triggers} <= {"workflow_call"}


def _cases(
    workflow: Workflow, files: Sequence[str], default_branch: str, kinds: Iterable[str]
) -> Iterator[tuple[str, Event]]:
    triggers = {trigger.event: trigger for trigger in workflow.triggers}
    for kind in kinds:
        event = _event(kind)
        trigger = Trigger(event=event.name) if _is_only_called(workflow) else triggers.get(event.name)
        if trigger is not None:
            fitted = _fitted(event, trigger, files, default_branch)
            yield kind, fitted.replace(inputs=_inputs(workflow)) if kind == "workflow_dispatch" else fitted


def _event(kind: str) -> Event:
    if kind != AFTER_PUSH:
        return events.from_text(kind)
    return replace(events.workflow_run(actor=events.push().actor), from_fork=False)


def _inputs(workflow: Workflow) -> Mapping[str, str]:
    """What a person has to fill in for a manual run: the first choice, else something unknown."""
    needed = (item for item in workflow.dispatch_inputs if item.required and item.default is None)
    return {item.name: next(iter(item.options), unknown(f"inputs.{item.name}")) for item in needed}


def _fitted(event: Event, trigger: Trigger, files: Sequence[str], default_branch: str) -> Event:
    """The event with a number, a branch, an activity, a tag and changed files that the trigger lets in."""
    given: dict[str, object] = {}
    if event.kind in _NUMBERS:
        given["number"] = _NUMBERS[event.kind]
    if event.kind == "push":
        given["branch"] = _branch(trigger, default_branch)
    if event.kind == "pr":
        given["head_ref"] = ANY_BRANCH
    if event.kind != "pr_merged" and event.action and trigger.types and event.action not in trigger.types:
        given["action"] = _activity(trigger.types)
    if event.tag is not None and trigger.tags:
        given["tag"] = next((tag for tag in _TAGS if matches_glob(trigger.tags, tag)), event.tag)
    if event.name in ("push", "pull_request", "pull_request_target"):
        given["changed_files"] = tuple(_ordered(files, trigger))
    return event.replace(**given)  # type: ignore[arg-type]


def _branch(trigger: Trigger, default_branch: str) -> str:
    """Any branch; of a workflow that takes certain ones the first beside the default branch."""
    if trigger.branches is None or matches_glob(trigger.branches, ANY_BRANCH):
        return ANY_BRANCH
    named = (name for name in trigger.branches if name != default_branch and not _PATTERN.search(name))
    return next(named, ANY_BRANCH)


def _activity(types: Sequence[str]) -> str:
    """One of the activities that a trigger lists; that a pull request is closed is told elsewhere."""
    for name in ("opened", "synchronize", "published", "created"):
        if name in types:
            return name
    return next((name for name in types if name != "closed"), types[0])


def _ordered(files: Sequence[str], trigger: Trigger) -> list[str]:
    """So many files as GitHub looks at, those before that a filter of paths lets in."""
    if trigger.paths is None and trigger.paths_ignore is None:
        return list(files[:_MOST_FILES])
    include, ignore = trigger.paths, trigger.paths_ignore or ()

    def is_let_in(path: str) -> bool:
        return matches_glob(include, path) if include is not None else not matches_glob(ignore, path)

    first = [path for path in files if is_let_in(path)][:_MOST_FILES]
    chosen = set(first)
    return [*first, *(path for path in files if path not in chosen)][:_MOST_FILES]
