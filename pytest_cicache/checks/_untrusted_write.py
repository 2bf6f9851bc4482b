"""An event that anybody can cause writes a cache that trusted runs read, with what the outsider brought.

https://adnanthekhan.com/2024/05/06/the-monsters-in-your-build-cache-github-actions-cache-poisoning/
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_cicache.checks._behaviour import OUTSIDERS, TRUSTED, Behaviour, SeenOperation, told_case
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.observation import Operation, Result
from pytest_cicache.workflow import Mapping

__all__ = ["untrusted_write"]

_WRITES = (Result.WRITTEN, Result.PUSHED)
# What a checkout names to get a pull request's own files where the event would give the base's.
_HEADS = ("pull_request.head", "github.head_ref", "refs/pull/", "workflow_run.head")


def untrusted_write(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the caches that outsiders' runs write, with the outsiders' files, and trusted runs read."""
    if not _brings_files(behaviour):
        return
    read = {seen.key for seen in behaviour.seen(TRUSTED, Operation.IMPORT) if seen.key is not None}
    for seen in behaviour.seen(OUTSIDERS, Operation.EXPORT, Operation.PUSH):
        if seen.key in read and seen.operation.result in _WRITES and _reaches(behaviour, seen):
            yield Finding(
                check="untrusted-write",
                severity=Severity.ERROR,
                message=f"{told_case(seen.case)} writes {seen.place} with files that an outsider brought, and trusted "
                "runs build from it",
                cure="let runs for outsiders only read the cache, or write a reference that trusted runs do not read",
                assumes=seen.assumes,
            ).at(seen.where)


def _reaches(behaviour: Behaviour, seen: SeenOperation) -> bool:
    """Whether trusted runs see what was written: in the Actions cache only the default branch's entries."""
    if seen.operation.type != "gha":
        return True
    run = behaviour.runs[seen.case]
    default = "" if run.delivery is None else f"refs/heads/{run.delivery.repository.default_branch}"
    return default in seen.operation.refs


def _brings_files(behaviour: Behaviour) -> bool:
    for _, step in behaviour.steps():
        texts = [step.run.text] if step.run is not None else []
        if isinstance(step.with_, Mapping):
            texts += [str(node.to_data()) for _, node in step.with_.items()]
        if any(head in text for text in texts for head in _HEADS):
            return True
    return False
