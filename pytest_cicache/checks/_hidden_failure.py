"""`ignore-error` or `continue-on-error` hides that the default branch cannot write its cache.

https://github.com/docker/docs/pull/26062, https://github.com/github/gh-aw/issues/46807
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_cicache.checks._behaviour import TRUSTED, Behaviour, SeenOperation, told_case
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.observation import Conclusion, Operation, Result

__all__ = ["hidden_failure"]


def hidden_failure(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the exports of trusted runs that are refused, and whose run is green."""
    for seen in behaviour.seen(TRUSTED, Operation.EXPORT):
        level = "none" if seen.job.token is None else seen.job.token.packages
        if seen.operation.result is Result.DENIED and _is_hidden(seen) and _is_own(behaviour, seen):
            yield Finding(
                check="hidden-failure",
                severity=Severity.WARNING,
                message=f"{told_case(seen.case)} never writes {seen.place} and ends green: the export is refused (the "
                f"token has packages: {level}), which {_hider(seen)} hides",
                cure="let the job of the default branch log in and have `permissions: packages: write`",
                assumes=seen.assumes,
            ).at(seen.where)


def _is_hidden(seen: SeenOperation) -> bool:
    return not seen.operation.fatal or seen.step.conclusion is Conclusion.SUCCESS


def _hider(seen: SeenOperation) -> str:
    return "continue-on-error" if seen.operation.fatal else "ignore-error"


def _is_own(behaviour: Behaviour, seen: SeenOperation) -> bool:
    """Whether the owner's own packages are meant: who may write others' nobody can tell from here."""
    return (seen.operation.reference or "").lower().startswith(f"ghcr.io/{behaviour.owner}/")
