"""What jobs side by side leave to chance: of two that nothing orders, one writes what the other reads or writes.

A simulation takes the steps of such jobs in one order of many; what another order could change is not known. Within
one job, and between jobs that `needs` or `max-parallel: 1` orders, nothing is left to chance here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from pytest_cicache import errors
from pytest_cicache.observation._records import BuildRecord, CacheOperation, Conclusion, Operation, Result, Vertex
from pytest_cicache.observation._results import JobResult, Run, StepResult, TagChange
from pytest_cicache.oci import Reference
from pytest_cicache.plan import JobPlace

__all__ = ["Race", "unsure_after", "with_races"]

_WRITES = (Operation.EXPORT, Operation.PUSH)
_WROTE = (Result.WRITTEN, Result.PUSHED, Result.UNKNOWN, Result.CANCELLED)
_READ = (Result.HIT, Result.MISS, Result.NOT_FOUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """Two jobs, by name, of which nothing says which comes first: `writer` writes what `other` reads or writes.

    `what` is the reference, or for a cache without one its type and scope. Where `writer` and `other` are the same,
    fail-fast cancelled the job at a moment that is not known.
    """

    what: str
    writer: str
    other: str
    reads: bool

    def __str__(self) -> str:
        if self.writer == self.other:
            return f"'{self.writer}' was cancelled, before or after it wrote {self.what}"
        verb = "reads it" if self.reads else "writes it too"
        return f"'{self.writer}' writes {self.what}, '{self.other}' {verb}, and nothing says which comes first"


def with_races(run: Run, *, unsure: Mapping[str, str] | None = None) -> Run:
    """The run with what a race decides made unknown: hits and misses, steps of builds, tags; `races` says why.

    `unsure` are the references of which earlier runs left open what they name, each with who wrote it.
    """
    if run.plan is None or len(run.plan.jobs) != len(run.jobs):
        return run
    places = [job.place for job in run.plan.jobs]
    names = _names(run.jobs)
    beside = (*_races(run, places, names), *_within_builds(run, names))
    found = (*beside, *_behind(run, places, names, beside), *_left_open(run, names, unsure or {}))
    races = tuple(dict.fromkeys(found))
    if not races:
        return run
    of_jobs = dict(zip(names, run.jobs, strict=True))
    jobs = tuple(_unsure(name, of_jobs, races) for name in names)
    return replace(run, jobs=jobs, packages=_with_uncertain(run.packages, races), races=races)


def _names(jobs: Iterable[JobResult]) -> list[str]:
    """The names of jobs, numbered where several have the same."""
    count: Counter[str] = Counter()
    names = []
    for job in jobs:
        count[job.name] += 1
        names.append(job.name if count[job.name] == 1 else f"{job.name} #{count[job.name]}")
    return names


def _races(run: Run, places: list[JobPlace], names: list[str]) -> Iterator[Race]:
    agreed = _agreed(run)
    steady = agreed - _changed(run)
    writes = [{key for key in _keys(job, _WRITES, _WROTE) if key not in steady} for job in run.jobs]
    reads = [_keys(job, (Operation.IMPORT,), _READ) for job in run.jobs]
    for number, job in enumerate(run.jobs):
        if job.conclusion is Conclusion.CANCELLED:
            name = names[number]
            yield from (Race(what=key, writer=name, other=name, reads=False) for key in sorted(writes[number]))
        for other in range(len(names)):
            if other == number or places[number].is_after(places[other]) or places[other].is_after(places[number]):
                continue
            for key in sorted(writes[number] & reads[other]):
                yield Race(what=key, writer=names[number], other=names[other], reads=True)
            for key in sorted((writes[number] & writes[other]) - agreed) if number < other else ():
                yield Race(what=key, writer=names[number], other=names[other], reads=False)


def unsure_after(run: Run, unsure: Mapping[str, str]) -> dict[str, str]:
    """The references that are left open after a run, those of earlier ones that it did not write anew among them."""
    raced = {race.what: f"an earlier run ({race.writer}, or {race.other})" for race in run.races if not race.reads}
    written = {key for job in run.jobs for key in _keys(job, _WRITES, (Result.WRITTEN, Result.PUSHED))}
    return {key: who for key, who in unsure.items() if key not in written} | raced


def _within_builds(run: Run, names: list[str]) -> Iterator[Race]:
    """Pushes and cache exports of one build that go to one reference: BuildKit runs them side by side."""
    for name, job in zip(names, run.jobs, strict=True):
        for build in (build for step in job.steps for build in step.builds):
            kinds = {}
            for kind in _WRITES:
                wrote = (item for item in build.operations if item.operation is kind and item.result in _WROTE)
                kinds[kind] = {_key(item) for item in wrote} - {None}
            for key in sorted(kinds[Operation.PUSH] & kinds[Operation.EXPORT], key=str):
                words = (f"{name}: push", f"{name}: cache export")
                yield Race(what=str(key), writer=words[0], other=words[1], reads=False)


def _behind(run: Run, places: list[JobPlace], names: list[str], races: Iterable[Race]) -> Iterator[Race]:
    """Imports in jobs behind those that race: whichever of these came last, its write is what they read."""
    numbers = {name: number for number, name in enumerate(names)}
    for race in (race for race in races if not race.reads):
        writers = {
            numbers[name.removesuffix(": push").removesuffix(": cache export")] for name in (race.writer, race.other)
        }
        who = race.writer if race.writer == race.other else f"{race.writer}, or {race.other}"
        for number, job in enumerate(run.jobs):
            is_behind = number not in writers and any(places[number].is_after(places[each]) for each in writers)
            if is_behind and race.what in _keys(job, (Operation.IMPORT,), _READ):
                yield Race(what=race.what, writer=who, other=names[number], reads=True)


def _left_open(run: Run, names: list[str], unsure: Mapping[str, str]) -> Iterator[Race]:
    """Imports of a reference of which an earlier run left open what it names."""
    for name, job in zip(names, run.jobs, strict=True):
        for key in sorted(_keys(job, (Operation.IMPORT,), _READ) & set(unsure)):
            yield Race(what=key, writer=unsure[key], other=name, reads=True)


def _agreed(run: Run) -> set[str]:
    """The references under which every write put the same manifest."""
    written: dict[str, set[str | None]] = {}
    for request in run.requests:
        if request.method == "PUT" and 200 <= request.status < 300 and request.reference is not None:
            key = f"{request.host}/{request.image_name}:{request.reference}"
            written.setdefault(key, set()).add(request.digest)
    return {key for key, digests in written.items() if len(digests) == 1}


def _changed(run: Run) -> set[str]:
    """The references that name something else after the run than before."""
    changed = ((package, tag) for package, change in run.packages.items() for tag in (*change.added, *change.moved))
    return {key for package, tag in changed for key in (f"{package}:{tag}", f"ghcr.io/{package}:{tag}")}


def _keys(job: JobResult, operations: Iterable[Operation], results: Iterable[Result]) -> set[str]:
    """What a job's operations of these kinds and results are about."""
    found = (item for step in job.steps for item in step.operations)
    keys = {_key(item) for item in found if item.operation in operations and item.result in results}
    return {key for key in keys if key is not None}


def _key(operation: CacheOperation) -> str | None:
    if operation.reference is not None:
        try:
            named = Reference.parse(operation.reference)
            # A push without a tag is one by digest, which moves nothing.
            if operation.operation is Operation.PUSH and named.tag is None:
                return None
            return str(named.normalised)
        except errors.ReferenceError:
            return None
    return f"type={operation.type},scope={operation.cache_scope}" if operation.cache_scope else None


def _unsure(name: str, jobs: Mapping[str, JobResult], races: Iterable[Race]) -> JobResult:
    """The job of that name, its reads of what others write beside it unknown."""
    job = jobs[name]
    mine = [race for race in races if race.reads and race.other == name]
    if not mine:
        return job
    raced = {race.what for race in mine}
    writers = {race.writer for race in mine}
    # What an earlier run wrote may be all that this job builds.
    sources = [jobs[writer] for writer in writers & jobs.keys()]
    sources += [] if writers <= jobs.keys() else [job]
    written = {
        vertex.name for other in sources for step in other.steps for build in step.builds for vertex in build.vertices
    }
    return replace(job, steps=tuple(_unsure_step(step, raced, written) for step in job.steps))


def _unsure_step(step: StepResult, raced: set[str], written: set[str]) -> StepResult:
    builds = tuple(_unsure_build(build, raced, written) for build in step.builds)
    return replace(step, builds=builds, operations=_unsure_operations(step.operations, raced))


def _unsure_operations(operations: tuple[CacheOperation, ...], raced: set[str]) -> tuple[CacheOperation, ...]:
    return tuple(replace(item, result=Result.UNKNOWN) if _is_raced(item, raced) else item for item in operations)


def _is_raced(operation: CacheOperation, raced: set[str]) -> bool:
    return operation.operation is Operation.IMPORT and operation.result in _READ and _key(operation) in raced


def _unsure_build(build: BuildRecord, raced: set[str], written: set[str]) -> BuildRecord:
    """A build that imports what is raced: its hits on that, and its misses of what the others built, are unknown."""
    sources = {item.reference for item in build.operations if _is_raced(item, raced)}
    if not sources and not any(_is_raced(item, raced) for item in build.operations):
        return build

    def settled(vertex: Vertex) -> Vertex:
        hit = vertex.cached is True and vertex.source in sources
        missed = vertex.cached is False and vertex.name in written
        return replace(vertex, cached=None, source=None) if hit or missed else vertex

    return replace(
        build,
        vertices=tuple(map(settled, build.vertices)),
        operations=_unsure_operations(build.operations, raced),
    )


def _with_uncertain(packages: Mapping[str, TagChange], races: Iterable[Race]) -> dict[str, TagChange]:
    """The tags of packages, with those that two jobs write, or one that was cancelled, among the uncertain."""
    written = {race.what.removeprefix("ghcr.io/") for race in races if not race.reads}
    changed = dict(packages)
    for what in written:
        package, _, tag = what.rpartition(":")
        change = changed.get(package)
        if change is not None:
            changed[package] = replace(change, uncertain=tuple(sorted({*change.uncertain, tag})))
    return changed
