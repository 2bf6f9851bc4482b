"""What packages hold, what is an orphan, and how layers get their sizes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.githubapi import StoredManifest, VersionLedger
from pytest_cicache.history import (
    CacheHistory,
    Growth,
    LayerSizes,
    broken_tags,
    grown,
    stock_of,
    wanted_deletions,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


@pytest.fixture
def ledger() -> VersionLedger:
    """An index `latest` of two platforms that share a layer, and a cache `main` that took the place of another."""
    made = VersionLedger(lambda: NOW)
    for number, own in ((1, "a"), (2, "b")):
        made.push("o/p", digest(number), digest(number), StoredManifest(size=10, blobs={"shared": 100, own: 50}))
    made.push("o/p", "latest", digest(3), StoredManifest(size=5, children=(digest(1), digest(2))))
    made.push("o/p", "main", digest(4), StoredManifest(size=7, blobs={"old": 30, "shared": 100}, is_cache=True))
    made.push("o/p", "main", digest(5), StoredManifest(size=7, blobs={"new": 40, "shared": 100}, is_cache=True))
    return made


def test_an_orphan_is_what_no_tag_leads_to(ledger: VersionLedger) -> None:
    found = grown(ledger, LayerSizes())

    assert found == Growth(
        tags=2, manifests=5, size=10 + 10 + 5 + 7 + 7 + 100 + 50 + 50 + 30 + 40, orphans=1, orphan_size=7 + 30
    )


def test_declared_sizes_count_by_the_first_pattern_that_fits() -> None:
    sizes = LayerSizes.read({"*apt-get*": "120MB", "* COPY *": 2_000})
    sizes.learn({"[2/3] RUN apt-get update": "apt", "[3/3] COPY . .": "copy", "[1/3] WORKDIR /": "dir"})

    assert [sizes.of(blob, 7) for blob in ("apt", "copy", "dir")] == [120_000_000, 2_000, 7]
    every = LayerSizes.read("1.5GiB")
    every.learn({"any": "blob"})
    assert every.of("blob", 7) == 1_610_612_736
    assert LayerSizes.read(None).of("blob", 7) == 7


@pytest.mark.parametrize("size", ["many", -1, True, "12 parsecs"])
def test_a_size_that_is_none_is_refused(size: object) -> None:
    with pytest.raises(UsageError, match="a layer's size is a number of bytes or a text such as '120MB'"):
        LayerSizes.read(size)  # type: ignore[arg-type]


def test_a_purge_of_what_has_no_tag_breaks_the_index(ledger: VersionLedger) -> None:
    before = stock_of(ledger)
    for version in ledger.versions("o/p"):
        if not version.tags:
            ledger.delete("o/p", version)

    problems = list(broken_tags(before, stock_of(ledger)))

    assert len(problems) == 1
    assert problems[0].startswith("o/p:latest lacks 2 parts that it names: sha256:000000000000")


def test_an_orphan_may_go(ledger: VersionLedger) -> None:
    before = stock_of(ledger)
    ledger.delete("o/p", before["o/p"][digest(4)])

    assert list(broken_tags(before, stock_of(ledger))) == []


def test_what_later_events_ask_for_may_not_go(ledger: VersionLedger) -> None:
    known = stock_of(ledger)["o/p"]
    deleted = {"o/p": (known[digest(4)], known[digest(5)])}

    def after(*missing: str) -> CacheHistory:
        return CacheHistory(workflow="ci.yml", events=(), missing=frozenset(("o/p", each) for each in missing))

    assert list(wanted_deletions(deleted, after("7_merge"))) == []
    assert list(wanted_deletions(deleted, after("main", digest(4)))) == [
        "o/p@sha256:000000000000 was deleted, and events after the purge still asked for it",
        "o/p:main was deleted, and events after the purge still asked for it",
    ]


def test_layers_of_unnamed_steps_have_the_size_of_all() -> None:
    every, some = LayerSizes.read("1KB"), LayerSizes.read({"*": "1KB"})
    for sizes in (every, some):
        sizes.learn_unnamed(["layer"])

    assert (every.of("layer", 7), every.of("config", 7)) == (1000, 7)
    assert some.of("layer", 7) == 7
