"""The node types by themselves."""

from __future__ import annotations

from pytest_cicache.workflow import Mapping, Position, Scalar, Sequence, has_template

PLACE = Position(path="w.yml", line=1, column=1)


def _scalar(value: str | float | bool | None) -> Scalar:
    return Scalar(value=value, text=str(value), position=PLACE)


def test_a_mapping_gives_its_entries_by_name_and_in_order() -> None:
    """Names are exact; the order is that of the file."""
    mapping = Mapping(entries=((_scalar("b"), _scalar(1.0)), (_scalar("a"), _scalar("x"))), position=PLACE)

    assert mapping.keys == ("b", "a")
    assert mapping.get("a") == _scalar("x")
    assert mapping.get("A") is None
    assert mapping.key("b") == _scalar("b")
    assert mapping.key("c") is None
    assert [name for name, _ in mapping.items()] == ["b", "a"]
    assert mapping.to_data() == {"b": 1.0, "a": "x"}


def test_a_sequence_is_iterable() -> None:
    """Its items are nodes."""
    sequence = Sequence(items=(_scalar("a"), _scalar(None)), position=PLACE)

    assert [item.to_data() for item in sequence] == ["a", None] == sequence.to_data()


def test_a_template_is_seen_at_any_depth() -> None:
    """In a scalar, an item, a key or a value; numbers are none."""
    template, plain = _scalar("${{ 1 }}"), _scalar("1")

    assert has_template(template)
    assert has_template(Sequence(items=(plain, template), position=PLACE))
    assert has_template(Mapping(entries=((template, plain),), position=PLACE))
    assert has_template(Mapping(entries=((plain, template),), position=PLACE))
    assert not has_template(Mapping(entries=((plain, _scalar(1.0)),), position=PLACE))
    assert not has_template(None)
