"""What Go's standard library makes of a text, with its error words: docker, buildx and BuildKit are Go programs."""

from __future__ import annotations

import json

from pytest_cicache.errors import DockerfileError

__all__ = ["Json", "fields", "go_bool", "go_escaped", "go_json", "key_values", "parse_bool"]

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

_ESCAPES = {"&": "\\u0026", "<": "\\u003c", ">": "\\u003e", "\u2028": "\\u2028", "\u2029": "\\u2029"}


_BOOLS = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}


def parse_bool(text: str) -> bool | None:
    """What strconv.ParseBool makes of a text, `None` where it cannot read it."""
    return _BOOLS.get(text)


def go_bool(text: str) -> bool:
    """Whether strconv.ParseBool reads a text as true; what it cannot read counts as false."""
    return parse_bool(text) is True


def go_json(value: Json) -> str:
    """`value` as encoding/json writes a struct: no spaces, given order, HTML characters escaped."""
    return go_escaped(json.dumps(value, separators=(",", ":"), ensure_ascii=False))


def go_escaped(text: str) -> str:
    """JSON with the characters of HTML escaped."""
    for character, escape in _ESCAPES.items():
        if character in text:
            text = text.replace(character, escape)
    return text


def fields(text: str) -> tuple[str, ...]:
    """Split one line of encoding/csv at commas; a field may be quoted, a quote in it doubled.

    Raises DockerfileError in encoding/csv's words, columns counted from 1.
    """
    found: list[str] = []
    position = 0
    while True:
        if text.startswith('"', position):
            value, position = _quoted(text, position + 1)
        else:
            value, position = _bare(text, position)
        found.append(value)
        if position >= len(text):
            return tuple(found)
        position += 1


def key_values(text: str) -> tuple[tuple[str, str | None], ...]:
    """The fields of `text` as key and value; the value is `None` where there is no `=`."""
    pairs = (field.partition("=") for field in fields(text))
    return tuple((key, value if equals else None) for key, equals, value in pairs)


def _bare(text: str, start: int) -> tuple[str, int]:
    end = text.find(",", start)
    end = len(text) if end < 0 else end
    value = text[start:end]
    if '"' in value:
        column = start + value.index('"') + 1
        raise DockerfileError(f'parse error on line 1, column {column}: bare " in non-quoted-field')
    return value, end


def _quoted(text: str, start: int) -> tuple[str, int]:
    value = ""
    while True:
        end = text.find('"', start)
        if end < 0:
            column = len(text) + 1
            raise DockerfileError(f'parse error on line 1, column {column}: extraneous or missing " in quoted-field')
        value += text[start:end]
        if text.startswith('"', end + 1):
            value, start = value + '"', end + 2
        elif end + 1 == len(text) or text[end + 1] == ",":
            return value, end + 1
        else:
            raise DockerfileError(f'parse error on line 1, column {end + 1}: extraneous or missing " in quoted-field')
