"""The environment files of a step: GITHUB_OUTPUT, GITHUB_ENV and GITHUB_PATH.

Rules and texts: actions/runner, src/Runner.Worker/FileCommandManager.cs.
"""

from __future__ import annotations

__all__ = ["FileCommandError", "read_lines", "read_pairs"]


class FileCommandError(Exception):
    """A file's text breaks its format; the step fails with this message."""


def read_pairs(text: str) -> dict[str, str]:
    """Return the `NAME=VALUE` and `NAME<<DELIMITER` entries; a later one of the same name wins."""
    pairs: dict[str, str] = {}
    lines = text.split("\n")
    ends_open = not text.endswith("\n")
    position = 0
    while position < len(lines):
        line = lines[position]
        position += 1
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, value = line[:equals], line[equals + 1 :]
        elif heredoc >= 0:
            name, delimiter = line[:heredoc], line[heredoc + 2 :]
            if not name or not delimiter:
                message = f"Invalid format '{line}'. Name must not be empty and delimiter must not be empty"
                raise FileCommandError(message)
            value, position = _heredoc(lines, position, delimiter, ends_open=ends_open)
        else:
            raise FileCommandError(f"Invalid format '{line}'")
        pairs[name] = value
    return pairs


def _heredoc(lines: list[str], start: int, delimiter: str, *, ends_open: bool) -> tuple[str, int]:
    for position in range(start, len(lines)):
        if lines[position] == delimiter:
            return "\n".join(lines[start:position]), position + 1
    if ends_open and len(lines) > start:
        raise FileCommandError("Invalid value. EOF marker missing new line.")
    raise FileCommandError(f"Invalid value. Matching delimiter not found '{delimiter}'")


def read_lines(text: str) -> list[str]:
    """Return the lines of GITHUB_PATH that are not empty."""
    return [line for line in text.split("\n") if line]
