"""When one event tells what another one comes to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pytest_cicache.history import EventFigures, Outcome, Outcomes, renamed
from pytest_cicache.history._replay import is_date_of_a_day

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
FIGURES = EventFigures(at=AT, kind="pr", number=3001, conclusion="success")


def outcome(**more: object) -> Outcome:
    given = {
        "at": AT,
        "names": ("3001", "change-3001"),
        "figures": FIGURES,
        "answers": {("o/p", "pr-3001"): None, ("o/p", "main"): "sha256:1"},
        "reads": (),
        "writes": (("o/p", "pr-3001", "sha256:1"),),
        "dates": frozenset({"+%Y-%m"}),
        "layers": frozenset(),
    }
    return Outcome(**{**given, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "tags", "found"),
    [
        (25, {"main": "sha256:1"}, True),
        (25, {"main": "sha256:2"}, False),
        (25, {"main": "sha256:1", "pr-3002": "sha256:1"}, False),
        (25, {"main": "sha256:1", "pr-3001": "sha256:1"}, True),
        (31, {"main": "sha256:1"}, False),
    ],
)
def test_the_same_answers_and_dates_give_the_same(day: int, tags: dict[str, str], found: bool) -> None:
    outcomes = Outcomes()
    outcomes.keep("shape", outcome())
    at = datetime(2026, 12 if day == 31 else 11, day, tzinfo=UTC)

    result = outcomes.find("shape", ("3002", "change-3002"), at, lambda name, tag: tags.get(tag))

    assert (result is not None) is found
    assert outcomes.find("another", ("3002", "change-3002"), at, lambda name, tag: tags.get(tag)) is None


def test_what_asks_for_the_time_of_day_is_never_taken_again() -> None:
    outcomes = Outcomes()
    outcomes.keep("shape", outcome(dates=frozenset({"+%s"}), answers={}))

    assert outcomes.find("shape", ("3001", "change-3001"), AT, lambda name, tag: None) is None


@pytest.mark.parametrize(
    ("words", "daily"),
    [
        ("+%Y-%m", True),
        ("-u +%G-%V", True),
        ("+%F", True),
        ("+%-d", True),
        ("+100%%", True),
        ("+%s", False),
        ("+%H", False),
        ("", False),
        ("-d yesterday +%F", False),
        ("docker/metadata-action", False),
    ],
)
def test_which_dates_are_those_of_a_day(words: str, daily: bool) -> None:
    assert is_date_of_a_day(words) is daily


def test_names_are_replaced_as_whole_words() -> None:
    new = renamed(("3001", "change-3001"), ("3002", "change-3002"))

    assert new("app-2026-3001_merge-change-3001") == "app-2026-3002_merge-change-3002"
    assert new("build-13001") == "build-13001"
    assert new("change_3001") == "change_3002"
    assert renamed(("", ""), ("", ""))("main") == "main"
