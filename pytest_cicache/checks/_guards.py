"""Guards that do not guard: always true, or true for a fork's pull request too.

https://github.com/NousResearch/hermes-agent/pull/54726;
https://docs.github.com/en/actions/reference/workflows-and-actions/expressions (a text that is not empty is true)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_cicache.checks._behaviour import Behaviour, SeenOperation, told_case
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.observation import Operation, Result
from pytest_cicache.workflow import Condition, Job, Mapping, Step

__all__ = ["always_true_guard", "wrong_guard"]

_MIXED = re.compile(r"(\S\s*\$\{\{)|(\}\}\s*\S)", re.DOTALL)
_BASE = re.compile(r"github\.(?:event\.repository\.)?(?:repository|repository_owner|full_name)\s*==\s*'[^']+'")
_HEAD = re.compile(r"head\.repo|head_repository|\.fork\b|event_name|github\.actor|github\.ref\b|ref_name")


def always_true_guard(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the conditions that are a text around an expression, which is true whatever the expression gives."""
    conditions = {each.position.place: each for each in _conditions(behaviour)}
    for place, condition in conditions.items():
        given = (condition.given or "").strip()
        if "${{" in given and _MIXED.search(given):
            yield Finding(
                check="always-true-guard",
                severity=Severity.WARNING,
                message=f"The condition `{given}` is always true: beside `${{{{ }}}}` it is a text, and a text that is "
                "not empty counts as true",
                cure=f"write it as one expression: `{' '.join(given.replace('${{', '').replace('}}', '').split())}`",
            ).at(place)


def wrong_guard(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the guards by the base repository's name before an operation that a fork's run may not do."""
    for seen in behaviour.seen(("fork_pr",), Operation.EXPORT, Operation.PUSH):
        if seen.operation.result is not Result.DENIED:
            continue
        for text, place in _guards(behaviour, seen):
            if _BASE.search(text) and not _HEAD.search(text):
                yield Finding(
                    check="wrong-guard",
                    severity=Severity.WARNING,
                    message=f"{told_case('fork_pr')} passes the guard `{text}` and is refused behind it: "
                    "github.repository is the repository that the pull request is for, not the fork",
                    cure="compare `github.event.pull_request.head.repo.full_name == github.repository`",
                    assumes=seen.assumes,
                ).at(place)


def _guards(behaviour: Behaviour, seen: SeenOperation) -> Iterator[tuple[str, str]]:
    """The conditions of the job and the step, and the expressions among the step's inputs, with their places."""
    for job, step in _definitions(behaviour, seen):
        for condition in (job.condition, step.condition):
            if condition.given:
                yield condition.given, condition.position.place
        for _, node in step.with_.items() if isinstance(step.with_, Mapping) else ():
            if "${{" in str(node.to_data()):
                yield str(node.to_data()), node.position.place


def _definitions(behaviour: Behaviour, seen: SeenOperation) -> Iterator[tuple[Job, Step]]:
    plan = behaviour.runs[seen.case].plan
    for job in plan.jobs if plan is not None else ():
        yield from ((job.definition, step) for step in job.definition.steps if step.position.place == seen.step.where)


def _conditions(behaviour: Behaviour) -> Iterator[Condition]:
    for run in behaviour.runs.values():
        for job in run.plan.jobs if run.plan is not None else ():
            yield job.definition.condition
            yield from (step.condition for step in job.definition.steps)
