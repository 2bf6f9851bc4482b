"""Why build steps ran: what differs from the build that exported the cache they looked in.

A step is found by its instruction, the files it takes, the variables it sees and the steps it stands on
(github.com/moby/buildkit, solver/cachemanager.go and cache/contenthash); an export with mode=min leaves out what is not
in the image itself (docs/build/cache/backends of docker).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pytest_cicache.observation._records import BuildRecord, CacheOperation, Operation, Result, Vertex
from pytest_cicache.observation._results import JobResult, Run, StepResult
from pytest_cicache.observation._traits import FileTrait, MissReason, StepTraits, Why

__all__ = ["with_reasons"]

_FOUND = (Result.HIT, Result.MISS)
_PLACE = re.compile(r"\[[^\]]*\] ")
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class _Exported:
    """A build that wrote a cache, for which event, and how."""

    build: BuildRecord
    event: str
    operation: CacheOperation


def with_reasons(run: Run, earlier: Iterable[Run]) -> Run:
    """The run with why its build steps ran, by what `earlier` runs, and its own builds before, have exported."""
    exported = [found for before in earlier for build in before.builds for found in _exports(build, before)]
    jobs = tuple(_with_reasons(job, run, exported) for job in run.jobs)
    return replace(run, jobs=jobs) if jobs != run.jobs else run


def _with_reasons(job: JobResult, run: Run, exported: list[_Exported]) -> JobResult:
    return replace(job, steps=tuple(_of_step(step, run, exported) for step in job.steps))


def _of_step(step: StepResult, run: Run, exported: list[_Exported]) -> StepResult:
    builds = []
    for build in step.builds:
        vertices = tuple(
            vertex if vertex.cached is not False else replace(vertex, why=_why(vertex, build, exported))
            for vertex in build.vertices
        )
        builds.append(replace(build, vertices=vertices))
        exported += _exports(build, run)
    return replace(step, builds=tuple(builds))


def _exports(build: BuildRecord, run: Run) -> Iterator[_Exported]:
    for operation in build.operations:
        if operation.operation is Operation.EXPORT and operation.result is Result.WRITTEN:
            yield _Exported(build, run.scenario.event, operation)


def _why(vertex: Vertex, build: BuildRecord, exported: Sequence[_Exported]) -> Why | None:
    if vertex.error is not None:
        return None
    imports = [item for item in build.operations if item.operation is Operation.IMPORT]
    found = [item for item in imports if item.result in _FOUND]
    if not found:
        told = ", ".join(f"{item.name} {item.told_result}" for item in imports)
        what = f"nothing was imported: {told}" if told else "the build imports no cache"
        return Why(reason=MissReason.NOT_IMPORTED, what=what)
    below = _ran_before(vertex, build)
    if below is not None:
        what = f"a step it stands on ran: {below}"
        return Why(reason=MissReason.STEP_BEFORE, subject=below, what=what)
    writers = [last for item in found if (last := _writer(item, exported)) is not None]
    answers = [_compared(vertex, build, writer) for writer in writers]
    best = next((answer for answer in answers if answer.reason is not MissReason.INSTRUCTION), None)
    return best or next(iter(answers), Why(reason=MissReason.UNKNOWN, what="what was imported does not have it"))


def _ran_before(vertex: Vertex, build: BuildRecord) -> str | None:
    traits = build.traits.get(vertex.name)
    ran = {other.name for other in build.vertices if other.cached is False}
    return None if traits is None else next((name for name in traits.after if name in ran), None)


def _writer(found: CacheOperation, exported: Sequence[_Exported]) -> _Exported | None:
    """The last build that wrote what an import found."""
    for writer in reversed(exported):
        wrote = writer.operation
        if (wrote.type, wrote.reference, wrote.cache_scope) == (found.type, found.reference, found.cache_scope):
            return writer
    return None


def _compared(vertex: Vertex, build: BuildRecord, writer: _Exported) -> Why:
    mine = build.traits.get(vertex.name, StepTraits())
    event, known = writer.event, writer.build.traits
    twin = next((name for name in known if _same(name) == _same(vertex.name)), None)
    if twin is None:
        place = _PLACE.match(vertex.name)
        instead = next((name for name in known if place is not None and name.startswith(place[0])), None)
        what = f"the instruction was `{_text(instead)}`" if instead else "there was no such step"
        return Why(reason=MissReason.INSTRUCTION, what=f"{what} when {event} exported", subject=instead or "")
    theirs = known[twin]
    for differs in (_base, _variable, _file):
        why = differs(mine, theirs, event)
        if why is not None:
            return why
    if list(map(_same, mine.after)) != list(map(_same, theirs.after)):
        before = ", ".join(f"`{_text(name)}`" for name in theirs.after) or "no step"
        return Why(reason=MissReason.STEP_BEFORE, what=f"it stood on {before} when {event} exported")
    return _left_out(vertex, writer)


def _left_out(vertex: Vertex, writer: _Exported) -> Why:
    mode = writer.operation.attributes.get("mode", "min")
    last = writer.build.vertices[-1].name if writer.build.vertices else ""
    if mode != "max" and _stage(vertex.name) != _stage(last):
        what = f"{writer.event} exported with mode={mode}, which leaves out the stage '{_stage(vertex.name)}'"
        return Why(reason=MissReason.MODE_MIN, what=what, subject=_stage(vertex.name))
    return Why(reason=MissReason.UNKNOWN, what=f"nothing of it differs from what {writer.event} exported")


def _base(mine: StepTraits, theirs: StepTraits, event: str) -> Why | None:
    for name, digest in mine.bases.items():
        before = theirs.bases.get(name)
        if before != digest:
            told = f"{name} is {_short(digest)}, was {_short(before)}"
            if before is None:
                told = f"is {name}, was {', '.join(theirs.bases) or 'scratch'}"
            what = f"the base {told} when {event} exported"
            return Why(reason=MissReason.BASE, what=what, subject=name)
    return None


def _variable(mine: StepTraits, theirs: StepTraits, event: str) -> Why | None:
    for name in sorted({*mine.variables, *theirs.variables}):
        value, before = mine.variables.get(name), theirs.variables.get(name)
        if value != before:
            is_now = f"is '{value}'" if value is not None else "is not set"
            was = f"was '{before}'" if before is not None else "was not set"
            what = f"{name} {is_now}, {was} when {event} exported"
            return Why(reason=MissReason.VARIABLE, what=what, subject=name)
    return None


def _file(mine: StepTraits, theirs: StepTraits, event: str) -> Why | None:
    names = sorted({*mine.files, *theirs.files})
    differing = [name for name in names if mine.files.get(name) != theirs.files.get(name)]
    if not differing:
        return None
    name = differing[0]
    more = f" and {len(differing) - 1} more" if len(differing) > 1 else ""
    how = _difference(mine.files.get(name), theirs.files.get(name), event)
    return Why(reason=MissReason.FILE, what=f"{name}{more} {how}", subject=name)


def _difference(now: FileTrait | None, before: FileTrait | None, event: str) -> str:
    if before is None:
        return f"was not there when {event} exported"
    if now is None:
        return f"is gone since {event} exported"
    if now.mode != before.mode:
        return f"has the mode {now.mode & 0o7777:o}, had {before.mode & 0o7777:o} when {event} exported"
    return f"has another content than when {event} exported"


def _text(name: str | None) -> str:
    return _PLACE.sub("", name or "", count=1)


def _same(name: str) -> tuple[str, str]:
    """What stays of a step's name when steps before it come or go: its stage and its instruction."""
    return _stage(name), _text(name)


def _stage(name: str) -> str:
    """The stage in a step's name, empty where the Dockerfile has but one."""
    words = name[1 : name.find("]")].split()
    return words[-2] if len(words) > 1 else ""


def _short(digest: str | None) -> str:
    kind, _, value = (digest or "").rpartition(":")
    return f"{kind}:{value[:_SHOWN]}"
