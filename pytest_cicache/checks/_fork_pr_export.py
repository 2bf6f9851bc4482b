"""A pull request's run fails only because of a cache export or a push that its token may not do.

https://github.com/NousResearch/hermes-agent/issues/54674, https://github.com/spinningfactory/kloak/pull/189
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pytest_cicache.checks._behaviour import Behaviour, SeenOperation, told_case
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.observation import Conclusion, Operation, Result
from pytest_cicache.workflow import Mapping

__all__ = ["fork_pr_export"]

_CASES = ("fork_pr", "dependabot_pr")
_CURES = {
    Operation.EXPORT: "export only where the token may write, for instance `cache-to: ${{ github.event_name == 'push' "
    "&& 'type=registry,ref=…,mode=max' || '' }}`",
    Operation.PUSH: "push only where the token may write, for instance `push: ${{ github.event_name != "
    "'pull_request' }}`",
}


def fork_pr_export(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the refused exports and pushes that alone fail a fork's or Dependabot's run."""
    refused: dict[str, list[SeenOperation]] = defaultdict(list)
    for seen in behaviour.seen(_CASES, Operation.EXPORT, Operation.PUSH):
        if _fails_alone(seen) and not _fails_anyway(behaviour, seen):
            refused[_line_to_change(behaviour, seen)].append(seen)
    for where, operations in refused.items():
        first = operations[0]
        cases = tuple(dict.fromkeys(each.case for each in operations))
        verb = "fail" if len(cases) > 1 else "fails"
        what = "cache export" if first.operation.operation is Operation.EXPORT else "push"
        level = "none" if first.job.token is None else first.job.token.packages
        yield Finding(
            check="fork-pr-export",
            severity=Severity.ERROR,
            message=f"{told_case(*cases)} {verb} only because the {what} to {first.place} "
            f"is refused: the token has packages: {level}",
            cure=_CURES[first.operation.operation],
            assumes=first.assumes,
        ).at(where)


def _line_to_change(behaviour: Behaviour, seen: SeenOperation) -> str:
    """Where it stands that the image is pushed rather than how it is called, if an input says so."""
    if seen.operation.operation is Operation.PUSH:
        for _, step in behaviour.steps():
            if step.position.place == seen.step.where and isinstance(step.with_, Mapping):
                for key, _ in step.with_.entries:
                    if str(key.value).lower() == "push":
                        return key.position.place
    return seen.where


def _fails_alone(seen: SeenOperation) -> bool:
    failed = [step for step in seen.job.steps if step.outcome is Conclusion.FAILURE]
    return (
        seen.operation.result is Result.DENIED
        and seen.operation.fatal
        and seen.job.conclusion is Conclusion.FAILURE
        and failed == [seen.step]
    )


def _fails_anyway(behaviour: Behaviour, seen: SeenOperation) -> bool:
    """Whether the same step fails for who may write as well."""
    seed = behaviour.runs.get(behaviour.seed or "")
    steps = [step for job in (seed.jobs if seed is not None else ()) for step in job.steps]
    return any(step.where == seen.step.where and step.outcome is Conclusion.FAILURE for step in steps)
