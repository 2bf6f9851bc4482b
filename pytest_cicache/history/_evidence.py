"""What a run tells of whether another event may come to the same without being run."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator

from pytest_cicache.history._replay import ReferenceTag
from pytest_cicache.observation import Operation, Purpose, RegistryRecord, Result, Run

__all__ = ["asked_places", "is_repeatable", "manifest_pushes", "manifest_reads", "place_of", "texts_of"]

_HOST = "ghcr.io"
_READS = ("GET", "HEAD")
_WRITES = (Operation.EXPORT, Operation.PUSH)
_OPEN = (Result.UNKNOWN, Result.CANCELLED)


def is_repeatable(run: Run, stood: Callable[[ReferenceTag], bool]) -> bool:
    """Whether the same answers must give the same again.

    So it is where it asked ghcr.io for manifests alone, left nothing to chance, and pushed only what `stood` there.
    """
    if run.cache_requests or run.races:
        return False
    if any(operation.operation in _WRITES and operation.result in _OPEN for operation in run.operations):
        return False
    if any(record.host != _HOST or record.purpose is Purpose.LIST or record.fault for record in run.requests):
        return False
    return all(map(stood, map(place_of, manifest_pushes(run.requests))))


def texts_of(run: Run) -> tuple[str, ...]:
    """What a run's steps asked for, in the words that they made: where two runs agree in these, their scripts did."""
    asked = (
        f"{item.operation} {item.type} {item.reference} {item.cache_scope} {sorted(item.attributes.items())}"
        for item in run.operations
    )
    return (*asked, *(f"{build.dockerfile} {build.target}" for build in run.builds))


def asked_places(records: Iterable[RegistryRecord], there: Container[ReferenceTag]) -> Iterator[ReferenceTag]:
    """The tags and manifests that were asked for, `there` or not; a blob that was found is part of what names it."""
    for record in manifest_reads(records):
        place = place_of(record)
        if ":" not in place[1] or place in there or record.status >= 400:
            yield place


def manifest_reads(records: Iterable[RegistryRecord]) -> Iterator[RegistryRecord]:
    """The requests for manifests that came before the run wrote them itself."""
    written: set[ReferenceTag] = set()
    for record in records:
        if record.host != _HOST or not record.reference:
            continue
        if record.method == "PUT":
            written.add(place_of(record))
        elif record.method in _READS and record.digest in (None, record.reference) and place_of(record) not in written:
            yield record


def manifest_pushes(records: Iterable[RegistryRecord]) -> Iterator[RegistryRecord]:
    """The manifests that were stored."""
    for record in records:
        if record.method == "PUT" and record.reference is not None and 200 <= record.status < 300:
            yield record


def place_of(record: RegistryRecord) -> ReferenceTag:
    """The package and the tag or digest that a request is about."""
    return record.image_name, record.reference or ""
