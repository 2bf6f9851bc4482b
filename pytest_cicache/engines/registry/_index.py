"""What the registry knows of its content: names, tags, links, referrers. No bytes, no files.

All knowledge arrives as `IndexChange` values, so that a journal of them rebuilds it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Image", "IndexChange", "ManifestEntry", "ManifestIndex", "Verb"]


class Verb(StrEnum):
    """What a change does."""

    LINK = "link"
    UNLINK = "unlink"
    PUT = "put"
    DELETE = "delete"
    TAG = "tag"
    UNTAG = "untag"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class IndexChange:
    """One change of the index.

    `key` is a digest (link, unlink, put, delete) or a tag (tag, untag), empty for forget; `details` is
    the size of a blob, the manifest's facts, or the digest a tag points to.
    """

    verb: Verb
    name: str
    key: str = ""
    details: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestEntry:
    """A manifest's facts, as the registry lists them; `size` in bytes."""

    digest: str
    media_type: str
    size: int
    subject: str | None = None
    artifact_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)

    def to_data(self) -> dict[str, Any]:
        """Give the facts as JSON, for a journal."""
        facts = (self.media_type, self.size, self.subject, self.artifact_type, dict(self.annotations))
        return dict(zip(("type", "size", "subject", "artifact", "annotations"), facts, strict=True))

    @classmethod
    def from_data(cls, digest: str, data: Mapping[str, Any]) -> ManifestEntry:
        """Undo `to_data`."""
        return cls(
            digest=digest,
            media_type=data["type"],
            size=data["size"],
            subject=data["subject"],
            artifact_type=data["artifact"],
            annotations=data["annotations"],
        )


@dataclass(slots=True)
class Image:
    """The content of one image name: blobs with their sizes, manifests, and tags."""

    blobs: dict[str, int] = field(default_factory=dict)
    manifests: dict[str, ManifestEntry] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def digests(self) -> Iterator[str]:
        """Every digest it holds, once for each use."""
        yield from self.blobs
        yield from self.manifests


class ManifestIndex:
    """All image names; `apply` is the only way to change it."""

    def __init__(self) -> None:
        self.images: dict[str, Image] = {}
        self._uses: Counter[str] = Counter()

    def image(self, name: str) -> Image | None:
        """Give the image of that name, `None` when nothing was ever pushed to it."""
        return self.images.get(name)

    def apply(self, change: IndexChange) -> tuple[str, ...]:
        """Make one change; returns the digests whose content nobody uses any more."""
        if change.verb is Verb.FORGET:
            return self._forget(change.name)
        image = self.images.setdefault(change.name, Image())
        if change.verb is Verb.TAG:
            image.tags[change.key] = change.details
            return ()
        if change.verb is Verb.UNTAG:
            image.tags.pop(change.key, None)
            return ()
        return self._content(image, change)

    def _content(self, image: Image, change: IndexChange) -> tuple[str, ...]:
        digest = change.key
        if change.verb is Verb.LINK:
            self._uses[digest] += digest not in image.blobs
            image.blobs[digest] = change.details
            return ()
        if change.verb is Verb.PUT:
            self._uses[digest] += digest not in image.manifests
            image.manifests[digest] = ManifestEntry.from_data(digest, change.details)
            return ()
        if change.verb is Verb.UNLINK:
            return self._release(digest) if image.blobs.pop(digest, None) is not None else ()
        image.tags = {tag: target for tag, target in image.tags.items() if target != digest}
        return self._release(digest) if image.manifests.pop(digest, None) is not None else ()

    def _forget(self, prefix: str) -> tuple[str, ...]:
        freed: list[str] = []
        for name in [name for name in self.images if name == prefix or name.startswith(f"{prefix}/")]:
            for digest in self.images.pop(name).digests:
                freed += self._release(digest)
        return tuple(freed)

    def _release(self, digest: str) -> tuple[str, ...]:
        self._uses[digest] -= 1
        if self._uses[digest] > 0:
            return ()
        del self._uses[digest]
        return (digest,)

    def changes(self) -> Iterator[IndexChange]:
        """Give the shortest list of changes that makes this index anew."""
        for name, image in self.images.items():
            for digest, size in image.blobs.items():
                yield IndexChange(Verb.LINK, name, digest, size)
            for digest, entry in image.manifests.items():
                yield IndexChange(Verb.PUT, name, digest, entry.to_data())
            for tag, digest in image.tags.items():
                yield IndexChange(Verb.TAG, name, tag, digest)
