"""References that are none: upper case, a `/` in a tag, a bare word that Docker Hub is asked for.

https://github.com/docker/build-push-action/issues/424, https://github.com/rucio/rucio/issues/8006,
https://github.com/ericstoneking/42/issues/168, https://github.com/cnpem/epics-in-docker/pull/54,
https://github.com/docker/metadata-action/issues/191, https://github.com/aaif-goose/goose/pull/4613
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_cicache.buildx import CACHE_BACKENDS
from pytest_cicache.checks._behaviour import Behaviour, SeenOperation, told_case
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.observation import Operation, Result

__all__ = ["bare_word", "invalid_reference"]

_INVALID = re.compile(r"invalid tag \"|invalid reference format|must be lowercase")
_BARE_WORD = re.compile(r"[a-z0-9-]+")


def invalid_reference(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the operations whose reference the docker tools refuse."""
    for seen in behaviour.seen(None, Operation.IMPORT, Operation.EXPORT, Operation.PUSH, Operation.PULL):
        message = (seen.operation.message or "").partition("\n")[0]
        if seen.operation.result is not Result.FAILED or not _INVALID.search(message) or "<" in seen.place:
            continue
        fails = seen.operation.fatal
        what = "fails" if fails else f"goes on without the {seen.operation.operation}"
        yield Finding(
            check="invalid-reference",
            severity=Severity.ERROR if fails else Severity.WARNING,
            message=f"{told_case(seen.case)} {what}, because '{seen.place}' is no image reference: {message}",
            cure=_cure(seen),
            assumes=seen.assumes,
        ).at(seen.where)


def bare_word(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the bare words that are taken for an image of Docker Hub's library."""
    for seen in behaviour.seen(None, Operation.IMPORT, Operation.EXPORT):
        reference = seen.operation.reference or ""
        is_export = seen.operation.operation is Operation.EXPORT
        if not _BARE_WORD.fullmatch(reference) or not (is_export or reference in (*CACHE_BACKENDS, "true", "false")):
            continue
        fails = seen.operation.fatal
        direction = "to" if is_export else "from"
        yield Finding(
            check="bare-word",
            severity=Severity.ERROR if fails else Severity.WARNING,
            message=f"{told_case(seen.case)} {'fails' if fails else 'has no such cache'}, because 'cache-{direction}: "
            f"{reference}' names the image docker.io/library/{reference}",
            cure=f"write `cache-{direction}: type={reference}`"
            if reference in CACHE_BACKENDS
            else f"give `cache-{direction}` an empty text where there shall be no cache: `${{{{ … && … || '' }}}}`",
            assumes=seen.assumes,
        ).at(seen.where)


def _cure(seen: SeenOperation) -> str:
    if "lowercase" in (seen.operation.message or ""):
        return 'write the name in lower case, or let a step do so: `echo "image=${IMAGE,,}" >> "$GITHUB_OUTPUT"`'
    if ":-" in (seen.operation.reference or ""):
        return (
            "`{{branch}}` is empty where no branch was pushed: give that tag of docker/metadata-action "
            "`enable=${{ github.ref_type == 'branch' }}`"
        )
    return "make the tag of what is a tag in every event: `docker/metadata-action`, or `pr-${{ github.event.number }}`"
