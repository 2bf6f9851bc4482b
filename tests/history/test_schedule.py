"""The sequence of events: as many as asked, in order, always the same."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.history import Activity, schedule

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
BUSY = Activity(merges=5, pull_requests=4, forks=2, pushes=2, dockerfile_changes=2, base_image_updates=1)


def test_there_are_as_many_events_as_asked_for_in_each_month() -> None:
    items = schedule(BUSY, start=START, months=3, seed=1)

    kinds = Counter(item.event.kind for item in items)
    assert kinds == {"main_merge": 15, "pr": 3 * 4 * 3, "fork_pr": 3 * 2 * 3}
    assert sum(item.changes_dockerfile for item in items) == 3 * (2 + 2)
    assert sum(item.updates_bases for item in items) <= 3
    assert [item.at for item in items] == sorted(item.at for item in items)
    assert items[0].at >= START
    assert items[-1].at < datetime(2026, 4, 30, 12, tzinfo=UTC)


def test_the_same_seed_gives_the_same_and_another_one_another() -> None:
    first, again, other = (schedule(BUSY, start=START, months=2, seed=seed) for seed in (1, 1, 2))

    assert first == again
    assert [item.at for item in first] != [item.at for item in other]


def test_a_pull_request_is_opened_before_it_is_pushed_to() -> None:
    items = schedule(BUSY, start=START, months=2, seed=3)

    by_number: dict[int, list[str | None]] = {}
    for item in items:
        if item.event.is_pull_request:
            by_number.setdefault(item.event.number, []).append(item.event.action)
    assert len(by_number) == 2 * 6
    assert set(map(tuple, by_number.values())) == {("opened", "synchronize", "synchronize")}
    assert min(by_number) == 3001


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"merges": -1}, "merges_per_month is how many there are in a month, a number from 0, not -1"),
        ({"forks": "two"}, "forks is how many there are in a month, a number from 0, not 'two'"),
        ({"merges": 1, "dockerfile_changes": 2}, "2 of 1 merges cannot change a Dockerfile"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(settings: dict[str, int], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Activity(**settings)


def test_a_history_has_a_month_at_least() -> None:
    with pytest.raises(UsageError, match="a history has at least one month, not 0"):
        schedule(BUSY, start=START, months=0, seed=1)
