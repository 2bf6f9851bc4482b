"""Builds of which something is unknown: what is still built, and the operations that nobody can tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from pytest_cicache.buildkit import BuildRequest, CacheOption
from pytest_cicache.buildx import CACHE_BACKENDS, pushed_names
from pytest_cicache.expressions import holds_unknown, origins, show_unknown
from pytest_cicache.observation import CacheOperation, Operation, Result

__all__ = ["is_opaque", "lacks_files", "split_unknown", "without_caches"]

# BuildKit's and buildx's words for a file of the context, a Dockerfile or a folder that is not there.
_MISSING_FILES = re.compile(
    r"failed to calculate checksum of ref .*: not found|failed to compute cache key: .*not found|lstat .*no such file"
    r"|failed to read dockerfile: .*no such file|unable to prepare context: path .* not found|not found$"
)
# The types of caches that a builder is not given: where they lie is outside of what is simulated.
_ELSEWHERE = frozenset(row.type for row in CACHE_BACKENDS.values() if not row.is_near)


def split_unknown(request: BuildRequest) -> tuple[BuildRequest, list[CacheOperation]]:
    """A build without its unknown references, and the operations on them, which are sent nowhere."""
    imports = [_unknown(Operation.IMPORT, option) for option in request.cache_from if _is_unknown(option)]
    exports = [_unknown(Operation.EXPORT, option) for option in request.cache_to if _is_unknown(option)]
    names = [tag for tag in request.tags if holds_unknown(tag)]
    outputs = tuple(output for output in request.outputs if not holds_unknown(dict(output.attributes)))
    pushed = [name for name in pushed_names(request) if holds_unknown(name)]
    tags = tuple(tag for tag in request.tags if tag not in names)
    known = replace(
        request,
        cache_from=tuple(option for option in request.cache_from if not _is_unknown(option)),
        cache_to=tuple(option for option in request.cache_to if not _is_unknown(option)),
        tags=tags,
        outputs=outputs,
        push=request.push and bool(tags or outputs or not pushed),
        platforms=tuple(platform for platform in request.platforms if not holds_unknown(platform)),
    )
    return known, [*imports, *exports, *(_unknown_push(name) for name in pushed)]


def is_opaque(request: BuildRequest) -> bool:
    """Whether nobody can tell what is built: the context, the Dockerfile, the target or a named context is unknown."""
    parts = (request.context, request.dockerfile, request.target, dict(request.build_contexts))
    return any(part is not None and holds_unknown(part) for part in parts)


def lacks_files(errors: Iterable[str]) -> bool:
    """Whether a build failed for want of files, which an assumed step may have brought."""
    return any(_MISSING_FILES.search(line) for line in errors)


def without_caches(request: BuildRequest) -> tuple[BuildRequest, list[CacheOperation]]:
    """A build without the caches that lie outside of what is simulated, and the operations on them, unknown."""
    imports = [_unknown(Operation.IMPORT, option) for option in request.cache_from if option.type in _ELSEWHERE]
    exports = [_unknown(Operation.EXPORT, option) for option in request.cache_to if option.type in _ELSEWHERE]
    known = replace(
        request,
        cache_from=tuple(option for option in request.cache_from if option.type not in _ELSEWHERE),
        cache_to=tuple(option for option in request.cache_to if option.type not in _ELSEWHERE),
    )
    return known, [*imports, *exports]


def _is_unknown(option: CacheOption) -> bool:
    return holds_unknown(option.text) or holds_unknown(dict(option.attributes))


def _unknown(operation: Operation, option: CacheOption) -> CacheOperation:
    attributes = {name: show_unknown(value) for name, value in option.attributes.items()}
    return CacheOperation(
        operation=operation,
        type=option.type,
        reference=attributes.get("ref"),
        cache_scope=option.cache_scope and show_unknown(option.cache_scope),
        attributes=attributes,
        result=Result.UNKNOWN,
        assumes=_assumes(dict(option.attributes)),
    )


def _unknown_push(name: str) -> CacheOperation:
    return CacheOperation(
        operation=Operation.PUSH,
        type="registry",
        reference=show_unknown(name),
        result=Result.UNKNOWN,
        assumes=_assumes(name),
    )


def _assumes(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for origin in origins(value) for each in origin.assumptions))
