"""A pull request takes nothing from the cache that the default branch has written.

https://github.com/DerOetzi/solaredge2mqtt/pull/440, https://github.com/int128/docker-build-cache-config-action/pull/592
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_cicache.checks._behaviour import Behaviour, build_identity, cache_key, told_case
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.checks._told_steps import cure_of, told_step
from pytest_cicache.observation import BuildRecord, CacheOperation, MissReason, Operation, Result

__all__ = ["pr_never_hits"]

_OWN = re.compile(r"(?:docker|container)file", re.IGNORECASE)
_ELSEWHERE = (MissReason.BASE, MissReason.STEP_BEFORE, MissReason.MODE_MIN)
_CASES = ("fork_pr", "pr")


def pr_never_hits(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the builds of pull requests that could have taken steps from the seed's cache and take none."""
    if behaviour.seed != "main_merge":
        return
    seeds = [(build_identity(job, build), build) for job, _, build in behaviour.builds(behaviour.seed)]
    for case in _CASES:
        for job, _, build in behaviour.builds(case):
            exports = _written(_most_alike(build, [seed for key, seed in seeds if key == build_identity(job, build)]))
            imports = [each for each in build.operations if each.operation is Operation.IMPORT]
            # Which of several builds is left in a cache of theirs is another check's.
            alone = exports and sum(_writes(seed, exports[0]) for _, seed in seeds) == 1
            if alone and _runs_everything(case, build) and all(cache_key(each) for each in imports):
                yield _finding(case, build, exports[0], imports)


def _most_alike(build: BuildRecord, seeds: list[BuildRecord]) -> BuildRecord | None:
    """Of the builds of several targets by one command the one asked for in the same lines, of the same steps."""

    def traces(each: BuildRecord) -> set[str]:
        lines = (item.where for item in each.operations if item.operation is Operation.IMPORT)
        return {*lines, *(vertex.name for vertex in each.vertices)}

    return max(seeds, key=lambda seed: len(traces(build) & traces(seed)), default=None)


def _written(build: BuildRecord | None) -> list[CacheOperation]:
    exports = build.operations if build is not None else ()
    return [each for each in exports if each.operation is Operation.EXPORT and each.result is Result.WRITTEN]


def _writes(build: BuildRecord, export: CacheOperation) -> bool:
    return any(cache_key(each) == cache_key(export) for each in _written(build))


def _runs_everything(case: str, build: BuildRecord) -> bool:
    """Whether no step came from a cache, and not because the pull request changed what the first one stands on, or
    because the cache is without the layers of its stage.
    """
    if build.misses <= 1 or build.misses < len(build.vertices):
        return False
    first = build.vertices[0]
    # Of what a pull request changes here, a last step in every stage, or the Dockerfile itself in a context.
    is_own = first.why is not None and first.why.reason is MissReason.FILE and _OWN.search(first.why.subject)
    if is_own or first.name.endswith(f"] RUN : {case}"):
        return False
    return first.why is None or first.why.reason not in _ELSEWHERE


def _finding(case: str, build: BuildRecord, export: CacheOperation, imports: list[CacheOperation]) -> Finding:
    names = list(dict.fromkeys(each.reference or f"{each.type}:{each.cache_scope}" for each in imports))
    reads = f"imports {', '.join(names)}" if names else "imports no cache"
    target = export.reference or f"scope '{export.cache_scope}' of the Actions cache"
    cure = f"import what the default branch exports as well: `{_option(export)}`"
    first = build.vertices[0]
    if any(each.result is Result.MISS for each in imports):
        reads += f", in which its first step {told_step(first)} is not"
        cure = cure_of(first) or cure
    return Finding(
        check="pr-never-hits",
        severity=Severity.WARNING,
        message=f"{told_case(case)} runs every step: it {reads}, while the default branch exports {target}",
        cure=cure,
        assumes=tuple(dict.fromkeys(name for each in imports for name in each.assumes)),
        unless_written=tuple(key for each in imports if (key := cache_key(each)) is not None),
    ).at(imports[0].where if imports and imports[0].where else build.where)


def _option(export: CacheOperation) -> str:
    if export.reference is not None:
        return f"cache-from: type=registry,ref={export.reference}"
    return f"cache-from: type={export.type},scope={export.cache_scope}"
