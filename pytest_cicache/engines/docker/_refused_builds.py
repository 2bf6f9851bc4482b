"""What a build meant to write when buildx or BuildKit refuse it before it starts: no registry hears of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pytest_cicache import errors
from pytest_cicache.buildkit import BuildRequest, CacheOption
from pytest_cicache.observation import BuildRecord, CacheOperation, Operation, Result
from pytest_cicache.oci import Reference

__all__ = ["refused_by_driver", "refused_exports", "refused_pushes"]

_TAG = re.compile(r'invalid tag "(?P<tag>[^"]*)": .*')


def refused_by_driver(request: BuildRequest, refusal: str) -> list[CacheOperation]:
    """The exports of a build whose builder cannot export; inline caches travel in the image."""
    message = refusal.splitlines()[0].removeprefix("ERROR: failed to build: ")
    return [_failed(option, message) for option in request.cache_to if option.type != "inline"]


def refused_exports(request: BuildRequest, record: BuildRecord) -> list[CacheOperation]:
    """The exports whose options BuildKit refused before any step ran; the others never began."""
    if record.exit_code == 0 or any(item.operation is Operation.EXPORT for item in record.operations):
        return []
    words = next((line for line in record.errors if "cache exporter" in line), None)
    if words is None:
        return []
    message = words.rpartition("failed to solve: ")[2]
    return [_failed(option, message) for option in request.cache_to if _is_wrong(option)]


def refused_pushes(arguments: Sequence[str], message: str) -> list[CacheOperation]:
    """The push of an image whose tag is none."""
    found = _TAG.search(message)
    if found is None or "--push" not in arguments:
        return []
    return [
        CacheOperation(
            operation=Operation.PUSH,
            type="registry",
            reference=found["tag"],
            result=Result.FAILED,
            message=found[0],
            fatal=True,
        )
    ]


def _failed(option: CacheOption, message: str) -> CacheOperation:
    return CacheOperation(
        operation=Operation.EXPORT,
        type=option.type,
        reference=option.reference,
        cache_scope=option.cache_scope,
        attributes=dict(option.attributes),
        result=Result.FAILED,
        message=message,
        fatal=True,
    )


def _is_wrong(option: CacheOption) -> bool:
    if option.type != "registry":
        return True
    try:
        Reference.parse(option.reference or "")
    except errors.ReferenceError:
        return True
    return False
