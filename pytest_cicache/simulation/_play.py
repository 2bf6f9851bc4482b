"""Plays a history: the events of months, one after the other, in one simulation."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pytest_cicache.errors import UsageError
from pytest_cicache.gateway import GHCR
from pytest_cicache.githubapi import VersionLedger
from pytest_cicache.history import (
    CacheHistory,
    EventFigures,
    EventShape,
    Growth,
    LayerSizes,
    Outcome,
    Outcomes,
    ReferenceTag,
    ScheduledEvent,
    Wording,
    asked_places,
    grown,
    is_repeatable,
    manifest_pushes,
    manifest_reads,
    place_of,
    renamed,
    texts_of,
)
from pytest_cicache.observation import RegistryRecord, Run
from pytest_cicache.simulation._dockerfiles import base_images, changed_dockerfile, dockerfiles
from pytest_cicache.simulation._scripts import ScriptReader

if TYPE_CHECKING:
    from pytest_cicache.simulation._simulation import Simulation

__all__ = ["Player"]

_FIRST_RUN = 18_000_000_000
# Of so many events that need not be run, one is.
_CHECKED = 100


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
        self._scripts = ScriptReader(simulation, workflow)
        self._grown: tuple[int, Growth] = (-1, Growth())
        self._changes = 0
        self._base_state = 0
        self._missing: set[ReferenceTag] = set()
        self._pulls: dict[int, dict[str, str]] = {}
        self._number = 0
        self._found = 0
        self._why = ""

    def play(self, items: Sequence[ScheduledEvent], *, shows: bool) -> CacheHistory:
        """Play the events and leave the clock at the last one; raises UsageError where nothing was built."""
        self._missing.clear()
        figures = tuple(self._event(item) for item in _shown(items, shows=shows))
        if not any(each.builds for each in figures):
            raise UsageError(
                f"'{self._workflow}' built no image in {len(figures)} events; a history is about the caches of "
                f"builds{self._why and f' (the last event: {self._why})'}"
            )
        return CacheHistory(workflow=self._workflow, events=figures, missing=frozenset(self._missing))

    def _event(self, item: ScheduledEvent) -> EventFigures:
        simulation = self._simulation
        simulation.clock = max(item.at, simulation.clock)
        if item.updates_bases:
            self._update_bases()
        changes = self._changed(item)
        names = (str(item.event.number), item.event.head_ref) if item.event.is_pull_request else ("", "")
        shape = self._shape(item, changes)
        self._number += 1
        found = None if shape is None else self._outcomes.find(shape, names, simulation.clock, self._answer)
        if found is not None:
            self._found += 1
            found = found if self._found % _CHECKED else None
        figures = self._run(item, changes, shape, names) if found is None else self._replay(found, item, names)
        return replace(figures, growth=self._growth())

    def _shape(self, item: ScheduledEvent, changes: Mapping[str, str]) -> EventShape | None:
        """What an event must share with another one to come to the same; `None` where none can."""
        scripts = self._scripts.read() if self._replays else None
        if scripts is None:
            return None
        told = item.event.to_mapping().items()
        return EventShape(
            event=tuple((name, str(value)) for name, value in told if name not in ("number", "head_ref")),
            scripts=scripts,
            files=(self._simulation._history.tree, tuple(changes.items())),
            bases=self._base_state,
        )

    # -- an event that is run

    def _run(
        self, item: ScheduledEvent, changes: Mapping[str, str], shape: EventShape | None, names: tuple[str, ...]
    ) -> EventFigures:
        simulation, versions = self._simulation, self._versions
        tags = {name: dict(versions.tags(name)) for name in versions.image_names}
        there = {(name, each.digest) for name in versions.image_names for each in versions.versions(name)}
        asked_api = len(simulation.api.records)
        simulation._stubs.dates.clear()
        event = item.event.replace(run_id=_FIRST_RUN + self._number, run_number=self._number)
        run = simulation.run(self._workflow, event, changes=changes)
        self._forget(run)
        self._why = (run.error if run.triggered else run.reason) or ""
        self._learn_sizes(run)
        figures = self._figures(run, item)
        places = asked_places(run.requests, there)
        answers = {
            (name, tag): tags.get(name, {}).get(tag, tag if (name, tag) in there else None) for name, tag in places
        }
        self._missing.update(place for place, digest in answers.items() if digest is None)
        if shape is None or len(simulation.api.records) > asked_api:
            return figures
        wording = Wording(
            at=simulation.clock,
            names=names,
            end=figures.conclusion,
            texts=texts_of(run),
            dates=frozenset(simulation._stubs.dates),
        )
        self._outcomes.hear(shape, wording)
        if is_repeatable(run, lambda place: (place[0], self._digest(*place) or "") in there):
            self._outcomes.keep(shape, self._outcome(run, wording, figures, answers))
        return figures

    def _learn_sizes(self, run: Run) -> None:
        for build in run.builds:
            self._sizes.learn(build.layers)
            if not build.layers:
                pushed = (self._versions.find(*place_of(record)) for record in manifest_pushes(run.requests))
                self._sizes.learn_unnamed(digest for each in pushed if each for digest in each.manifest.layers)

    def _forget(self, run: Run) -> None:
        """Keep nothing of a run in the simulation: of thousands, figures are what is kept."""
        self._simulation.runs.remove(run)
        self._simulation._recorder.clear()

    def _outcome(
        self, run: Run, wording: Wording, figures: EventFigures, answers: Mapping[ReferenceTag, str | None]
    ) -> Outcome:
        fetched = (each for each in manifest_reads(run.requests) if each.method == "GET" and each.status == 200)
        return Outcome(
            wording=wording,
            figures=figures,
            answers=answers,
            reads=tuple(place for place in map(place_of, fetched) if place in answers),
            writes=tuple(
                (name, reference, self._digest(name, reference) or "")
                for name, reference in map(place_of, manifest_pushes(run.requests))
            ),
            layers=frozenset(run.layer_ages),
        )

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
        new, versions = renamed(outcome.wording.names, names), self._versions
        for name, tag in outcome.reads:
            versions.count_download(name, new(tag))
        self._missing.update((name, new(tag)) for (name, tag), digest in outcome.answers.items() if digest is None)
        for name, reference, digest in outcome.writes:
            self._write(name, new(reference), digest)
        now = self._simulation.clock
        born = (versions.born(digest) for digest in outcome.layers)
        oldest = max((now - at for at in born if at is not None), default=timedelta(0))
        number = item.event.number if item.event.is_pull_request else None
        return replace(outcome.figures, at=item.at, number=number, oldest_layer=oldest, is_replayed=True)

    def _write(self, name: str, reference: str, digest: str) -> None:
        """Push what is there once more."""
        self._versions.push_again(name, reference, digest)
        if ":" not in reference:
            self._simulation._ledger.note(name, reference, digest)
            self._simulation._unsure.pop(f"{GHCR}/{name}:{reference}", None)

    # -- what is there

    @property
    def _versions(self) -> VersionLedger:
        return self._simulation._state.versions

    def _digest(self, name: str, reference: str) -> str | None:
        found = self._versions.find(name, reference)
        return None if found is None else found.digest

    def _answer(self, name: str, reference: str) -> str | None:
        """What the registry answers; of a tag that an earlier run left to chance nobody can tell."""
        is_open = f"{GHCR}/{name}:{reference}" in self._simulation._unsure
        return "unknown" if is_open else self._digest(name, reference)

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
