"""Several jobs, legs or builds of one run that write one cache: the last to finish wins, and the others start cold.

https://github.com/moby/buildkit/issues/2299, https://github.com/moby/buildkit/issues/2758,
https://github.com/open-space-collective/open-space-toolkit/issues/177, https://github.com/shazamio/shazamio-core/pull/62
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from pytest_cicache.checks._behaviour import REPEAT, Behaviour, SeenOperation
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.observation import Operation, Result

__all__ = ["cache_overwrites_image", "platform_overwrites_cache", "shared_cache"]

_WRITES = (Result.WRITTEN, Result.UNKNOWN)
_PLATFORM = re.compile(r"\b(linux/\w+|amd64|x86_64|arm64|aarch64|arm|armv[67]|ppc64le|s390x|riscv64)\b")


def shared_cache(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the caches that builds of different content write in one run."""
    for operations in _shared(behaviour):
        if not _platforms(operations):
            yield _finding(
                "shared-cache",
                operations,
                "give each its own tag or `scope=`, for instance one with `${{ matrix.… }}` in it",
            )


def platform_overwrites_cache(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the caches that legs for different platforms write in one run."""
    for operations in _shared(behaviour):
        if _platforms(operations):
            yield _finding(
                "platform-overwrites-cache", operations, "give each platform its own tag or `scope=` for the cache"
            )


def cache_overwrites_image(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the caches that have the reference of an image which the same run pushes."""
    for case in behaviour.runs:
        pushed = {seen.key for seen in behaviour.seen((case,), Operation.PUSH)}
        for seen in behaviour.seen((case,), Operation.EXPORT):
            if seen.operation.type == "registry" and seen.key is not None and seen.key in pushed:
                yield Finding(
                    check="cache-overwrites-image",
                    severity=Severity.ERROR,
                    message=f"Whoever pulls {seen.place} may get a cache, which is no image: the run pushes the image "
                    "and exports the cache to the same reference",
                    cure="export the cache to a tag of its own, such as `:buildcache`, or take `type=inline`",
                    assumes=seen.assumes,
                ).at(seen.where)


def _shared(behaviour: Behaviour) -> Iterator[list[SeenOperation]]:
    """The exports of the seed that share a cache, where the next run shows that one lost it."""
    writers: dict[object, list[SeenOperation]] = defaultdict(list)
    for seen in behaviour.seen((behaviour.seed or "",), Operation.EXPORT):
        if seen.key is not None and seen.build is not None and seen.operation.result in _WRITES:
            writers[seen.key].append(seen)
    for operations in writers.values():
        if len({_builder(each) for each in operations}) > 1 and _loses(behaviour, operations):
            yield operations


def _builder(seen: SeenOperation) -> tuple[object, ...]:
    assert seen.build is not None
    return (seen.job.id, seen.job.path, str(seen.job.matrix), seen.build.dockerfile, seen.build.target)


def _loses(behaviour: Behaviour, operations: list[SeenOperation]) -> bool:
    if REPEAT not in behaviour.runs:
        return True
    wanted = {_builder(each) for each in operations}
    repeated = [
        seen.build
        for seen in behaviour.seen((REPEAT,), Operation.EXPORT)
        if seen.build is not None and _builder(seen) in wanted
    ]
    # Of writers side by side the last is left to chance, and so is what each of them finds.
    unsure = any(vertex.cached is None for build in repeated for vertex in build.vertices)
    return any(build.misses for build in repeated) or (unsure and (_platforms(operations) or _differ(operations)))


def _differ(operations: list[SeenOperation]) -> bool:
    """Whether one of the builds has a step that another has not."""
    steps = [seen.build.traits for seen in operations if seen.build is not None]
    return any(other.get(name) != trait for one in steps for other in steps for name, trait in one.items())


def _platforms(operations: list[SeenOperation]) -> bool:
    """Whether the writers are legs that differ in a platform."""
    found = [_PLATFORM.findall(str(seen.job.matrix)) for seen in operations]
    return all(found) and len({tuple(each) for each in found}) == len({_builder(seen) for seen in operations})


def _finding(check: str, operations: list[SeenOperation], cure: str) -> Finding:
    first = operations[0]
    names = list(dict.fromkeys(_name(seen) for seen in operations))
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return Finding(
        check=check,
        severity=Severity.WARNING,
        message=f"{len(names)} builds of one run ({shown}) write {first.place}: the last to finish wins, and the next "
        "run of the others starts without a cache",
        cure=cure,
        assumes=tuple(dict.fromkeys(name for seen in operations for name in seen.assumes)),
    ).at(first.where)


def _name(seen: SeenOperation) -> str:
    assert seen.build is not None
    target = f" target {seen.build.target}" if seen.build.target else ""
    return f"{seen.job.name}: {seen.build.dockerfile}{target}"
