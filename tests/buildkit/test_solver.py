"""Which steps come from a cache, which run, and which nobody can know."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_cicache.buildkit import CacheStore, MissingPathError

TEXT = "FROM scratch\nCOPY a /\nRUN one\nCOPY b /\nRUN two\n"
STAGES = "FROM scratch AS made\nCOPY a /\nRUN make\nFROM scratch\nCOPY --from=made /out /\nRUN use\n"


def test_a_cold_builder_runs_everything(kitchen: Any) -> None:
    """Nothing is there to take."""
    built = kitchen.build(TEXT)

    assert built.outcomes == "RRRR"
    assert built.origins == [None] * 4


def test_a_chain_may_be_longer_than_pythons_stack_is_deep(kitchen: Any) -> None:
    """Cold, from the builder's own, and from a cache."""
    text = "FROM scratch\n" + "".join(f"RUN {number}\n" for number in range(600))
    own = CacheStore()
    cold = kitchen.build(text, own=own)

    assert cold.outcomes == "R" * 600
    assert kitchen.build(text, own=own).outcomes == "I" * 599 + "C"
    assert kitchen.build(text, {}, cold.exported("main")).outcomes == "I" * 599 + "C"


def test_a_builder_takes_its_own_steps_again(kitchen: Any) -> None:
    """They come from no reference; only the last is asked for, the others are idle behind it."""
    own = CacheStore()
    kitchen.build(TEXT, own=own)
    built = kitchen.build(TEXT, own=own)

    assert built.outcomes == "IIIC"
    assert built.origins == [None] * 4


def test_an_imported_cache_gives_every_step(kitchen: Any) -> None:
    """Every step names the cache that holds it, the idle ones too."""
    cache = kitchen.build(TEXT).exported("main")
    built = kitchen.build(TEXT, {"a": "1", "b": "2"}, cache)

    assert built.outcomes == "IIIC"
    assert built.origins == ["main"] * 4


@pytest.mark.parametrize(
    ("files", "outcomes"),
    [
        pytest.param({"a": "1", "b": "2", "c": "3"}, "IIIC", id="a-file-that-nothing-copies"),
        pytest.param({"a": "1", "b": "x"}, "ICRR", id="the-second-file"),
        pytest.param({"a": "x", "b": "2"}, "RRRR", id="the-first-file"),
    ],
)
def test_a_changed_file_misses_from_its_copy_on(kitchen: Any, files: dict[str, str], outcomes: str) -> None:
    """What stands before it is still taken; a step is keyed by its inputs, not by its output."""
    cache = kitchen.build(TEXT).exported("main")

    assert kitchen.build(TEXT, files, cache).outcomes == outcomes


def test_a_file_that_is_written_anew_with_its_content_changes_nothing(kitchen: Any) -> None:
    """Files of the client match by content, never by definition."""
    cache = kitchen.build(TEXT).exported("main")

    assert kitchen.build(TEXT, {"a": "1", "b": "2"}, cache).outcomes == "IIIC"


def test_hits_are_the_union_of_the_caches(kitchen: Any) -> None:
    """A chain goes on from one cache to another, since links are by key (solver/combinedcache.go)."""
    older = kitchen.build("FROM scratch\nCOPY a /\nRUN one\n").exported("older")
    other = kitchen.build(TEXT, {"a": "1", "b": "x"}).exported("other")
    built = kitchen.build(TEXT, {"a": "1", "b": "2"}, older, other)

    assert built.outcomes == "ICRR"
    assert built.origins == ["older", "older", None, None]


def test_the_first_cache_on_the_line_is_named(kitchen: Any) -> None:
    """Which one BuildKit takes is a race; the verdict is the same."""
    cold = kitchen.build(TEXT)
    built = kitchen.build(TEXT, {"a": "1", "b": "2"}, cold.exported("one"), cold.exported("two"))

    assert built.origins == ["one"] * 4


@pytest.mark.parametrize(("order", "source"), [("full short", "full"), ("short full", "short")])
def test_where_one_cache_ends_early_the_rest_is_a_race(kitchen: Any, order: str, source: str) -> None:
    """BuildKit may follow the one that ends, and run what only the other one holds; both orders were seen."""
    caches = {
        "full": kitchen.build(TEXT).exported("full"),
        "short": kitchen.build("FROM scratch\nCOPY a /\nRUN one\n").exported("short"),
    }
    built = kitchen.build(TEXT, {"a": "1", "b": "2"}, *(caches[name] for name in order.split()))

    assert built.outcomes == "ICUU"
    assert built.origins == [source, source, "full", "full"]


def test_a_cache_that_shares_only_the_base_image_is_in_nobodys_way(kitchen: Any) -> None:
    """Every cache has the base; of 24 builds none ran a step that the other cache held."""
    full = kitchen.build(TEXT.replace("scratch", "base")).exported("full")
    other = kitchen.build("FROM base\nRUN other\n").exported("other")

    assert kitchen.build(TEXT.replace("scratch", "base"), {"a": "1", "b": "2"}, other, full).outcomes == "IIIC"


def test_what_the_builder_itself_holds_is_no_race(kitchen: Any) -> None:
    """It is asked first, and is there."""
    own = CacheStore()
    full = kitchen.build(TEXT, own=own).exported("full")
    short = kitchen.build("FROM scratch\nCOPY a /\nRUN one\n").exported("short")

    assert kitchen.build(TEXT, {"a": "1", "b": "2"}, short, full, own=own).outcomes == "IIIC"


def test_the_builders_own_record_comes_before_an_imported_one(kitchen: Any) -> None:
    """As in solver/combinedcache.go: nothing is credited to the cache."""
    own = CacheStore()
    cache = kitchen.build(TEXT, own=own).exported("main")

    assert kitchen.build(TEXT, {"a": "1", "b": "2"}, cache, own=own).origins == [None] * 4


def test_a_changed_instruction_misses_whatever_the_files(kitchen: Any) -> None:
    """The key by definition differs."""
    cache = kitchen.build(TEXT).exported("main")
    built = kitchen.build(TEXT.replace("RUN one", "RUN uno"), {"a": "1", "b": "2"}, cache)

    assert built.outcomes == "CRRR"


def test_what_a_step_that_ran_left_behind_is_not_known(kitchen: Any) -> None:
    """If its files come out as before, the copy of them still hits: only running tells."""
    cache = kitchen.build(STAGES).exported("main")
    built = kitchen.build(STAGES, {"a": "x"}, cache)

    assert built.outcomes == "RRUU"


def test_without_a_cache_of_the_copy_there_is_nothing_to_hope_for(kitchen: Any) -> None:
    """A copy from a stage that ran surely runs when no cache holds one like it."""
    assert kitchen.build(STAGES, {"a": "x"}).outcomes == "RRRR"


def test_a_stage_is_not_worked_out_where_the_copy_of_it_hits(kitchen: Any) -> None:
    """The last step is in the cache; nothing before it is asked for (solver/edge.go)."""
    cache = kitchen.build(STAGES).exported("main")

    assert kitchen.build(STAGES, {"a": "1"}, cache).outcomes == "IIIC"


def test_no_cache_takes_nothing(kitchen: Any) -> None:
    """`--no-cache` looks no record up, and still writes them."""
    cache = kitchen.build(TEXT).exported("main")
    built = kitchen.build(TEXT, {"a": "1", "b": "2"}, cache, options=["--no-cache"])

    assert built.outcomes == "RRRR"


def test_a_file_that_is_not_there_ends_the_build(kitchen: Any) -> None:
    """The content of a copy is asked for before it runs."""
    with pytest.raises(MissingPathError):
        kitchen.build(TEXT, {"a": "1"})
