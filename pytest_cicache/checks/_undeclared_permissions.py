"""A job that may write its packages only by a setting of the repository, which a copy of it has not.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions,
https://github.blog/changelog/2023-02-02-github-actions-updating-the-default-github_token-permissions-to-read-only/
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_cicache.checks._behaviour import TRUSTED, Behaviour, told_case
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.observation import Conclusion, JobResult, Operation, Result, Run

__all__ = ["is_refused_by_default", "undeclared_permissions"]

_HOST = "ghcr.io/"
_DONE = (Result.WRITTEN, Result.PUSHED)


def is_refused_by_default(run: Run) -> bool:
    """Whether a run is refused a package, or does not start, where the default permissions may be to blame."""
    if run.outcome is Conclusion.STARTUP_FAILURE:
        return "is only allowed" in (run.error or "")
    return any(
        operation.result is Result.DENIED and (operation.reference or "").startswith(_HOST)
        for job in run.jobs
        if _has_default(job)
        for step in job.steps
        for operation in step.operations
        if operation.operation in (Operation.EXPORT, Operation.PUSH)
    )


def undeclared_permissions(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the files whose jobs write packages in trusted runs and declare no permissions: the first job of each."""
    told: set[str] = set()
    for seen in behaviour.seen(TRUSTED, Operation.EXPORT, Operation.PUSH):
        is_own = (seen.operation.reference or "").startswith(_HOST)
        file = seen.job.where.partition(":")[0]
        if is_own and seen.operation.result in _DONE and _may_write(seen.job) and file not in told:
            told.add(file)
            yield Finding(
                check="undeclared-permissions",
                severity=Severity.NOTE,
                message=f"{told_case(seen.case)} may write {seen.place} only where the repository's settings give "
                "every token write: new repositories and copies of this one mostly give read",
                cure="declare what the job needs, such as `permissions: {contents: read, packages: write}`",
                assumes=seen.assumes,
            ).at(seen.job.where)


def _may_write(job: JobResult) -> bool:
    """Whether the default permissions alone let it write packages; with read, another login than its token's did."""
    return job.token is not None and _has_default(job) and job.token.packages == "write"


def _has_default(job: JobResult) -> bool:
    """Whether nothing but the repository's default permissions led to what the token may do with packages."""
    return job.token is not None and len(job.token.because["packages"]) == 1
