from __future__ import annotations

import pytest

from pytest_cicache.actionscache._content import EntryContent, Extent, read_range


def test_blocks_that_come_mixed_are_put_together_in_the_order_of_the_list() -> None:
    content = EntryContent()
    first: list[Extent] = []
    second: list[Extent] = []
    for pieces, data in ((first, b"ab"), (second, b"XY"), (first, b"cd"), (second, b"Z"), (second, b"!")):
        content.append(pieces, data)
    content.blocks = {"one": first, "two": second}

    committed = content.commit(["two", "one"])

    assert committed
    assert content.size == 8
    assert b"".join(content.read(0, 8)) == b"XYZ!abcd"
    assert b"".join(content.read(3, 6)) == b"!ab"
    assert second == [(2, 2), (6, 2)]
    content.close()


def test_a_list_with_an_unknown_block_commits_nothing() -> None:
    content = EntryContent(blocks={"one": []})

    assert not content.commit(["one", "two"])
    assert content.blocks == {"one": []}
    content.close()


def test_pieces_with_places_are_sorted_by_them() -> None:
    content = EntryContent()
    late: list[Extent] = []
    early: list[Extent] = []
    content.append(late, b"world")
    content.append(early, b"hello ")

    content.commit_at({6: late, 0: early})

    assert b"".join(content.read(0, 11)) == b"hello world"
    content.close()


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("", (0, 10)),
        ("bytes=0-3", (0, 4)),
        ("bytes=4-", (4, 10)),
        ("bytes=8-99", (8, 10)),
        ("bytes=10-", None),
        ("bytes=5-4", None),
        ("bytes=-3", (0, 10)),
        ("lines=a-b", (0, 10)),
    ],
)
def test_ranges(header: str, asked: tuple[int, int] | None) -> None:
    assert read_range(header, 10) == asked
