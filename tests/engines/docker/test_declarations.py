"""What bash prints of its variables is read back as it was."""

from __future__ import annotations

import os
import subprocess

import pytest

from pytest_cicache.engines.docker._declarations import read_declarations

VALUES = {
    "PLAIN": "value",
    "EMPTY": "",
    "SPACES": "  two words ",
    "QUOTES": """a "double" and a 'single' one""",
    "SHELL_WORDS": r"$HOME `id` $(id) \ \\ \n ! #",
    "LINES": "first\nsecond\n\nlast\n",
    "LOOKS_DECLARED": '"\ndeclare -x FORGED="yes"\n',
    "LOOKS_ANSI": "$'\\n'",
    "CONTROLS": "".join(map(chr, [*range(1, 32), 127])),
    "LETTERS": "grün 漢字 🐚",
}


def declared(**environment: str | bytes) -> dict[str, str]:
    path = {"PATH": os.environ["PATH"]}
    printed = subprocess.run(
        ["bash", "-c", "declare -px"], env={**path, **environment}, capture_output=True, check=True
    ).stdout
    return read_declarations(printed)


@pytest.mark.parametrize("settings", [{}, {"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8"}, {"POSIXLY_CORRECT": "1"}], ids=str)
def test_every_value_is_read_as_it_was_given(settings: dict[str, str]) -> None:
    """Whatever the locale and the mode of the shell."""
    found = declared(**VALUES, **settings)
    assert {name: found.get(name) for name in VALUES} == VALUES
    assert "FORGED" not in found


def test_bytes_that_are_no_text_survive() -> None:
    """They are what `os.environ` has for them."""
    assert declared(BINARY=b"\xff\x80 end")["BINARY"] == os.fsdecode(b"\xff\x80 end")


def test_what_older_shells_print_is_read() -> None:
    """bash 3.2 puts lines and controls into double quotes; a name without a value, or not exported, is none."""
    printed = (
        b'declare -x LINES="a\n\\"b\\" \\$c\x01"\ndeclare -x NOTHING\ndeclare -rx SHELLOPTS="braceexpand:hashall"\n'
    )
    assert read_declarations(printed) == {"LINES": 'a\n"b" $c\x01', "SHELLOPTS": "braceexpand:hashall"}
