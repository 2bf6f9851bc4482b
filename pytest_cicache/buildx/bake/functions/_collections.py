"""Lists, maps and sets (go-cty cty/function/stdlib/collection.go, sequence.go, set.go)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from fractions import Fraction

from pytest_cicache.buildx.bake.functions._parameters import (
    anything,
    function,
    nullable,
    number,
    sequence,
    setlike,
    text,
    texts,
    whole,
)
from pytest_cicache.buildx.bake.hcl import (
    FunctionProblem,
    HclFunction,
    MapValue,
    SetValue,
    Value,
    ValueProblem,
    elements,
    equal,
    to_text,
    type_name,
)

__all__ = ["COLLECTIONS"]

_NO_COLLECTION = "collection must be a list, a map or a tuple"


def _chunks(items: Value, size: Fraction) -> Value:
    values, length = sequence(items, 0, "list of any single type required"), whole(size, lead="invalid size: ")
    if length < 0:
        raise ValueProblem("the size argument must be positive")
    if length == 0:
        return [values]
    return [values[start : start + length] for start in range(0, len(values), length)]


def _coalesce(*values: Value) -> Value:
    if not values:
        raise ValueProblem("at least one argument is required")
    found = next((value for value in values if value is not None), None)
    if found is None:
        raise ValueProblem("no non-null arguments")
    is_text = any(isinstance(value, str) for value in values)
    return to_text(found) if is_text and isinstance(found, (bool, Fraction)) else found


def _coalesce_list(*values: Value) -> Value:
    if not values:
        raise ValueProblem("at least one argument is required")
    for value in values:
        if not isinstance(value, (list, tuple)):
            raise ValueProblem("coalescelist arguments must be lists or tuples")
        if value:
            return value
    raise ValueProblem("no non-null arguments")


def _concat(*lists: Value) -> Value:
    if not lists:
        raise ValueProblem("at least one argument is required")
    found: list[Value] = []
    for index, items in enumerate(lists):
        if not isinstance(items, (list, tuple)):
            raise FunctionProblem("all arguments must be lists or tuples; got " + type_name(items), index)
        found += items
    return found


def _contains(items: Value, wanted: Value) -> Value:
    if not isinstance(items, (list, tuple, SetValue)):
        raise ValueProblem("argument must be list, tuple, or set")
    return any(equal(item, wanted) for item in items)


def _distinct(items: Value) -> Value:
    found: list[Value] = []
    for item in sequence(items, 0, "list of any single type required"):
        if not any(equal(item, other) for other in found):
            found.append(item)
    return found


def _element(items: Value, index: Fraction) -> Value:
    if not isinstance(items, (list, tuple)):
        raise ValueProblem(f"cannot read elements from {type_name(items)}")
    place = whole(index, lead="invalid index: ")
    if place < 0:
        raise ValueProblem("cannot use element function with a negative index")
    if not items:
        raise ValueProblem("cannot use element function with an empty list")
    found: Value = items[place % len(items)]
    return found


def _flatten(items: Value) -> Value:
    if not isinstance(items, (list, tuple, SetValue)):
        raise ValueProblem("can only flatten lists, sets and tuples")
    found: list[Value] = []
    for item in items:
        if isinstance(item, (list, tuple, SetValue)):
            inner = _flatten(item)
            assert isinstance(inner, list)
            found += inner
        else:
            found.append(item)
    return found


def _has_index(items: Value, key: Value) -> Value:
    if isinstance(items, MapValue):
        return isinstance(key, str) and key in items
    if isinstance(items, (list, tuple)):
        return isinstance(key, Fraction) and key.denominator == 1 and 0 <= key < len(items)
    raise ValueProblem(_NO_COLLECTION)


def _index(items: Value, key: Value) -> Value:
    if not isinstance(items, (MapValue, list, tuple)):
        raise ValueProblem(_NO_COLLECTION)
    if not _has_index(items, key):
        raise ValueProblem("invalid index")
    found: Value = items[str(key)] if isinstance(items, dict) else items[int(key)]  # type: ignore[arg-type]
    return found


def _index_of(items: Value, wanted: Value) -> Value:
    if not isinstance(items, (list, tuple)):
        raise ValueProblem("argument must be a list or tuple")
    if not items:
        raise ValueProblem("cannot search an empty list")
    for place, item in enumerate(items):
        if equal(item, wanted):
            return Fraction(place)
    raise ValueProblem("item not found")


def _keys(items: Value) -> Value:
    if not isinstance(items, dict):
        raise FunctionProblem("must have map or object type", 0)
    return [key for key, _ in elements(items) or ()]


def _values(items: Value) -> Value:
    if not isinstance(items, dict):
        raise ValueProblem("values() requires a map as the first argument")
    return [value for _, value in elements(items) or ()]


def _length(items: Value) -> Value:
    if not isinstance(items, (MapValue, list, tuple, SetValue)):
        raise ValueProblem(_NO_COLLECTION)
    return Fraction(len(items))


def _lookup(items: Value, key: str, default: Value) -> Value:
    if not isinstance(items, dict):
        raise FunctionProblem("lookup() requires a map as the first argument", 0)
    return items.get(key, default)


def _merge(*maps: Value) -> Value:
    found: dict[str, Value] = {}
    for items in maps:
        if items is None:
            continue
        if not isinstance(items, dict):
            raise ValueProblem(f'arguments must be maps or objects, got "{type_name(items)}"')
        found |= items
    return found


def _range(*numbers: Fraction) -> Value:
    match numbers:
        case (end,):
            start, step = Fraction(0), Fraction(-1 if end < 0 else 1)
        case start, end:
            step = Fraction(-1 if end < start else 1)
        case start, end, step:
            pass
        case _:
            raise ValueProblem("must have one, two, or three arguments")
    if (step < 0 and end > start) or (step > 0 and end < start):
        which = ("less", "negative") if step < 0 else ("greater", "positive")
        raise FunctionProblem(f"end must be {which[0]} than start when step is {which[1]}", 1)
    found: list[Value] = []
    while (start > end) if step < 0 else (start < end):
        if len(found) >= 1024:
            raise ValueProblem(
                "more than 1024 values were generated; either decrease the difference between start and end or use a "
                "smaller step"
            )
        found.append(start)
        start += step
    return found


def _reverse(items: Value) -> Value:
    return sequence(items, 0, f"can only reverse list or tuple values, not {type_name(items)}")[::-1]


def _slice(items: Value, start: Fraction, end: Fraction) -> Value:
    if not isinstance(items, (list, tuple)):
        raise FunctionProblem("must be a list or tuple value", 0)
    first, last = whole(start, lead="invalid start index: "), whole(end, lead="invalid end index: ")
    for place, value, name in ((1, first, "start"), (2, last, "end")):
        if value < 0:
            raise FunctionProblem(f"{name} index must not be less than zero", place)
        if value > len(items):
            raise FunctionProblem(f"{name} index must not be greater than the length of the list", place)
    if first > last:
        raise FunctionProblem("start index must not be greater than end index", 1)
    return list(items[first:last])


def _product(*sets: Value) -> Value:
    if len(sets) < 2:
        raise ValueProblem("at least two arguments are required")
    lists = [sequence(items, index, "a set or a list is required") for index, items in enumerate(sets)]
    found: list[Value] = [list(row) for row in itertools.product(*lists)]
    return SetValue(found) if any(isinstance(items, SetValue) for items in sets) else found


def _zip(keys: list[str], values: Value) -> Value:
    if not isinstance(values, (list, tuple)):
        raise ValueProblem("values argument must be a list or tuple value")
    if len(keys) != len(values):
        raise ValueProblem(f"number of keys ({len(keys)}) does not match number of values ({len(values)})")
    return dict(zip(keys, values, strict=True))


def _has(items: Value, wanted: Value) -> bool:
    assert isinstance(items, SetValue)
    return any(equal(item, wanted) for item in items)


def _combined(keep: Callable[[bool, bool], bool]) -> Callable[..., Value]:
    def run(first: SetValue, *others: SetValue) -> Value:
        found = first
        for other in others:
            every = SetValue([*found, *other])
            found = SetValue(item for item in every if keep(_has(found, item), _has(other, item)))
        return found

    return run


def _sets(keep: Callable[[bool, bool], bool]) -> HclFunction:
    return function(_combined(keep), setlike("first_set"), more=setlike("other_sets"))


COLLECTIONS: Mapping[str, HclFunction] = {
    "chunklist": function(_chunks, anything("list"), number("size")),
    "coalesce": function(_coalesce, more=nullable("vals")),
    "coalescelist": function(_coalesce_list, more=anything("vals")),
    "compact": function(lambda items: [item for item in items if item not in ("", None)], texts("list")),
    "concat": function(_concat, more=anything("seqs")),
    "contains": function(_contains, anything("list"), anything("value")),
    "distinct": function(_distinct, anything("list")),
    "element": function(_element, anything("list"), number("index")),
    "flatten": function(_flatten, anything("list")),
    "hasindex": function(_has_index, anything("collection"), anything("key")),
    "index": function(_index, anything("collection"), anything("key")),
    "indexof": function(_index_of, anything("list"), anything("value")),
    "keys": function(_keys, anything("inputMap")),
    "length": function(_length, anything("collection")),
    "lookup": function(_lookup, anything("inputMap"), text("key"), anything("default")),
    "merge": function(_merge, more=nullable("maps")),
    "range": function(_range, more=number("params")),
    "reverselist": function(_reverse, anything("list")),
    "sethaselement": function(_has, setlike("set"), anything("elem")),
    "setintersection": _sets(lambda first, second: first and second),
    "setproduct": function(_product, more=anything("sets")),
    "setsubtract": function(_combined(lambda first, second: first and not second), setlike("a"), setlike("b")),
    "setsymmetricdifference": _sets(lambda first, second: first != second),
    "setunion": _sets(lambda first, second: first or second),
    "slice": function(_slice, anything("list"), number("start_index"), number("end_index")),
    "values": function(_values, anything("mapping")),
    "zipmap": function(_zip, texts("keys"), anything("values")),
}
