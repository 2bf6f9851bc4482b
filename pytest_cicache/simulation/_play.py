"""Plays a history: the events of months, one after the other, in one simulation."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pytest_cicache.errors import UsageError
from pytest_cicache.gateway import GHCR
from pytest_cicache.githubapi import VersionLedger
from pytest_cicache.history import (
    CacheHistory,
    EventFigures,
    Growth,
    LayerSizes,
    Outcome,
    Outcomes,
    ReferenceTag,
    ScheduledEvent,
    grown,
    renamed,
)
from pytest_cicache.observation import RegistryRecord, Result, Run
from pytest_cicache.simulation._dockerfiles import base_images, changed_dockerfile, dockerfiles

if TYPE_CHECKING:
    from pytest_cicache.simulation._simulation import Simulation

__all__ = ["Player"]

_FIRST_RUN = 18_000_000_000
_READS = ("GET", "HEAD")


class Player:
    """Plays events in a simulation; `replays` lets it take what an earlier event came to where that must be the same.

    `files` are paths to which every event's commit adds a line; `bases` are the base images that are updated, by
    default those that the Dockerfiles name.
    """

    def __init__(
        self,
        simulation: Simulation,
        workflow: str,
        *,
        sizes: LayerSizes,
        seed: int | str,
        files: Sequence[str] = (),
        bases: Sequence[str] = (),
        replays: bool = True,
    ) -> None:
        self._simulation = simulation
        self._workflow = workflow
        self._sizes = sizes
        self._seed = seed
        self._files = files
        self._bases = bases
        self._outcomes = Outcomes()
        self._replays = replays
        self._grown: tuple[int, Growth] = (-1, Growth())
        self._changes = 0
        self._base_state = 0
        self._missing: set[ReferenceTag] = set()
        self._pulls: dict[int, dict[str, str]] = {}
        self._number = 0

    def play(self, items: Sequence[ScheduledEvent], *, shows: bool) -> CacheHistory:
        """Play the events and leave the clock at the last one; raises UsageError where nothing was built."""
        self._missing.clear()
        figures = tuple(self._event(item) for item in _shown(items, shows=shows))
        if not any(each.builds for each in figures):
            raise UsageError(
                f"'{self._workflow}' built no image in {len(figures)} events; a history is about the caches of builds"
            )
        return CacheHistory(workflow=self._workflow, events=figures, missing=frozenset(self._missing))

    def _event(self, item: ScheduledEvent) -> EventFigures:
        simulation = self._simulation
        simulation.clock = max(item.at, simulation.clock)
        if item.updates_bases:
            self._update_bases()
        changes = self._changed(item)
        names = (str(item.event.number), item.event.head_ref) if item.event.is_pull_request else ("", "")
        told = item.event.to_mapping().items()
        nameless = tuple((name, str(value)) for name, value in told if name not in ("number", "head_ref"))
        shape: Hashable = (nameless, simulation._history.tree, tuple(changes.items()), self._base_state)
        self._number += 1
        found = None
        if self._replays:
            found = self._outcomes.find(shape, names, simulation.clock, self._digest)
        figures = self._run(item, changes, shape, names) if found is None else self._replay(found, item, names)
        return replace(figures, growth=self._growth())

    # -- an event that is run

    def _run(
        self, item: ScheduledEvent, changes: Mapping[str, str], shape: Hashable, names: tuple[str, ...]
    ) -> EventFigures:
        simulation, versions = self._simulation, self._versions
        tags = {name: dict(versions.tags(name)) for name in versions.image_names}
        there = {(name, each.digest) for name in versions.image_names for each in versions.versions(name)}
        simulation._stubs.dates.clear()
        event = item.event.replace(run_id=_FIRST_RUN + self._number, run_number=self._number)
        run = simulation.run(self._workflow, event, changes=changes)
        # Figures are what is kept of thousands of runs.
        simulation.runs.pop()
        for build in run.builds:
            self._sizes.learn(build.layers)
        figures = self._figures(run, item)
        records = [record for record in run.requests if record.host == GHCR and record.reference]
        answers = {
            place: tags.get(place[0], {}).get(place[1], _itself(place, there)) for place in map(_place, _reads(records))
        }
        self._missing.update(place for place, digest in answers.items() if digest is None)
        if self._is_repeatable(run, there):
            outcome = Outcome(
                at=simulation.clock,
                names=names,
                figures=figures,
                answers=answers,
                reads=tuple(_place(record) for record in records if record.method == "GET" and record.status == 200),
                writes=tuple((*place, self._digest(*place) or "") for place in map(_place, _pushes(records))),
                dates=frozenset(simulation._stubs.dates),
                layers=frozenset(digest for build in run.builds for digest in build.layers.values()),
            )
            self._outcomes.keep(shape, outcome)
        return figures

    def _is_repeatable(self, run: Run, there: set[tuple[str, str]]) -> bool:
        """Whether the same answers must give the same again: nothing was made, and nothing else was asked."""
        if run.cache.misses or run.cache.unknown or run.cache_requests or run.races or run.assumptions:
            return False
        if any(operation.result in (Result.UNKNOWN, Result.CANCELLED) for operation in run.operations):
            return False
        pushes = list(_pushes(run.requests))
        if any(record.host != GHCR for record in pushes):
            return False
        if any(self._names_the_run(record.reference or "", run) for record in run.requests):
            return False
        return all((name, self._digest(name, tag) or "") in there for name, tag in map(_place, pushes))

    def _names_the_run(self, tag: str, run: Run) -> bool:
        """Whether a tag is made of the commit or of the run's number: no other event has it."""
        commits = None if run.delivery is None else run.delivery.commits
        shas = () if commits is None else (commits.head[:7], commits.merge[:7], commits.base[:7])
        words = re.split(r"[^A-Za-z0-9]", tag)
        numbers = {str(self._number), str(_FIRST_RUN + self._number)}
        return ":" not in tag and (any(sha in tag for sha in shas) or not numbers.isdisjoint(words))

    def _figures(self, run: Run, item: ScheduledEvent) -> EventFigures:
        builds = [build for build in run.builds if build.vertices]
        return EventFigures(
            at=item.at,
            kind=item.event.kind,
            number=item.event.number if item.event.is_pull_request else None,
            conclusion=str(run.conclusion),
            builds=len(run.builds),
            hits=len(run.cache.hits),
            misses=len(run.cache.misses),
            unknown=len(run.cache.unknown),
            cold_starts=sum(not build.hits for build in builds),
            denied=len(run.denied),
            uploaded=sum(self._moved(record, record.sent) for record in run.requests),
            downloaded=sum(self._moved(record, record.received) for record in run.requests),
            oldest_layer=run.cache.oldest_layer,
        )

    def _moved(self, record: RegistryRecord, counted: int) -> int:
        """The bytes that a request moved, of a layer as large as it is declared."""
        carries = counted and record.digest is not None and 200 <= record.status < 400
        return self._sizes.of(record.digest or "", counted) if carries else counted

    # -- an event that an earlier one tells

    def _replay(self, outcome: Outcome, item: ScheduledEvent, names: tuple[str, ...]) -> EventFigures:
        new, versions = renamed(outcome.names, names), self._versions
        for name, tag in outcome.reads:
            versions.count_download(name, new(tag))
        self._missing.update((name, new(tag)) for (name, tag), digest in outcome.answers.items() if digest is None)
        for name, tag, digest in outcome.writes:
            versions.tag(name, new(tag), digest)
            self._simulation._ledger.note(name, new(tag), digest)
        now = self._simulation.clock
        born = (versions.born(digest) for digest in outcome.layers)
        oldest = max((now - at for at in born if at is not None), default=timedelta(0))
        number = item.event.number if item.event.is_pull_request else None
        return replace(outcome.figures, at=item.at, number=number, oldest_layer=oldest, is_replayed=True)

    # -- what is there

    @property
    def _versions(self) -> VersionLedger:
        return self._simulation._state.versions

    def _digest(self, name: str, reference: str) -> str | None:
        found = self._versions.find(name, reference)
        return None if found is None else found.digest

    def _growth(self) -> Growth:
        versions = self._versions
        if self._grown[0] != versions.revision:
            self._grown = (versions.revision, grown(versions, self._sizes))
        return replace(self._grown[1], tags=sum(len(versions.tags(name)) for name in versions.image_names))

    # -- what changes

    def _changed(self, item: ScheduledEvent) -> dict[str, str]:
        """The files that the commit of an event changes; a pull request keeps what it has changed before."""
        simulation = self._simulation
        changes = dict(self._pulls.get(item.event.number, {})) if item.event.is_pull_request else {}
        if item.changes_dockerfile:
            path = self._dockerfile()
            changes[path] = changed_dockerfile(simulation.read(path), self._changes, self._chance)
        for path in self._files:
            changes[path] = f"{simulation.read(path).rstrip()}\n# {item.at.isoformat()}\n"
        if item.event.is_pull_request and changes:
            self._pulls[item.event.number] = changes
        return changes

    def _dockerfile(self) -> str:
        simulation = self._simulation
        known = dockerfiles(simulation._history.paths(simulation._history.tip))
        if not known:
            raise UsageError("the repository has no Dockerfile that a history could change; give dockerfile_changes=0")
        self._changes += 1
        return known[int(self._chance(f"file {self._changes}") * len(known))]

    def _update_bases(self) -> None:
        simulation = self._simulation
        paths = dockerfiles(simulation._history.paths(simulation._history.tip))
        named = self._bases or sorted({image for path in paths for image in base_images(simulation.read(path))})
        if not named:
            raise UsageError("the Dockerfiles name no base image that could be updated; give base_images=[…]")
        self._base_state += 1
        for reference in named:
            simulation.base_image(reference).update()

    def _chance(self, what: str) -> float:
        return int.from_bytes(hashlib.sha256(f"{self._seed}/{what}".encode()).digest()[:8]) / 2**64


def _place(record: RegistryRecord) -> ReferenceTag:
    return record.image_name, record.reference or ""


def _itself(place: ReferenceTag, there: set[tuple[str, str]]) -> str | None:
    """What is behind a digest."""
    return place[1] if place in there else None


def _reads(records: Iterable[RegistryRecord]) -> Iterator[RegistryRecord]:
    """The requests for manifests that came before the run wrote them itself."""
    written: set[ReferenceTag] = set()
    for record in records:
        if record.method == "PUT":
            written.add(_place(record))
        elif record.method in _READS and record.digest in (None, record.reference) and _place(record) not in written:
            yield record


def _pushes(records: Iterable[RegistryRecord]) -> Iterator[RegistryRecord]:
    """The manifests that were stored."""
    for record in records:
        if record.method == "PUT" and record.reference is not None and 200 <= record.status < 300:
            yield record


def _shown(items: Sequence[ScheduledEvent], *, shows: bool) -> Iterator[ScheduledEvent]:
    """The events, with a bar on the terminal that says how far they are."""
    for done, item in enumerate(items):
        if shows and done % 16 == 0:
            width = 40 * done // len(items)
            sys.stderr.write(f"\r{item.at:%Y-%m} [{'#' * width}{' ' * (40 - width)}] {done}/{len(items)} events ")
            sys.stderr.flush()
        yield item
    if shows:
        sys.stderr.write(f"\r{' ' * 80}\r")
