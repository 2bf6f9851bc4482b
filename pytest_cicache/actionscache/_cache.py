"""One repository's Actions cache: its tokens, entries and reservations, changed by methods; no I/O."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pytest_cicache.actionscache._access import CacheGrant, ScopeAccess, runtime_token
from pytest_cicache.actionscache._entries import (
    CacheEntry,
    CacheLimits,
    Reservation,
    WantedEntry,
    find_entry,
    is_taken,
    retained,
    touched,
)
from pytest_cicache.observation import ActionsCacheRecord

__all__ = ["EXISTS", "READ_ONLY", "ActionsCache", "ReservationRefused"]

# The service's words (github.com/actions/toolkit, packages/cache/src/cache.ts; github.com/actions/cache/issues/1541).
READ_ONLY = "cache write denied: token has no writable scopes"
EXISTS = "cache entry with the same key, version, and scope already exists"


@dataclass(frozen=True, slots=True)
class ReservationRefused:
    """A key that cannot be reserved, with the service's reason."""

    reason: str

    @property
    def is_taken(self) -> bool:
        """Whether the reason is that the key is in use."""
        return self.reason == EXISTS


class ActionsCache:
    """Which entries there are, who may find them, and the record of what was asked.

    `now` is the simulation's clock, `seed` decides tokens and signatures. `removed` gets the numbers of entries
    whose bytes are no longer needed.
    """

    def __init__(
        self,
        *,
        seed: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        limits: CacheLimits | None = None,
    ) -> None:
        self.now = now
        self.limits = limits or CacheLimits()
        self.records: list[ActionsCacheRecord] = []
        self.removed: list[int] = []
        self._key = hashlib.sha256(f"actions cache of {seed}".encode()).digest()
        self._entries: dict[int, CacheEntry] = {}
        self._pending: dict[int, tuple[Reservation, str]] = {}
        self._grants: dict[str, CacheGrant] = {}
        self._numbers = 0
        self._tokens = 0

    @property
    def entries(self) -> tuple[CacheEntry, ...]:
        """The entries that are there now, oldest first."""
        self._evict()
        return tuple(self._entries.values())

    def issue(self, job: str, access: tuple[ScopeAccess, ...]) -> str:
        """Make the runtime token of a job."""
        self._tokens += 1
        grant = CacheGrant(job=job, access=access)
        token = runtime_token(grant, identity=f"{self._tokens}", key=self._key)
        self._grants[token] = grant
        return token

    def revoke(self, token: str) -> None:
        """End a token, and what was begun with it; one that has ended already is left alone."""
        self._grants.pop(token, None)
        for number in [number for number, (_, owner) in self._pending.items() if owner == token]:
            del self._pending[number]
            self.removed.append(number)

    def granted(self, token: str) -> CacheGrant | None:
        """Give what a live token stands for."""
        return self._grants.get(token)

    def look_up(self, grant: CacheGrant, wanted: WantedEntry) -> CacheEntry | None:
        """Give the entry that a lookup finds, and note that it was used."""
        found = find_entry(self.entries, wanted, grant.readable)
        if found is None:
            return None
        self._entries[found.number] = touched(found, self.now())
        return found

    def reserve(self, token: str, key: str, version: str) -> Reservation | ReservationRefused:
        """Begin an entry in the token's own scope."""
        grant = self._grants[token]
        if grant.writable is None:
            return ReservationRefused(READ_ONLY)
        pending = (reservation for reservation, _ in self._pending.values())
        if is_taken((*self.entries, *pending), key, version, grant.writable):
            return ReservationRefused(EXISTS)
        self._numbers += 1
        made = Reservation(number=self._numbers, key=key, version=version, scope=grant.writable)
        self._pending[made.number] = made, token
        return made

    def reserved(self, token: str, key: str, version: str) -> Reservation | None:
        """Give what a token has reserved under a key."""
        found = (item for item, owner in self._pending.values() if owner == token)
        return next((item for item in found if (item.key, item.version) == (key, version)), None)

    def pending(self, number: int) -> Reservation | None:
        """Give a reservation by its number."""
        found = self._pending.get(number)
        return None if found is None else found[0]

    def finish(self, reservation: Reservation, size: int) -> CacheEntry:
        """Let a reservation become an entry; others may have to go for it."""
        del self._pending[reservation.number]
        now = self.now()
        entry = CacheEntry(
            number=reservation.number,
            key=reservation.key,
            version=reservation.version,
            scope=reservation.scope,
            size=size,
            created=now,
            used=now,
        )
        self._entries[entry.number] = entry
        self._evict()
        return entry

    def entry(self, number: int) -> CacheEntry | None:
        """Give an entry by its number."""
        return self._entries.get(number)

    def delete(self, number: int) -> None:
        """Drop an entry; one that is not there is left alone."""
        if self._entries.pop(number, None) is not None:
            self.removed.append(number)

    def sign(self, number: int, purpose: str) -> str:
        """The signature of a URL that reads (`r`) or writes (`w`) the bytes of an entry."""
        return hmac.new(self._key, f"{number}/{purpose}".encode(), hashlib.sha256).hexdigest()

    def is_signed(self, number: int, purpose: str, signature: str) -> bool:
        """Tell whether a URL's signature is good."""
        return hmac.compare_digest(self.sign(number, purpose), signature)

    def _evict(self) -> None:
        kept = {entry.number: entry for entry in retained(self._entries.values(), self.now(), self.limits)}
        self.removed += [number for number in self._entries if number not in kept]
        self._entries = kept
