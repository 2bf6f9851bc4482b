"""What a command line tool that calls the API is given, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_cicache.githubapi._wire import ApiCall, ApiReply

__all__ = ["Elsewhere", "ToolEnd", "ToolWorld", "split_options"]


class Elsewhere(Exception):  # noqa: N818 - no error: the call is not for the API
    """The command has nothing to do with the API, or does with it what is not simulated; says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolWorld:
    """`answer` is the API, `read` gives the content of a file or of standard input (`-`)."""

    answer: Callable[[ApiCall], ApiReply]
    environment: Mapping[str, str]
    read: Callable[[str], bytes]
    bases: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class ToolEnd:
    """What is printed, what is written to files, and the exit status.

    `jq` is a filter that stdout goes through before it is printed.
    """

    stdout: bytes = b""
    stderr: str = ""
    status: int = 0
    jq: str | None = None
    files: dict[str, bytes] = field(default_factory=dict)


def split_options(
    words: Sequence[str], *, values: Mapping[str, str], flags: Mapping[str, str]
) -> tuple[list[str], list[tuple[str, str]]]:
    """Split words into what stands by itself and options with their values, by long name.

    `values` and `flags` give the long name of each option, those of one letter too, which may be run together
    (`-sSfL`, `-XPOST`). Raises Elsewhere for an option that is in neither.
    """
    alone: list[str] = []
    options: list[tuple[str, str]] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            alone.append(word)
            continue
        name, equals, text = word.partition("=")
        if name in values:
            if not equals and not rest:
                raise Elsewhere(f"the option {name} lacks its value")
            options.append((values[name], text if equals else rest.pop(0)))
        elif word in flags:
            options.append((flags[word], ""))
        elif not word.startswith("--") and len(word) > 2 and word[:2] in flags:
            options.append((flags[word[:2]], ""))
            rest.insert(0, f"-{word[2:]}")
        elif not word.startswith("--") and word[:2] in values:
            options.append((values[word[:2]], word[2:]))
        else:
            raise Elsewhere(f"the option {word} is not simulated")
    return alone, options
