"""How the rest of an instruction is split: JSON arrays, name=value pairs, words with their quotes kept."""

from __future__ import annotations

import json
import re

from pytest_cicache.errors import DockerfileError

__all__ = ["WordsError", "json_words", "name_values", "quoted_words", "words_or_json"]

_SPACES = re.compile(r"[\t\v\f\r ]+")


class WordsError(DockerfileError):
    """The words of an instruction cannot be split; BuildKit says so without naming the line."""


def json_words(rest: str) -> tuple[str, ...] | None:
    """The strings of `["a", "b"]`; `None` when it is no JSON array. An array of other things is an error."""
    if not rest.lstrip().startswith("["):
        return None
    try:
        value = json.loads(rest)
    except ValueError:
        return None
    if not all(isinstance(item, str) for item in value):
        raise WordsError("when using JSON array syntax, arrays must be comprised of strings only")
    return tuple(value)


def words_or_json(rest: str) -> tuple[str, ...]:
    """A JSON array's strings, else the words between spaces."""
    found = json_words(rest)
    if found is not None:
        return found
    return tuple(_SPACES.split(rest)) if rest else ()


def name_values(rest: str, keyword: str, escape: str) -> tuple[tuple[str, str], ...]:
    """The pairs of ENV and LABEL; the old form `NAME value` is one pair."""
    words = quoted_words(rest, escape)
    if not words:
        raise DockerfileError(f"{keyword} requires at least one argument")
    if "=" not in words[0]:
        parts = _SPACES.split(rest, maxsplit=1)
        if len(parts) < 2:
            raise WordsError(f"{keyword} must have two arguments")
        return ((parts[0], parts[1]),)
    return tuple(_pair(word, keyword) for word in words)


def quoted_words(rest: str, escape: str) -> tuple[str, ...]:
    """Split at spaces outside quotes; quotes and escapes stay in the words."""
    words: list[str] = []
    word, quote, position = "", "", 0
    while position < len(rest):
        char = rest[position]
        position += 1
        if not quote and char.isspace():
            words += [word] if word else []
            word = ""
        elif char == escape and quote != "'":
            word += rest[position - 1 : position + 1] if position < len(rest) else ""
            position += 1
        else:
            quote = "" if char == quote else quote or (char if char in "'\"" else "")
            word += char
    return tuple([*words, word] if word else words)


def _pair(word: str, keyword: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals:
        raise WordsError(f'Syntax error - can\'t find = in "{word}". Must be of the form: name=value')
    if not name:
        raise DockerfileError(f"{keyword} names can not be blank")
    return name, value
