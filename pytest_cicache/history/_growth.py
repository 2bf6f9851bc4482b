"""How much a simulation's packages hold, and what of it nothing leads to any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from pytest_cicache.errors import UsageError
from pytest_cicache.githubapi import PackageVersion, VersionLedger

__all__ = ["Growth", "LayerSizes", "closure", "grown"]

_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What packages hold at a moment.

    `size` are the bytes of every blob and manifest, each once. An orphan is a manifest that has no tag, and that no
    manifest with a tag names; `orphan_size` are the bytes that only orphans need.
    """

    tags: int = 0
    manifests: int = 0
    size: int = 0
    orphans: int = 0
    orphan_size: int = 0


@dataclass(slots=True)
class LayerSizes:
    """The sizes of layers in bytes, where others are declared than the registry has.

    `declared` are sizes by the pattern of a step's name (`*apt-get*`), the first that fits counts; `every` is that of
    all other layers, `None` for their size in the registry.
    """

    declared: Mapping[str, int] = field(default_factory=dict)
    every: int | None = None
    _known: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, given: int | str | Mapping[str, int | str] | None) -> LayerSizes:
        """Read what a caller declares: a size for all, sizes by pattern, or nothing; raises UsageError."""
        if isinstance(given, Mapping):
            return cls({pattern: _bytes(size) for pattern, size in given.items()})
        return cls(every=None if given is None else _bytes(given))

    def learn(self, layers: Mapping[str, str]) -> None:
        """Take in which layers steps left: step name to digest."""
        for name, digest in layers.items():
            size = next((size for pattern, size in self.declared.items() if fnmatchcase(name, pattern)), self.every)
            if size is not None:
                self._known.setdefault(digest, size)

    def learn_unnamed(self, layers: Iterable[str]) -> None:
        """Take in layers of which the builder does not tell the steps: only a size for all can be theirs."""
        if self.every is not None:
            self._known |= {digest: self.every for digest in layers if digest not in self._known}

    def of(self, blob: str, actual: int) -> int:
        """The size of a blob that has `actual` bytes in the registry."""
        return self._known.get(blob, actual)


def _bytes(text: int | str) -> int:
    if isinstance(text, int) and not isinstance(text, bool) and text >= 0:
        return text
    if isinstance(text, str):
        number = text.rstrip("BKMGibkmg ").strip()
        unit = text[len(number) :].strip().upper() or "B"
        if unit in _UNITS and number.replace(".", "", 1).isdecimal():
            return int(float(number) * _UNITS[unit])
    raise UsageError(f"a layer's size is a number of bytes or a text such as '120MB', not {text!r}")


def closure(kept: Iterable[PackageVersion], known: Mapping[str, PackageVersion]) -> set[str]:
    """The digests of some versions, and of all that they name, so far as they are there."""
    found: set[str] = set()
    waiting = [version.digest for version in kept]
    while waiting:
        digest = waiting.pop()
        if digest not in found and digest in known:
            found.add(digest)
            waiting += known[digest].manifest.children
    return found


def grown(versions: VersionLedger, sizes: LayerSizes) -> Growth:
    """What the packages hold now."""
    tags = manifests = orphans = 0
    blobs: dict[str, int] = {}
    needed: dict[str, int] = {}
    for name in versions.image_names:
        known = {version.digest: version for version in versions.versions(name)}
        reached = closure((version for version in known.values() if version.tags), known)
        tags += len(versions.tags(name))
        manifests += len(known)
        orphans += len(known) - len(reached)
        for digest, version in known.items():
            own = {digest: version.manifest.size}
            own |= {blob: sizes.of(blob, actual) for blob, actual in version.manifest.blobs.items()}
            blobs |= own
            needed |= own if digest in reached else {}
    size = sum(blobs.values())
    return Growth(tags=tags, manifests=manifests, size=size, orphans=orphans, orphan_size=size - sum(needed.values()))
