"""A pull request takes nothing from the cache that the default branch has written.

https://github.com/DerOetzi/solaredge2mqtt/pull/440, https://github.com/int128/docker-build-cache-config-action/pull/592
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_cicache.checks._behaviour import Behaviour, cache_key, told_case
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.checks._told_steps import cure_of, told_step
from pytest_cicache.observation import BuildRecord, CacheOperation, JobResult, MissReason, Operation, Result

__all__ = ["pr_never_hits"]

_CASES = ("fork_pr", "pr")


def pr_never_hits(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the builds of pull requests that could have taken steps from the seed's cache and take none."""
    written = {_identity(job, build): _written(build) for job, _, build in behaviour.builds(behaviour.seed)}
    if behaviour.seed != "main_merge":
        return
    for case in _CASES:
        for job, _, build in behaviour.builds(case):
            exports = written.get(_identity(job, build), [])
            imports = [each for each in build.operations if each.operation is Operation.IMPORT]
            if exports and _runs_everything(build) and all(cache_key(each) for each in imports):
                yield _finding(case, build, exports[0], imports)


def _identity(job: JobResult, build: BuildRecord) -> tuple[object, ...]:
    return (build.where, build.dockerfile, build.target, str(job.matrix))


def _written(build: BuildRecord) -> list[CacheOperation]:
    kinds = (Operation.EXPORT,)
    return [each for each in build.operations if each.operation in kinds and each.result is Result.WRITTEN]


def _runs_everything(build: BuildRecord) -> bool:
    """Whether no step came from a cache, and not because the pull request changed what the first one stands on, or
    because the cache is without the layers of its stage.
    """
    if build.misses <= 1 or build.misses < len(build.vertices):
        return False
    why = build.vertices[0].why
    return why is None or why.reason not in {MissReason.BASE, MissReason.STEP_BEFORE, MissReason.MODE_MIN}


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
