"""A run as the page shows it: each job with its token and steps, each step with its builds and operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_cicache.reporting._report import ReportEntry
from pytest_cicache.reporting.html import _mood
from pytest_cicache.reporting.html._job_graph import JobGraph, job_graph
from pytest_cicache.reporting.html._traffic import Traffic, traffic

__all__ = ["ShownRun", "ShownWord", "shown_run"]

_Json = Mapping[str, Any]
_TAGS = (("added", "good"), ("moved", "odd"), ("removed", "bad"), ("uncertain", "odd"))


@dataclass(frozen=True, slots=True)
class ShownWord:
    """A word and its colour."""

    word: str
    mood: str


@dataclass(frozen=True, slots=True)
class ShownScope:
    """One scope of a token, its level, and the reasons that led to it."""

    name: str
    level: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownOperation:
    """A login, import, export, push or pull."""

    what: str
    name: str
    result: ShownWord
    message: str
    where: str


@dataclass(frozen=True, slots=True)
class ShownVertex:
    """A build step: whether it was cached, and from which reference or why not."""

    name: str
    cached: ShownWord
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class ShownBuild:
    """A build of an image."""

    title: str
    counts: ShownWord
    is_open: bool
    vertices: tuple[ShownVertex, ...]


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step of a job."""

    name: str
    conclusion: ShownWord
    mode: str
    note: str
    operations: tuple[ShownOperation, ...]
    builds: tuple[ShownBuild, ...]


@dataclass(frozen=True, slots=True)
class ShownJob:
    """A job, or one leg of its matrix; `summary` is its right to packages and what its builds took from caches."""

    anchor: str
    name: str
    conclusion: ShownWord
    reason: str
    summary: str
    is_open: bool
    scopes: tuple[ShownScope, ...]
    steps: tuple[ShownStep, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownTag:
    """A tag, and what the run did to it."""

    name: str
    changes: tuple[ShownWord, ...]


@dataclass(frozen=True, slots=True)
class ShownPackage:
    """The tags of a package before and after a run."""

    name: str
    before: tuple[str, ...]
    after: tuple[ShownTag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """A run; `ended` is how it concluded, in the colour of what its test thinks of that."""

    anchor: str
    workflow: str
    event: str
    ended: ShownWord
    reason: str
    error: str
    sha: str
    sent: int
    received: int
    graph: JobGraph | None
    jobs: tuple[ShownJob, ...]
    traffic: Traffic
    packages: tuple[ShownPackage, ...]
    assumptions: tuple[_Json, ...]
    races: tuple[str, ...]
    story: str


_CACHED = {True: ShownWord("cached", "good"), False: ShownWord("ran", "odd"), None: ShownWord("unknown", "odd")}


def shown_run(anchor: str, entry: ReportEntry, ended: ShownWord) -> ShownRun:
    """Lay out a run of a test; of one that ended badly the jobs are open, and the builds that were not cached."""
    data = entry.data
    is_open = ended.mood == "bad"
    jobs = tuple(_job(f"{anchor}-job-{number}", job, is_open=is_open) for number, job in enumerate(data["jobs"], 1))
    return ShownRun(
        anchor=anchor,
        workflow=data["scenario"]["workflow"],
        event=data["scenario"]["event"],
        ended=ended,
        reason=data["reason"] or "",
        error=data["error"] or "",
        sha=entry.sha[:7],
        sent=data["bytes"]["uploaded"],
        received=data["bytes"]["downloaded"],
        graph=job_graph(data["jobs"], entry.waits, [job.anchor for job in jobs]),
        jobs=jobs,
        traffic=traffic(entry.requests),
        packages=tuple(_package(name, change) for name, change in data["tags"].items()),
        assumptions=tuple(data["assumptions"]),
        races=tuple(race["message"] for race in data["races"]),
        story="\n".join(entry.lines),
    )


def _job(anchor: str, job: _Json, *, is_open: bool) -> ShownJob:
    return ShownJob(
        anchor,
        job["name"],
        ShownWord(job["conclusion"], _mood.of_conclusion(job["conclusion"])),
        job["reason"] or "",
        ", ".join(_summary(job)),
        is_open,
        tuple(_scopes(job["token"])),
        tuple(_step(step, job, is_open=is_open) for step in job["steps"]),
        tuple(job["warnings"]),
    )


def _summary(job: _Json) -> Iterator[str]:
    packages = job["token"]["permissions"].get("packages")
    if packages:
        yield f"packages: {packages}"
    steps = sum(len(build["vertices"]) for build in job["builds"])
    if steps:
        yield f"{sum(build['hits'] for build in job['builds'])} of {steps} build steps cached"


def _scopes(token: _Json) -> Iterator[ShownScope]:
    """The scope of images first, then those that the token has."""
    levels: _Json = token["permissions"]
    for name in sorted(levels, key=lambda name: (name != "packages", name)):
        if name == "packages" or levels[name] != "none":
            yield ShownScope(name, levels[name], tuple(token["because"].get(name, ())))


def _step(step: _Json, job: _Json, *, is_open: bool) -> ShownStep:
    return ShownStep(
        step["name"].partition("\n")[0],
        ShownWord(step["conclusion"], _mood.of_conclusion(step["conclusion"])),
        step["mode"],
        step["note"] or "",
        tuple(_operation(item) for item in job["operations"] if item["step"] == step["id"]),
        tuple(_build(item, is_open=is_open) for item in job["builds"] if item["step"] == step["id"]),
    )


def _operation(item: _Json) -> ShownOperation:
    result = f"{item['result']} {item['status']}" if item["result"] == "denied" and item["status"] else item["result"]
    if item["fatal"]:
        result += ", fails the command" if item["op"] == "pull" else ", fails the build"
    return ShownOperation(
        item["op"],
        item["ref"] or ":".join(filter(None, (item["type"], item["scope"]))),
        ShownWord(result, _mood.of_result(item["result"], fatal=item["fatal"])),
        item["message"] or "",
        item["where"],
    )


def _build(build: _Json, *, is_open: bool) -> ShownBuild:
    vertices = tuple(_vertices(build["vertices"]))
    target = f", target {build['target']}" if build["target"] else ""
    all_cached = bool(vertices) and build["hits"] == len(vertices)
    counts = f"{build['hits']} of {len(vertices)} steps cached" if vertices else "no steps"
    word = ShownWord(counts, "good" if all_cached else "none")
    return ShownBuild(build["dockerfile"] + target, word, is_open and not all_cached, vertices)


def _vertices(vertices: Sequence[_Json]) -> Iterator[ShownVertex]:
    """The build steps; one that has the source or the reason of the step before does not say it again."""
    before = ("", "")
    for vertex in vertices:
        told = (vertex["source"] or "", vertex["why"]["what"] if vertex["why"] else "")
        source, why = ("", "the same") if told == before != ("", "") else told
        yield ShownVertex(vertex["name"], _CACHED[vertex["cached"]], source, why)
        before = told


def _package(name: str, change: _Json) -> ShownPackage:
    gone: Sequence[str] = [tag for tag in (*change["removed"], *change["uncertain"]) if tag not in change["after"]]
    after = (ShownTag(tag, _changes(tag, change)) for tag in dict.fromkeys((*change["after"], *gone)))
    return ShownPackage(name, tuple(change["before"]), tuple(after))


def _changes(tag: str, change: _Json) -> tuple[ShownWord, ...]:
    return tuple(ShownWord(word, mood) for word, mood in _TAGS if tag in change[word])
