"""The next run, in which no file has changed, runs steps again that the run before has exported.

https://github.com/moby/buildkit/issues/2299
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_cicache.checks._behaviour import REPEAT, Behaviour, cache_key
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.checks._told_steps import cure_of, tells_why, told_step
from pytest_cicache.observation import BuildRecord, CacheOperation, JobResult, MissReason, Operation, Result, Vertex

__all__ = ["repeat_not_cached"]

_WHOLE = re.compile(r"\] (?:COPY|ADD) (?:--\S+ )*\./? ")


def repeat_not_cached(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the builds that import a cache and still run a step although nothing changed."""
    for job, _, build in behaviour.builds(REPEAT):
        imports = [each for each in build.operations if each.operation is Operation.IMPORT]
        exports = [each for each in build.operations if each.operation is Operation.EXPORT]
        # Several builds that overwrite each other's cache are another check's.
        shared = _keys_of_others(behaviour, build)
        missed = [vertex for vertex in build.vertices if vertex.cached is False and not _is_asked_for(vertex)]
        if not missed or not _is_kept(exports) or any(cache_key(each) in shared for each in exports):
            continue
        if not any(each.result in (Result.HIT, Result.MISS, Result.NOT_FOUND) for each in imports):
            continue
        if _lost_folder(build) and _keeps_folders(behaviour, job):
            continue
        first = next(filter(tells_why, missed), missed[0])
        yield Finding(
            check="repeat-not-cached",
            severity=Severity.WARNING if _costs(build, missed) else Severity.NOTE,
            message=f"The next run, in which no file has changed, runs {len(missed)} of {len(build.vertices)} steps "
            f"again, first {told_step(first)}",
            cure=_cure(build, first),
            assumes=tuple(item.id for item in job.assumptions),
        ).at(build.where)


def _is_asked_for(vertex: Vertex) -> bool:
    """Whether a step ran although nothing of it differs, as `no-cache` and `no-cache-filters` want it."""
    return vertex.why is not None and vertex.why.reason is MissReason.UNKNOWN


def _lost_folder(build: BuildRecord) -> bool:
    return any(each.type == "local" and each.result is Result.NOT_FOUND for each in build.operations)


def _keeps_folders(behaviour: Behaviour, job: JobResult) -> bool:
    """Whether a job runs on a machine of the repository's own, where folders outlive it."""
    plan = behaviour.runs[REPEAT].plan
    labels = [str(each.settings.runs_on) for each in (plan.jobs if plan else ()) if each.position.place == job.where]
    return any("self-hosted" in each.lower() for each in labels)


def _is_kept(exports: list[CacheOperation]) -> bool:
    """Whether the run leaves a cache: a refusal of its exports or of a push beside them is another check's."""
    return any(each.result is Result.WRITTEN for each in exports)


def _keys_of_others(behaviour: Behaviour, build: BuildRecord) -> set[object]:
    others = [other for _, _, other in behaviour.builds(REPEAT) if other is not build]
    return {cache_key(each) for other in others for each in other.operations if each.operation is Operation.EXPORT}


def _costs(build: BuildRecord, missed: list[Vertex]) -> bool:
    """Whether half of the commands run again, and not as the next commit would let them anyway."""
    commands, again = (sum("] RUN " in vertex.name for vertex in each) for each in (build.vertices, missed))
    first = next(filter(tells_why, missed), missed[0])
    is_git = first.why is not None and first.why.subject.startswith(".git/")
    return 0 < commands <= 2 * again and not _WHOLE.search(first.name) and not is_git


def _cure(build: BuildRecord, first: Vertex) -> str:
    reads = {cache_key(each) for each in build.operations if each.operation is Operation.IMPORT}
    writes = {cache_key(each) for each in build.operations if each.operation is Operation.EXPORT}
    if not reads & writes:
        return "import the cache that the same run exports"
    if _lost_folder(build):
        return "keep the folder of the `type=local` cache with actions/cache: a runner starts without it"
    known = cure_of(first)
    if known is not None:
        return known
    if _WHOLE.search(first.name):
        return "keep `.git` and what each run makes out of the context with a `.dockerignore`"
    return "move what differs in each run (a commit, a date, a run number in a build argument) behind the costly steps"
