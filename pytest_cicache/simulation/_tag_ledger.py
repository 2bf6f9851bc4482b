"""The tags of a simulation's packages, kept from what the gateway saw being pushed."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from pytest_cicache.observation import CacheOperation, Operation, RegistryRecord, Result, TagChange

__all__ = ["TagLedger"]

_UNCERTAIN = (Result.UNKNOWN, Result.CANCELLED)


class TagLedger:
    """Package name (`owner/package`, with its host outside ghcr.io) to tag to manifest digest."""

    def __init__(self) -> None:
        self._tags: dict[str, dict[str, str]] = {}

    def tags(self, package: str) -> tuple[str, ...]:
        """The tags a package has now, sorted."""
        return tuple(sorted(self._tags.get(package, {})))

    def note(self, package: str, tag: str, digest: str) -> None:
        """Add a tag that was pushed without a record."""
        self._tags.setdefault(package, {})[tag] = digest

    def drop_deleted(self, package: str, kept: Container[str]) -> None:
        """Forget the tags of a package that are not among those kept: they were deleted through the API."""
        known = self._tags.get(package, {})
        for tag in [tag for tag in known if tag not in kept]:
            del known[tag]

    def take(self, records: Iterable[RegistryRecord], operations: Iterable[CacheOperation]) -> Mapping[str, TagChange]:
        """Add what was pushed; return the change of every package that was asked for anything."""
        seen = list(records)
        uncertain = _uncertain(operations)
        asked = (_package(item) for item in seen if item.image_name)
        names = dict.fromkeys([*self._tags, *asked, *uncertain])
        before = {name: dict(self._tags.get(name, {})) for name in names}
        for record in seen:
            if _is_tag_push(record):
                assert record.reference is not None
                known = self._tags.setdefault(_package(record), {})
                known[record.reference] = record.digest or ""
        return {name: self._change(name, before[name], uncertain.get(name, ())) for name in names}

    def _change(self, package: str, before: Mapping[str, str], uncertain: Iterable[str]) -> TagChange:
        after = self._tags.get(package, {})
        moved = sorted(tag for tag, digest in after.items() if before.get(tag, digest) != digest)
        return TagChange(
            before=tuple(sorted(before)),
            after=tuple(sorted(after)),
            moved=tuple(moved),
            uncertain=tuple(sorted(set(uncertain))),
        )


def _package(record: RegistryRecord) -> str:
    return record.image_name if record.host == "ghcr.io" else f"{record.host}/{record.image_name}"


def _is_tag_push(record: RegistryRecord) -> bool:
    """Whether a request wrote a manifest under a tag."""
    wrote = record.method == "PUT" and 200 <= record.status < 300
    return wrote and record.reference is not None and ":" not in record.reference


def _uncertain(operations: Iterable[CacheOperation]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for operation in operations:
        writes = operation.operation in (Operation.EXPORT, Operation.PUSH)
        if writes and operation.result in _UNCERTAIN and operation.reference:
            name, _, tag = operation.reference.rpartition(":")
            if not name or "/" in tag:
                continue  # no tag of its own: pushed by digest
            found.setdefault(name.removeprefix("ghcr.io/"), []).append(tag)
    return found
