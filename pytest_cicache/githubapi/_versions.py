"""The versions of ghcr.io's packages: what was pushed, what it names, and what was deleted since; no I/O.

One version per manifest, be it an index, one of its platforms, an attestation or a build cache; its name is the digest
(https://docs.github.com/en/rest/packages/packages). A deleted version can be restored for 30 days
(https://docs.github.com/en/packages/learn-github-packages/deleting-and-restoring-a-package). No source says what moves
`updated_at`: here a tag that comes or goes does, and so does a push of the same content.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from pytest_cicache import errors
from pytest_cicache.oci import BUILDKIT_CACHE_CONFIG, INDEX_TYPES, Manifest

__all__ = ["PackageVersion", "StoredManifest", "VersionLedger", "read_manifest"]

_RESTORABLE = timedelta(days=30)
_FIRST_ID = 100_000_001


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredManifest:
    """What a manifest names: `children` are digests of other manifests, `blobs` the sizes of blobs by digest.

    `layers` are those of the blobs that are no configuration.
    """

    size: int = 0
    media_type: str = ""
    children: tuple[str, ...] = ()
    blobs: Mapping[str, int] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    is_cache: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageVersion:
    """One manifest of a package; `downloads` are the reads of it, `deleted_at` is `None` while it is there."""

    id: int
    digest: str
    created_at: datetime
    updated_at: datetime
    tags: tuple[str, ...] = ()
    downloads: int = 0
    deleted_at: datetime | None = None
    manifest: StoredManifest = field(default_factory=StoredManifest)


@dataclass(slots=True)
class _Shelf:
    """The versions of one package.

    `active` are by digest, `deleted` by id; `tags` are where each points, `digests` what each id is.
    """

    active: dict[str, PackageVersion] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    deleted: dict[int, PackageVersion] = field(default_factory=dict)
    digests: dict[int, str] = field(default_factory=dict)
    # Tags that the registry behind still has, though their version was deleted, and those that only the ledger has.
    gone_tags: set[str] = field(default_factory=set)
    own_tags: set[str] = field(default_factory=set)


class VersionLedger:
    """The versions of every package of one simulation, by image name (`owner/package`); `now` is its clock.

    `revision` is another one whenever a version comes, goes, or gets its first tag or loses its last.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._shelves: dict[str, _Shelf] = {}
        self._ids = itertools.count(_FIRST_ID)
        self._born: dict[str, datetime] = {}
        self.revision = 0

    @property
    def image_names(self) -> tuple[str, ...]:
        """The packages that ever had a version."""
        return tuple(self._shelves)

    def push(self, image_name: str, reference: str, digest: str, manifest: StoredManifest) -> PackageVersion:
        """Take in a manifest that was pushed by a tag or by its digest."""
        shelf, now = self._shelves.setdefault(image_name, _Shelf()), self._now()
        known = shelf.active.get(digest)
        if known is None:
            self.revision += 1
            for blob in manifest.blobs:
                self._born.setdefault(blob, now)
            known = PackageVersion(id=next(self._ids), digest=digest, created_at=now, updated_at=now, manifest=manifest)
        shelf.active[digest] = replace(known, updated_at=now)
        shelf.digests[known.id] = digest
        if ":" not in reference:
            shelf.own_tags.discard(reference)
            self._move(shelf, reference, digest)
        return shelf.active[digest]

    def push_again(self, image_name: str, reference: str, digest: str) -> None:
        """Take in that a version which is there was pushed once more; the gateway finds a new tag by its digest."""
        shelf = self._shelves[image_name]
        shelf.active[digest] = replace(shelf.active[digest], updated_at=self._now())
        if ":" not in reference:
            self._move(shelf, reference, digest)
            shelf.own_tags.add(reference)

    def own_digest(self, image_name: str, reference: str) -> str | None:
        """The digest behind a tag that the registry behind does not have."""
        shelf = self._shelves.get(image_name)
        return shelf.tags.get(reference) if shelf is not None and reference in shelf.own_tags else None

    def born(self, blob: str) -> datetime | None:
        """When a blob was first pushed as part of a manifest."""
        return self._born.get(blob)

    def _move(self, shelf: _Shelf, tag: str, digest: str) -> None:
        shelf.gone_tags.discard(tag)
        before = shelf.tags.get(tag)
        if before == digest:
            return
        if before is not None and before in shelf.active:
            self._retag(shelf, before, without=tag)
        shelf.tags[tag] = digest
        version = shelf.active[digest]
        self.revision += not version.tags
        shelf.active[digest] = replace(version, tags=(*version.tags, tag))

    def _retag(self, shelf: _Shelf, digest: str, *, without: str) -> None:
        version = shelf.active[digest]
        kept = tuple(tag for tag in version.tags if tag != without)
        self.revision += not kept
        shelf.active[digest] = replace(version, tags=kept, updated_at=self._now())

    def count_download(self, image_name: str, reference: str, number: int = 1) -> None:
        """Count reads of a manifest; one that is not there is left alone."""
        shelf = self._shelves.get(image_name)
        version = None if shelf is None else shelf.active.get(shelf.tags.get(reference, reference))
        if shelf is not None and version is not None:
            shelf.active[version.digest] = replace(version, downloads=version.downloads + number)

    def find(self, image_name: str, reference: str) -> PackageVersion | None:
        """The version that a tag or a digest names."""
        shelf = self._shelves.get(image_name)
        return None if shelf is None else shelf.active.get(shelf.tags.get(reference, reference))

    def is_gone(self, image_name: str, reference: str) -> bool:
        """Whether a tag or a digest named a version that was deleted since."""
        shelf = self._shelves.get(image_name)
        if shelf is None or not shelf.deleted or self.find(image_name, reference) is not None:
            return False
        return reference in shelf.gone_tags or any(each.digest == reference for each in shelf.deleted.values())

    def differs(self, image_name: str) -> bool:
        """Whether the registry behind has other tags: of deleted versions, or without those of the ledger's own."""
        shelf = self._shelves.get(image_name)
        return shelf is not None and bool(shelf.gone_tags or shelf.own_tags)

    def tags(self, image_name: str) -> Mapping[str, str]:
        """The digest behind each tag."""
        shelf = self._shelves.get(image_name)
        return {} if shelf is None else shelf.tags

    def versions(self, image_name: str, *, deleted: bool = False) -> list[PackageVersion]:
        """The versions that are there, or those that can be restored; the newest first."""
        shelf = self._shelves.get(image_name, _Shelf())
        found = self._restorable(shelf) if deleted else iter(shelf.active.values())
        return sorted(found, key=lambda version: (version.created_at, version.id), reverse=True)

    def version(self, image_name: str, number: int, *, deleted: bool = False) -> PackageVersion | None:
        """The version with an id."""
        shelf = self._shelves.get(image_name, _Shelf())
        if deleted:
            return next((each for each in self._restorable(shelf) if each.id == number), None)
        found = shelf.active.get(shelf.digests.get(number, ""))
        return found if found is not None and found.id == number else None

    def delete(self, image_name: str, version: PackageVersion) -> None:
        """Delete a version with its tags."""
        shelf = self._shelves[image_name]
        self.revision += 1
        del shelf.active[version.digest]
        shelf.deleted[version.id] = replace(version, deleted_at=self._now())
        for tag in version.tags:
            del shelf.tags[tag]
            shelf.gone_tags.add(tag)

    def restore(self, image_name: str, version: PackageVersion) -> None:
        """Let a deleted version be there again, with those of its tags that nothing else has."""
        shelf = self._shelves[image_name]
        self.revision += 1
        del shelf.deleted[version.id]
        free = tuple(tag for tag in version.tags if tag not in shelf.tags)
        shelf.active[version.digest] = replace(version, deleted_at=None, tags=free, updated_at=self._now())
        shelf.tags |= dict.fromkeys(free, version.digest)
        shelf.gone_tags -= set(free)

    def _restorable(self, shelf: _Shelf) -> Iterator[PackageVersion]:
        for version in shelf.deleted.values():
            fresh = version.deleted_at is not None and self._now() - version.deleted_at <= _RESTORABLE
            # Content that was pushed again is a version of its own.
            if fresh and version.digest not in shelf.active:
                yield version


def read_manifest(content: bytes, media_type: str | None = None) -> StoredManifest:
    """What a manifest names; one that nobody can read names nothing."""
    try:
        manifest = Manifest.parse(content, media_type)
    except errors.ReferenceError:
        return StoredManifest(size=len(content), media_type=media_type or "")
    named = [manifest.config] if manifest.config is not None else []
    entries = [*named, *manifest.layers, *manifest.children]
    is_cache = any(entry.media_type == BUILDKIT_CACHE_CONFIG for entry in entries)
    is_index = manifest.media_type in INDEX_TYPES and not is_cache
    blobs = [] if is_index else entries
    layers = [entry for entry in blobs if entry not in named and entry.media_type != BUILDKIT_CACHE_CONFIG]
    return StoredManifest(
        size=len(content),
        media_type=manifest.media_type,
        children=tuple(str(entry.digest) for entry in manifest.children) if is_index else (),
        blobs={str(entry.digest): entry.size for entry in blobs},
        layers=tuple(str(entry.digest) for entry in layers),
        is_cache=is_cache,
    )
