"""JSON as `fromJSON` reads it and `toJSON` writes it.

Both work without recursion of their own, so that no depth of data can exhaust the stack.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_cicache.expressions._values import Kind, Value, fold, kind_of, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The depth at which the reader that GitHub uses (Newtonsoft.Json 13) gives up.
_MAX_DEPTH = 64
_STRUCTURE = re.compile(r'"(?>(?:[^"\\]|\\.)*)"?|[\[{]|[\]}]', re.DOTALL)
_END: Any = object()


def read_json(text: str) -> Value:
    """Read one JSON value; raises ValueError where it is none or nests deeper than 64 levels.

    What comes behind an object or a list is not looked at (actions/runner, FromJson.cs: `JToken.ReadFrom`).
    """
    if _is_too_deep(text):
        raise ValueError(f"nested deeper than {_MAX_DEPTH} levels")
    decoder = json.JSONDecoder(object_pairs_hook=_object, parse_int=float, parse_float=float, parse_constant=_refuse)
    value: Value
    if text.lstrip()[:1] in ("{", "["):
        value, _ = decoder.raw_decode(text.lstrip())
    else:
        value = decoder.decode(text)
    return value


def _is_too_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= _MAX_DEPTH:
        return False
    depth = 0
    for part in _STRUCTURE.finditer(text):
        depth += (part[0] in "[{") - (part[0] in "]}")
        if depth > _MAX_DEPTH:
            return True
    return False


def _refuse(word: str) -> Value:
    raise ValueError(f"{word} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len({fold(key) for key in members}) == len(members):
        return members
    # Keys that differ only in case are one key: the first spelling stays, the last value wins.
    spelling: dict[str, str] = {}
    return {spelling.setdefault(fold(key), key): value for key, value in pairs}


@dataclass(slots=True)
class _Open:
    """A collection being written: the items that remain and how it ends."""

    items: Iterator[Any]
    closing: str
    separator: str = ""


def write_json(value: Any, write: Callable[[str], object]) -> None:
    """Write a value the way `toJSON` does, piece by piece: two spaces of indentation, line feeds."""
    stack: list[_Open] = []
    _begin(value, write, stack)
    while stack:
        current = stack[-1]
        item: Any = next(current.items, _END)
        if item is _END:
            stack.pop()
            write("\n" + "  " * len(stack) + current.closing)
            continue
        write(current.separator + "\n" + "  " * len(stack))
        current.separator = ","
        if current.closing == "}":
            key, item = item
            write(_quoted(key) + ": ")
        _begin(item, write, stack)


def _begin(value: Any, write: Callable[[str], object], stack: list[_Open]) -> None:
    match kind_of(value):
        case Kind.ARRAY if value:
            write("[")
            stack.append(_Open(iter(value), "]"))
        case Kind.OBJECT if value:
            write("{")
            stack.append(_Open(iter(value.items()), "}"))
        case kind:
            write(_scalar(kind, value))


def _scalar(kind: Kind, value: Any) -> str:
    words = {Kind.NULL: "null", Kind.ARRAY: "[]", Kind.OBJECT: "{}"}
    if kind is Kind.STRING:
        return _quoted(value)
    return words.get(kind) or to_text(value)


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    if quoted.isascii():
        return quoted
    for line_end in ("\x85", "\u2028", "\u2029"):
        quoted = quoted.replace(line_end, f"\\u{ord(line_end):04x}")
    return quoted
