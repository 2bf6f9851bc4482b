"""Tags that grow with every pull request or branch, in a repository where nothing removes them.

https://github.com/hashintel/hash/pull/3000, https://github.com/teslamate-org/teslamate/pull/5212
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_cicache.checks._behaviour import ANY_BRANCH, Behaviour, SeenOperation
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.observation import Operation, Result

__all__ = ["unbounded_tags"]

_WRITES = (Result.WRITTEN, Result.PUSHED)
# Actions and calls that delete versions of packages, or tags.
_CLEANERS = re.compile(
    r"delete-package-versions|ghcr-cleanup|container-retention-policy|ghcr-prune|delete-untagged|delete-container"
    r"|package-cleanup|packages/container/|registry-cleanup|crane delete|regctl tag (rm|delete)|skopeo delete"
    r"|/versions/|cleanup-?images|delete-?image|ghcr-delete|delete_tag|retention",
    re.IGNORECASE,
)


def unbounded_tags(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the tags with a number or a name of the pull request or branch in them."""
    if any(_CLEANERS.search(text) for text in behaviour.siblings.values()):
        return
    for seen in behaviour.seen(("pr", "fork_pr", "push"), Operation.EXPORT, Operation.PUSH):
        words = _own_words(behaviour, seen)
        if seen.operation.result in _WRITES and any(word in _tag(seen) for word in words):
            what = "branch" if seen.case == "push" else "pull request"
            cache = seen.operation.operation is Operation.EXPORT
            yield Finding(
                check="unbounded-tags",
                severity=Severity.WARNING if cache else Severity.NOTE,
                message=f"Every {what} leaves {'a cache' if cache else 'an image'} of its own behind, such as "
                f"{seen.place}, and nothing here ever removes it",
                cure=f"delete the tag when the {what} is {'deleted' if seen.case == 'push' else 'closed'}, or "
                + ("let it read only what the default branch writes" if cache else "push on the default branch alone"),
                assumes=seen.assumes,
            ).at(seen.where)


def _own_words(behaviour: Behaviour, seen: SeenOperation) -> list[str]:
    """What only this pull request or branch puts into a tag."""
    delivery = behaviour.runs[seen.case].delivery
    if delivery is None:
        return []
    if seen.case == "push":
        # Branches that a filter names are no more than these.
        return [ANY_BRANCH] if delivery.ref_name == ANY_BRANCH else []
    return [str(delivery.event.number), delivery.head_ref.replace("/", "-")]


def _tag(seen: SeenOperation) -> str:
    reference = seen.operation.reference or ""
    return reference.rpartition(":")[2] if ":" in reference.rpartition("/")[2] else ""
