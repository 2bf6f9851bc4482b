"""An export to the Actions cache with a token that may only read it.

https://github.blog/changelog/ (2026-06-26), https://github.com/askalf/dario/pull/602,
https://github.com/stevezau/media_preview_generator/pull/290, https://github.com/Kometa-Team/Kometa/pull/3299
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_cicache.checks._behaviour import AFTER_PUSH, LATER, REPEAT, Behaviour, told_case
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.observation import Operation, Result

__all__ = ["read_only_cache"]

_REFUSED = (Result.DENIED, Result.FAILED)


def read_only_cache(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the exports to the Actions cache that its token refuses."""
    for seen in behaviour.seen([case for case in behaviour.runs if case not in (REPEAT, LATER)], Operation.EXPORT):
        access = seen.job.cache
        if seen.operation.type != "gha" or seen.operation.result not in _REFUSED or access is None:
            continue
        if access.mode.may_write:
            continue
        what = "fails" if seen.operation.fatal else "exports nothing"
        # GitHub names workflow_run as a whole; what it does after a push to the default branch nobody has shown.
        is_sure = seen.case != AFTER_PUSH
        yield Finding(
            check="read-only-cache",
            severity=(Severity.ERROR if is_sure else Severity.WARNING) if seen.operation.fatal else Severity.NOTE,
            message=f"{told_case(seen.case)} {what}, because it may only read the Actions cache: {access.reason}",
            cure="export on pushes to the default branch, and let this event only import; no permission changes it",
            assumes=seen.assumes,
        ).at(seen.where)
