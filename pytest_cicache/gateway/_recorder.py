"""What was asked of one simulation's registries, and by whom; only ever appended to.

A build's requests are told from all others by the port they come in at: the gateway gives each build that is under way
one of its own, so that they carry its identity whatever the client sends, be it a credential, a token that BuildKit has
kept, or nothing. The image names stay as they are, and with them cross-repository mounts (containerd compares the
registry's host without its port, core/remotes/docker/pusher.go) and the digests of what is pushed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_cicache import errors
from pytest_cicache.gateway._purpose import Expectations
from pytest_cicache.observation import Purpose, RegistryRecord
from pytest_cicache.oci import Reference

if TYPE_CHECKING:
    from pytest_cicache.gateway._rights import Denial

__all__ = ["Attribution", "Recorder", "Refusal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Whose a request is: a step's, or one build's in it.

    `build` is the build's number in its simulation, from 1, and 0 for what no build asks; `uses` are the references
    it was given, as the workflow writes them, each with what for.
    """

    run: int = 0
    job: str = ""
    step: str = ""
    build: int = 0
    uses: tuple[tuple[str, Purpose], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A refused operation with which rule refused it, and why in words for a person."""

    record: RegistryRecord
    denial: Denial
    reason: str


class Recorder:
    """The requests of one simulation in order, and why some were refused.

    It keeps what each build's references are for: those it was given and, as the requests tell, the digests that they
    were resolved to (BuildKit reads a tag once and goes on with digests: util/resolver, `Resolve`).
    """

    def __init__(self) -> None:
        self.records: list[RegistryRecord] = []
        self.refusals: list[Refusal] = []
        self._numbers = itertools.count(1)
        self._steps: dict[str, Attribution] = {}
        self._by_build: dict[int, list[RegistryRecord]] = {}
        self._purposes: dict[int, dict[tuple[str, str], dict[str, frozenset[Purpose]]]] = {}

    def begin_build(self, place: Attribution, uses: Iterable[tuple[str, Purpose]] = ()) -> Attribution:
        """Give a build its identity; what is no reference in `uses` is left to the builder to refuse."""
        begun = replace(place, build=next(self._numbers), uses=tuple(uses))
        purposes = self._purposes[begun.build] = {}
        for text, purpose in begun.uses:
            try:
                wanted = Reference.parse(text).normalised
            except errors.ReferenceError:
                continue
            _add(purposes.setdefault((wanted.host, wanted.image_name), {}), wanted.identifier, {purpose})
        return begun

    def begin_step(self, place: Attribution) -> None:
        """Let what a job's own credential asks count as this step's, until the job's next one."""
        self._steps[place.job] = place

    def step_of(self, job: str) -> Attribution:
        """The step that a job is at."""
        return self._steps.get(job, Attribution())

    def append(self, record: RegistryRecord) -> None:
        """Keep a request and its answer."""
        self.records.append(record)
        if record.build:
            self._by_build.setdefault(record.build, []).append(record)

    def append_refusal(self, refusal: Refusal) -> None:
        """Keep why a request was refused."""
        self.refusals.append(refusal)

    def clear(self) -> None:
        """Keep no request any longer, between two runs; whoever asks for thousands of them folds each before."""
        for kept in (self.records, self.refusals, self._steps, self._by_build, self._purposes):
            kept.clear()

    def of_build(self, number: int) -> Sequence[RegistryRecord]:
        """The requests of one build so far, in order."""
        return tuple(self._by_build.get(number, ()))

    def purposes(self, place: Attribution) -> Expectations:
        """What the references of a build are for, so far as is known; nothing for what no build asks."""
        return self._purposes.get(place.build, {})

    def append_digest(self, place: Attribution, name: tuple[str, str], reference: str, digest: str) -> None:
        """Keep that a build's reference was resolved to a digest, which has its purpose from now on.

        `name` is the host and the image name.
        """
        by_reference = self._purposes.get(place.build, {}).get(name, {})
        if reference in by_reference:
            _add(by_reference, digest, by_reference[reference])


def _add(by_reference: dict[str, frozenset[Purpose]], identifier: str, purposes: Iterable[Purpose]) -> None:
    by_reference[identifier] = by_reference.get(identifier, frozenset()) | frozenset(purposes)
