"""The variables that a bash hands on, as its `declare -px` prints them (bash 3.2 to 5.3, lib/sh/shquote.c).

A value stands in double quotes, or in `$'…'` where it holds what is not printable. bash 3.2 prints the others, too.
"""

from __future__ import annotations

import re

__all__ = ["read_declarations"]

_DECLARATION = re.compile(
    rb"^declare -\w*x\w* (?P<name>\w+)="
    rb"(?:\"(?P<plain>[^\"\\]*(?:\\.[^\"\\]*)*)\"|\$'(?P<ansi>[^'\\]*(?:\\.[^'\\]*)*)')$",
    re.DOTALL | re.MULTILINE,
)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_ANSI_ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_CONTROLS = {b"a": b"\a", b"b": b"\b", b"E": b"\x1b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def read_declarations(printed: bytes) -> dict[str, str]:
    """The exported variables that have a value, by name; bytes that are no UTF-8 stay as surrogates."""
    found: dict[str, str] = {}
    for declaration in _DECLARATION.finditer(printed):
        plain = declaration["plain"]
        value = _ANSI_ESCAPED.sub(_control, declaration["ansi"]) if plain is None else _ESCAPED.sub(rb"\1", plain)
        found[declaration["name"].decode()] = value.decode(errors="surrogateescape")
    return found


def _control(escaped: re.Match[bytes]) -> bytes:
    code = escaped[1]
    return bytes([int(code, 8) & 0xFF]) if code.isdigit() else _CONTROLS.get(code, code)
