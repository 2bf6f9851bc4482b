"""Cache records and the links between them, as one cache reference or the builder itself holds them.

A cache is a graph, not a list of layers (solver/cachemanager.go, solver/cachestorage.go; what is exported of it:
cache/remotecache/v1). A *record* stands for one step, by a digest that says what is done and not what to. A *link*
leads from the record of an input, through the number of the input and a selector (the path that a COPY takes, hashed),
to the record of the step. An input may have several links: an image's by its manifest and by its chain of layers, a
stage's by its key and by the content of what is copied. A record without inputs is a root: a base image, or some
content.

A *result* is what a step made: its layers from the bottom up. Records live on without results, so that steps behind
them can still be found. Here a record keeps one result, the newest (BuildKit keeps all and takes the newest), and a
layer knows where its bytes are; they are fetched when a step that runs stands on them, as BuildKit pulls lazily
(cache/remote.go).
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["CREATED", "UNCOMPRESSED", "CacheLink", "CacheRecord", "CacheResult", "CacheStore", "Layer", "LayerOrigin"]

# Annotations of a layer (util/compression, cache/blobs.go).
CREATED = "buildkit/createdat"
UNCOMPRESSED = "containerd.io/uncompressed"


class LayerOrigin(Protocol):
    """Where the bytes of imported layers are."""

    def read(self, layer: Layer) -> Awaitable[bytes]:
        """The bytes of a layer; raises RefusedError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer blob.

    `image_name` is the gateway's name of the image it can be read from, `origin` another place where its bytes
    are; with neither it was made here, and its bytes are `data`. `annotations` stand on its descriptor in a
    cache manifest.
    """

    digest: str
    size: int
    media_type: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    image_name: str | None = None
    origin: LayerOrigin | None = None
    data: bytes | None = None

    @property
    def is_elsewhere(self) -> bool:
        """Whether a cache or an image holds it, so that it need not be made."""
        return self.image_name is not None or self.origin is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheResult:
    """The result of a step: its layers from the bottom up, and when they were made."""

    layers: tuple[Layer, ...]
    created_at: str


@dataclass(slots=True, eq=False)
class CacheRecord:
    """One cache record: `inputs` hold, for each input, the records it may come from with their selectors."""

    digest: str
    inputs: list[list[CacheLink]] = field(default_factory=list)
    result: CacheResult | None = None
    children: dict[tuple[str, int, str], list[CacheRecord]] = field(default_factory=dict)


CacheLink = tuple[str, CacheRecord]
"""A selector and the record it is applied to."""


@dataclass(slots=True)
class CacheStore:
    """All records of one cache; `reference` names it as the workflow does, `None` for the builder's own."""

    reference: str | None = None
    roots: dict[str, CacheRecord] = field(default_factory=dict)
    by_digest: dict[str, list[CacheRecord]] = field(default_factory=dict)

    def find(self, digest: str, inputs: Sequence[Iterable[CacheLink]]) -> list[CacheRecord]:
        """The records of that digest that every input leads to."""
        if not inputs:
            return [self.roots[digest]] if digest in self.roots else []
        found: list[CacheRecord] | None = None
        for index, alternatives in enumerate(inputs):
            here: list[CacheRecord] = []
            for selector, item in alternatives:
                here += item.children.get((selector, index, digest), ())
            found = here if found is None else [item for item in found if item in here]
            if not found:
                return []
        return list(dict.fromkeys(found or ()))

    def add(self, digest: str, inputs: Sequence[Sequence[CacheLink]], chain: CacheResult | None) -> CacheRecord:
        """Add a record, or what is new about it to the one that is there."""
        known = self.find(digest, inputs)
        item = known[0] if known else CacheRecord(digest)
        if not known:
            self.by_digest.setdefault(digest, []).append(item)
            if not inputs:
                self.roots[digest] = item
            item.inputs = [[] for _ in inputs]
        for index, alternatives in enumerate(inputs):
            for alternative in alternatives:
                self._link(item, index, alternative)
        if chain is not None and item.result is None:
            item.result = chain
        return item

    def _link(self, item: CacheRecord, index: int, alternative: CacheLink) -> None:
        if alternative in item.inputs[index]:
            return
        item.inputs[index].append(alternative)
        selector, parent = alternative
        parent.children.setdefault((selector, index, item.digest), []).append(item)
