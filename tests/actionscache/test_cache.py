from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pytest_cicache.actionscache import READ_ONLY, ActionsCache, CacheLimits, WantedEntry, scope_access
from pytest_cicache.permissions import CacheMode

MAIN = "refs/heads/main"
PULL = "refs/pull/7/merge"


class Clock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 7, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def token(cache: ActionsCache, *readable: str, mode: CacheMode = CacheMode.WRITE) -> str:
    return cache.issue("build", scope_access(writable=readable[:1], readable=readable, mode=mode))


def save(cache: ActionsCache, secret: str, key: str, size: int = 1) -> None:
    reserved = cache.reserve(secret, key, "v")
    cache.finish(reserved, size)  # type: ignore[arg-type]


def finds(cache: ActionsCache, secret: str, key: str) -> str | None:
    grant = cache.granted(secret)
    assert grant is not None
    found = cache.look_up(grant, WantedEntry(key=key, version="v"))
    return found and f"{found.key} in {found.scope}"


def test_a_pull_request_reads_main_and_main_not_the_pull_request() -> None:
    cache = ActionsCache(seed="s", now=Clock())
    main, pull = token(cache, MAIN), token(cache, PULL, MAIN)
    save(cache, main, "deps-1")
    save(cache, pull, "deps-2")

    assert finds(cache, pull, "deps-1") == f"deps-1 in {MAIN}"
    assert finds(cache, pull, "deps-") == f"deps-2 in {PULL}"
    assert finds(cache, main, "deps-2") is None
    assert finds(cache, main, "deps-") == f"deps-1 in {MAIN}"


def test_an_entry_is_not_overwritten_in_its_scope() -> None:
    cache = ActionsCache(seed="s", now=Clock())
    main, pull = token(cache, MAIN), token(cache, PULL, MAIN)
    save(cache, main, "deps")

    again, elsewhere = cache.reserve(main, "deps", "v"), cache.reserve(pull, "deps", "v")
    other_version = cache.reserve(main, "deps", "w")

    assert str(again) == "ReservationRefused(reason='cache entry with the same key, version, and scope already exists')"
    assert str(elsewhere) == f"deps in {PULL}"
    assert str(other_version) == f"deps in {MAIN}"


def test_a_reservation_holds_its_key_until_its_job_ends() -> None:
    cache = ActionsCache(seed="s", now=Clock())
    first, second = token(cache, MAIN), token(cache, MAIN)
    cache.reserve(first, "deps", "v")

    while_held = cache.reserve(second, "deps", "v")
    cache.revoke(first)
    afterwards = cache.reserve(second, "deps", "v")

    assert "already exists" in str(while_held)
    assert str(afterwards) == f"deps in {MAIN}"
    assert finds(cache, second, "deps") is None


def test_a_read_only_token_writes_nothing() -> None:
    cache = ActionsCache(seed="s", now=Clock())
    save(cache, token(cache, MAIN), "deps")
    reader = token(cache, MAIN, mode=CacheMode.READ)

    refused = cache.reserve(reader, "more", "v")

    assert READ_ONLY in str(refused)
    assert finds(cache, reader, "deps") == f"deps in {MAIN}"


def test_a_write_only_token_reads_nothing() -> None:
    cache = ActionsCache(seed="s", now=Clock())
    writer = token(cache, MAIN, mode=CacheMode.WRITE_ONLY)

    save(cache, writer, "deps")

    assert finds(cache, writer, "deps") is None


def test_use_keeps_an_entry_alive_on_the_simulations_clock() -> None:
    clock = Clock()
    cache = ActionsCache(seed="s", now=clock)
    main = token(cache, MAIN)
    save(cache, main, "used")
    save(cache, main, "unused")

    clock.now += timedelta(days=6)
    finds(cache, main, "used")
    clock.now += timedelta(days=2)

    assert finds(cache, main, "used") == f"used in {MAIN}"
    assert finds(cache, main, "unused") is None
    assert cache.removed == [2]


def test_a_save_over_the_limit_drops_what_was_used_least_recently() -> None:
    clock = Clock()
    cache = ActionsCache(seed="s", now=clock, limits=CacheLimits(size=10))
    main = token(cache, MAIN)
    for key in ("a", "b", "c"):
        save(cache, main, key, 3)
        clock.now += timedelta(minutes=1)
    finds(cache, main, "a")
    clock.now += timedelta(minutes=1)

    save(cache, main, "d", 3)

    assert [entry.key for entry in cache.entries] == ["a", "c", "d"]


def test_signatures_hold_for_one_entry_and_purpose() -> None:
    cache, other = ActionsCache(seed="s"), ActionsCache(seed="t")

    assert cache.is_signed(1, "r", cache.sign(1, "r"))
    assert not cache.is_signed(2, "r", cache.sign(1, "r"))
    assert not cache.is_signed(1, "w", cache.sign(1, "r"))
    assert not cache.is_signed(1, "r", other.sign(1, "r"))
