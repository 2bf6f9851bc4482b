"""Entries of the Actions cache: which one a key finds, and which ones have to go.

https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching ("Cache key matching",
"Restrictions for accessing a cache", "Usage limits and eviction policy").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

__all__ = ["CacheEntry", "CacheLimits", "Reservation", "WantedEntry", "find_entry", "is_taken", "retained", "touched"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheLimits:
    """How much a repository may keep, in bytes, and for how long after the last use.

    10 GB and seven days are GitHub's; a repository may have bought more.
    """

    size: int = 10 * 1024**3
    unused: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A key that somebody is writing: its `number` is what the upload URL names."""

    number: int
    key: str
    version: str
    scope: str

    def __str__(self) -> str:
        return f"{self.key} in {self.scope}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry(Reservation):
    """A finished entry: its size in bytes, when it was made and when it was last looked up."""

    size: int
    created: datetime
    used: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEntry:
    """A lookup: the key, then those to fall back on, and the version that has to be the same."""

    key: str
    version: str
    restore_keys: tuple[str, ...] = ()


def find_entry(entries: Iterable[CacheEntry], wanted: WantedEntry, scopes: Sequence[str]) -> CacheEntry | None:
    """Give the entry that a lookup finds, `None` for a miss.

    In each scope in turn: the key exactly, then as a prefix, then each restore key likewise; of several with
    the prefix the newest.
    """
    known = [entry for entry in entries if entry.version == wanted.version]
    for scope in scopes:
        here = [entry for entry in known if entry.scope == scope]
        for key in (wanted.key, *wanted.restore_keys):
            found = [entry for entry in here if entry.key == key] or [
                entry for entry in here if entry.key.startswith(key)
            ]
            if found:
                return max(found, key=lambda entry: (entry.created, entry.number))
    return None


def is_taken(entries: Iterable[Reservation], key: str, version: str, scope: str) -> bool:
    """Tell whether a key is in use in a scope; entries are never overwritten."""
    return any((entry.key, entry.version, entry.scope) == (key, version, scope) for entry in entries)


def touched(entry: CacheEntry, now: datetime) -> CacheEntry:
    """The entry after a lookup found it."""
    return replace(entry, used=max(entry.used, now))


def retained(entries: Iterable[CacheEntry], now: datetime, limits: CacheLimits) -> tuple[CacheEntry, ...]:
    """Give what is left after eviction, oldest first.

    What was not used for long goes, then the least recently used until the rest fits; a new entry is accepted
    first, even one that is larger than the limit by itself.
    """
    fresh = [entry for entry in entries if now - entry.used <= limits.unused]
    kept = set(_fitting(sorted(fresh, key=lambda entry: (entry.used, entry.number), reverse=True), limits.size))
    return tuple(sorted((entry for entry in fresh if entry in kept), key=lambda entry: entry.number))


def _fitting(entries: Sequence[CacheEntry], size: int) -> Iterator[CacheEntry]:
    total = 0
    for entry in entries:
        total += entry.size
        if total > size:
            return
        yield entry
