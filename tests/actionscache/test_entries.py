from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pytest_cicache.actionscache import CacheEntry, CacheLimits, WantedEntry, find_entry, retained

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
MAIN, PULL, TAG = "refs/heads/main", "refs/pull/7/merge", "refs/heads/refs/tags/v1"


def entry(
    number: int,
    key: str = "k",
    *,
    scope: str = MAIN,
    version: str = "v",
    size: int = 1,
    age: float = 0,
    used: float | None = None,
) -> CacheEntry:
    """An entry made `age` days ago and last used `used` days ago."""
    return CacheEntry(
        number=number,
        key=key,
        version=version,
        scope=scope,
        size=size,
        created=NOW - timedelta(days=age),
        used=NOW - timedelta(days=age if used is None else used),
    )


@pytest.mark.parametrize(
    ("entries", "key", "restore_keys", "scopes", "found"),
    [
        pytest.param([entry(1)], "k", (), [MAIN], 1, id="the key"),
        pytest.param([entry(1)], "other", (), [MAIN], None, id="another key"),
        pytest.param([entry(1, "k-1", age=1), entry(2, "k-2")], "k", (), [MAIN], 2, id="the newest with the prefix"),
        pytest.param([entry(1, "k-1"), entry(2, "k-2", age=1)], "k", (), [MAIN], 1, id="newest is by creation"),
        pytest.param([entry(1, "k-1"), entry(2, "k-2")], "k", (), [MAIN], 2, id="made at the same time: the later one"),
        pytest.param([entry(1, "k", age=3), entry(2, "k-2")], "k", (), [MAIN], 1, id="exact before prefix"),
        pytest.param([entry(1, "a-1")], "k", ("b", "a-"), [MAIN], 1, id="a restore key's prefix"),
        pytest.param(
            [entry(1, "a-1"), entry(2, "b-1", age=2)], "k", ("b-", "a-"), [MAIN], 2, id="restore keys in order"
        ),
        pytest.param([entry(1, scope=PULL)], "k", (), [MAIN], None, id="a pull request's is not main's"),
        pytest.param([entry(1, scope=MAIN)], "k", (), [PULL, MAIN], 1, id="main's is a pull request's"),
        pytest.param(
            [entry(1, "k", scope=MAIN), entry(2, "a-1", scope=PULL)],
            "k",
            ("a-",),
            [PULL, MAIN],
            2,
            id="a restore key in the own scope before the key in main's",
        ),
        pytest.param([entry(1, version="w")], "k", (), [MAIN], None, id="another version"),
        pytest.param([entry(1, scope=TAG)], "k", (), [MAIN, PULL], None, id="a tag's is nobody else's"),
        pytest.param([entry(1)], "k", (), [], None, id="no readable scope"),
    ],
)
def test_the_entry_a_key_finds(
    entries: list[CacheEntry], key: str, restore_keys: tuple[str, ...], scopes: list[str], found: int | None
) -> None:
    wanted = WantedEntry(key=key, version="v", restore_keys=restore_keys)

    match = find_entry(entries, wanted, scopes)

    assert (match and match.number) == found


@pytest.mark.parametrize(
    ("entries", "limits", "kept"),
    [
        pytest.param([entry(1, age=7)], CacheLimits(), [1], id="seven days"),
        pytest.param([entry(1, age=7.001)], CacheLimits(), [], id="more than seven days"),
        pytest.param([entry(1, age=30, used=1)], CacheLimits(), [1], id="old but used"),
        pytest.param(
            [entry(1, size=6, age=2), entry(2, size=6, age=1)], CacheLimits(size=11), [2], id="the older goes"
        ),
        pytest.param(
            [entry(1, size=6, age=2, used=0), entry(2, size=6, age=1)],
            CacheLimits(size=11),
            [1],
            id="the one used least recently goes",
        ),
        pytest.param(
            [entry(1, size=6), entry(2, size=6)], CacheLimits(size=11), [2], id="used at once: the older number goes"
        ),
        pytest.param([entry(1, size=6), entry(2, size=5)], CacheLimits(size=11), [1, 2], id="just full"),
        pytest.param([entry(1, size=20)], CacheLimits(size=11), [], id="larger than all"),
        pytest.param(
            [entry(1, size=1, age=3), entry(2, size=9, age=2), entry(3, size=5, age=1)],
            CacheLimits(size=10),
            [3],
            id="nothing older stays in place of a newer one",
        ),
    ],
)
def test_what_eviction_leaves(entries: list[CacheEntry], limits: CacheLimits, kept: list[int]) -> None:
    assert [item.number for item in retained(entries, NOW, limits)] == kept


def test_the_limit_is_ten_gigabytes_and_seven_days() -> None:
    gigabyte = 1024**3
    entries = [entry(number, size=gigabyte, age=6.9 - number / 10) for number in range(12)]

    assert [item.number for item in retained(entries, NOW, CacheLimits())] == list(range(2, 12))
