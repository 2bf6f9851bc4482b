"""Imports that the default branch does not serve, or that nothing ever exports.

https://github.com/osbuild/bootc-image-builder/pull/425, https://github.com/actions/cache/issues/1798
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pytest_cicache.checks._behaviour import (
    AFTER_PUSH,
    ANY_BRANCH,
    PULLS,
    TRUSTED,
    Behaviour,
    CacheKey,
    SeenOperation,
    build_identity,
    cache_key,
    told_case,
)
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.observation import BuildRecord, Operation, Result

__all__ = ["import_without_export", "main_never_writes"]

_TAGS = ("tag_push", "release")
# Workflows of other repositories, which may export what these import.
_ELSEWHERE = re.compile(r"uses:\s*['\"]?[\w.-]+/[\w.-]+/\.github/workflows/")


def main_never_writes(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the builds of pull requests and tags whose imports no run of the default branch writes."""
    for_tags, for_pulls, any_writes = _written(behaviour, TRUSTED), _serving_pulls(behaviour), behaviour.writes
    others = _kept_by_main(behaviour)
    for seen in _first_imports(behaviour):
        keys = _imported(seen)
        serving = for_pulls if seen.case in PULLS else for_tags
        if None in keys or keys & serving or not keys & any_writes or not keys <= any_writes:
            continue
        # Where the same build leaves another cache, the import is what is wrong, which is another check's.
        if seen.build is not None and build_identity(seen.job, seen.build) in others:
            continue
        yield Finding(
            check="main-never-writes",
            severity=Severity.WARNING,
            message=f"{told_case(seen.case)} finds a cache only after an earlier run of its own: no run of the default "
            f"branch writes {seen.place}",
            cure="export the cache on pushes to the default branch too: what these leave every run may import",
            assumes=seen.assumes,
            unless_written=tuple(sorted(filter(None, keys))),
        ).at(seen.where)


def import_without_export(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the imports of this repository's own caches that no event makes any workflow write."""
    if any(_ELSEWHERE.search(text) for text in behaviour.siblings.values()):
        return
    written = behaviour.writes
    unknown = _not_told(behaviour)
    own = ("gha ", f"registry ghcr.io/{behaviour.owner}/", *(f"{_image(key)}:" for key in written))
    for seen in behaviour.seen(None, Operation.IMPORT):
        key = seen.key
        # An upstream image is somebody else's to write.
        if key is None or key in written or not key.startswith(own) or seen.operation.result is Result.UNKNOWN:
            continue
        if seen.build is not None and _asked_by(seen.build) in unknown:
            continue
        yield Finding(
            check="import-without-export",
            severity=Severity.WARNING,
            message=f"{told_case(seen.case)} imports {seen.place}, which nothing here ever exports",
            cure="export it with `cache-to`, or drop the import",
            assumes=seen.assumes,
            unless_written=(key,),
        ).at(seen.where)


def _asked_by(build: BuildRecord) -> tuple[str, str | None]:
    return (build.where, build.target)


def _not_told(behaviour: Behaviour) -> set[tuple[str, str | None]]:
    """The builds that fail in every case before they export anything: what they would have written nobody can tell."""
    builds = [build for case in behaviour.runs for _, _, build in behaviour.builds(case)]
    told = {
        _asked_by(build)
        for build in builds
        if build.exit_code == 0 or any(each.operation is Operation.EXPORT for each in build.operations)
    }
    return {_asked_by(build) for build in builds} - told


def _first_imports(behaviour: Behaviour) -> Iterator[SeenOperation]:
    """The first import of each build of a pull request or a tag that found nothing.

    What a tag leaves in the Actions cache no other tag sees; in a registry it serves the next one.
    """
    for seen in behaviour.seen((*PULLS, *_TAGS), Operation.IMPORT):
        build = seen.build
        imports = [each for each in build.operations if each.operation is Operation.IMPORT] if build else []
        found = any(each.result in (Result.HIT, Result.UNKNOWN) for each in imports)
        is_own = seen.case in PULLS or all(each.type == "gha" for each in imports)
        if imports and seen.operation is imports[0] and not found and is_own:
            yield seen


def _imported(seen: SeenOperation) -> frozenset[CacheKey | None]:
    assert seen.build is not None
    return frozenset(cache_key(each) for each in seen.build.operations if each.operation is Operation.IMPORT)


def _kept_by_main(behaviour: Behaviour) -> set[tuple[object, ...]]:
    """The builds that leave a cache when the default branch is pushed."""
    return {
        build_identity(job, build)
        for job, _, build in behaviour.builds("main_merge")
        if any(each.operation is Operation.EXPORT and each.result is Result.WRITTEN for each in build.operations)
    }


def _serving_pulls(behaviour: Behaviour) -> frozenset[CacheKey | None]:
    """What runs of the default branch write, or of another that the workflow names: pull requests into it read that."""
    push = behaviour.runs.get("push")
    is_named = push is not None and push.delivery is not None and push.delivery.ref_name != ANY_BRANCH
    return _written(behaviour, (*TRUSTED, "push") if is_named else TRUSTED)


def _written(behaviour: Behaviour, cases: Sequence[str]) -> frozenset[CacheKey | None]:
    """What the cases write, or would; an entry of the Actions cache only under the ref of a branch."""
    return frozenset(
        seen.key
        for seen in behaviour.seen(cases, Operation.EXPORT, Operation.PUSH)
        if seen.operation.type != "gha" or seen.case not in (*_TAGS, AFTER_PUSH)
    )


def _image(key: CacheKey) -> str:
    """The image of a cache without its tag."""
    return key.rpartition(":")[0] or key
