"""When one event tells what another one comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.history import EventFigures, EventShape, Outcome, Outcomes, Wording, renamed
from pytest_cicache.history._replay import is_date_of_a_day

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
FIGURES = EventFigures(at=AT, kind="pr", number=3001, conclusion="success")
SHAPE = EventShape(event="pr", scripts="s", files="f", bases=0)
TEXTS = ("import registry ghcr.io/o/p:pr-{}", "import registry ghcr.io/o/p:main")


def wording(number: int = 3001, *, at: datetime = AT, end: str = "success", **more: object) -> Wording:
    """What a pull request's steps made of its number."""
    given = {"texts": tuple(text.format(number) for text in TEXTS), "dates": frozenset({"+%Y-%m"}), **more}
    return Wording(at=at, names=(str(number), f"change-{number}"), end=end, **given)  # type: ignore[arg-type]


def outcomes(*heard: Wording, answers: dict[tuple[str, str], str | None] | None = None) -> Outcomes:
    """What the first of some events came to, where their steps were heard."""
    made = Outcomes()
    for each in heard:
        made.hear(SHAPE, each)
    made.keep(
        SHAPE,
        Outcome(
            wording=heard[0],
            figures=FIGURES,
            answers={("o/p", "pr-3001"): None, ("o/p", "main"): "sha256:1"} if answers is None else answers,
            reads=(),
            writes=(("o/p", "pr-3001", "sha256:1"),),
            layers=frozenset(),
        ),
    )
    return made


THREE = (wording(3001), wording(3002), wording(3003))


@pytest.mark.parametrize(
    ("day", "tags", "found"),
    [
        (25, {"main": "sha256:1"}, True),
        (25, {"main": "sha256:2"}, False),
        (25, {"main": "sha256:1", "pr-3004": "sha256:1"}, False),
        (25, {"main": "sha256:1", "pr-3001": "sha256:1"}, True),
        (31, {"main": "sha256:1"}, False),
    ],
)
def test_the_same_answers_and_dates_give_the_same(day: int, tags: dict[str, str], found: bool) -> None:
    known = outcomes(*THREE)
    at = datetime(2026, 12 if day == 31 else 11, day, tzinfo=UTC)

    result = known.find(SHAPE, ("3004", "change-3004"), at, lambda name, tag: tags.get(tag))

    assert (result is not None) is found
    other = replace(SHAPE, files="g")
    assert known.find(other, ("3004", "change-3004"), at, lambda name, tag: tags.get(tag)) is None


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        pytest.param(THREE, True, id="three with other names"),
        pytest.param(THREE[:2], False, id="two"),
        pytest.param((wording(), wording(), wording()), False, id="three times one"),
        pytest.param((*THREE[:2], wording(3003, at=datetime(2026, 12, 1, tzinfo=UTC))), False, id="of another month"),
        pytest.param((*THREE[:2], wording(3003, end="failure")), False, id="that failed"),
        pytest.param((*THREE, wording(3005, texts=("import registry ghcr.io/o/p:a1", TEXTS[1]))), False, id="a hash"),
    ],
)
def test_several_events_must_have_made_the_same_of_their_names(heard: tuple[Wording, ...], found: bool) -> None:
    known = outcomes(*heard, answers={})

    assert (known.find(SHAPE, ("3004", "change-3004"), AT, lambda name, tag: None) is not None) is found


def test_one_that_makes_another_text_after_events_were_taken_for_the_same() -> None:
    known = outcomes(*THREE, answers={})
    known.find(SHAPE, ("3004", "change-3004"), AT, lambda name, tag: None)

    with pytest.raises(
        UsageError,
        match=r"the pull request 3010 asked for 'import registry ghcr\.io/o/p:301' where others like it asked for "
        r"'import registry ghcr\.io/o/p:pr-3010', .* play the history with replay=False",
    ):
        known.hear(SHAPE, wording(3010, texts=("import registry ghcr.io/o/p:301", TEXTS[1])))


def test_what_asks_for_the_time_of_day_is_never_taken_again() -> None:
    heard = [replace(each, dates=frozenset({"+%s"})) for each in THREE]
    known = outcomes(*heard, answers={})

    assert known.find(SHAPE, ("3001", "change-3001"), AT, lambda name, tag: None) is None


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
    assert new("pr3001") == "pr3002"
    assert new("sha256:ab3001cd") == "sha256:ab3001cd"
    assert renamed(("", ""), ("", ""))("main") == "main"
