"""`mode=min` keeps the layers of the resulting image alone: the stages that build it run again.

https://docs.docker.com/build/cache/backends/#cache-mode,
https://github.com/openfoodfacts/search-a-licious/pull/425
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_cicache.checks._behaviour import Behaviour
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.observation import BuildRecord, CacheOperation, Operation, Vertex

__all__ = ["min_mode"]

_NAME = re.compile(r"\[(?:\S+/\S+ )?(?P<stage>\S+) \d+/\d+\] (?P<text>.*)", re.DOTALL)
_KEEPING = ("registry", "gha", "local")


def min_mode(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the exports that leave out stages with commands."""
    for _, _, build in behaviour.builds(behaviour.seed):
        exports = [each for each in build.operations if each.operation is Operation.EXPORT]
        lost = _lost(build)
        if exports and lost and all(map(_is_min, exports)):
            stages = list(dict.fromkeys(_stage(vertex) for vertex in lost))
            commands = f"all {len(lost)} commands" if len(lost) > 1 else "the command"
            of_stages = f"{'stages' if len(stages) > 1 else 'stage'} {', '.join(stages)}"
            yield Finding(
                check="min-mode",
                severity=Severity.NOTE
                if any(each.attributes.get("mode") == "min" for each in exports)
                else Severity.WARNING,
                message=f"A change of one file runs {commands} of the {of_stages} again: the cache keeps only the "
                "layers of the last stage",
                cure=f"add `mode=max` to `cache-to: type={exports[0].type}`"
                if exports[0].type in _KEEPING
                else "export to a cache of its own with `mode=max`: an inline cache has only the image's layers",
                assumes=exports[0].assumes,
            ).at(exports[0].where or build.where)


def _is_min(export: CacheOperation) -> bool:
    return export.type in (*_KEEPING, "inline") and export.attributes.get("mode") != "max"


def _lost(build: BuildRecord) -> list[Vertex]:
    """The commands in stages that the last one only copies from."""
    if not any(" --from=" in vertex.name for vertex in build.vertices):
        return []
    named = [(vertex, found) for vertex in build.vertices if (found := _NAME.fullmatch(vertex.name))]
    if not named:
        return []
    copied = {word.partition("=")[2] for vertex, _ in named for word in vertex.name.split() if "--from=" in word}
    return [vertex for vertex, found in named if found["stage"] in copied and found["text"].startswith("RUN ")]


def _stage(vertex: Vertex) -> str:
    found = _NAME.fullmatch(vertex.name)
    return "" if found is None else f"'{found['stage']}'"
