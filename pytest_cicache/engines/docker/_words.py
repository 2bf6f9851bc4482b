"""Reads the command lines of the docker command's smaller commands, as its flag library does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

__all__ = ["GLOBAL_VALUES", "Words", "read_words"]

# docker's own flags that take a value, before the command: `docker --help`.
GLOBAL_VALUES = frozenset(("--config", "-c", "--context", "-H", "--host", "-l", "--log-level"))


@dataclass(slots=True)
class Words:
    """Options by name, each with the values it was given, and the words left."""

    options: dict[str, list[str]] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)

    def has(self, *names: str) -> bool:
        """Whether one of these options is given."""
        return any(name in self.options for name in names)

    def last(self, *names: str) -> str | None:
        """The value that counts, `None` when the option is not given."""
        found = [value for name in names for value in self.options.get(name, ())]
        return found[-1] if found else None


def read_words(words: Sequence[str], *, values: Collection[str] = (), stop_early: bool = False) -> Words:
    """Split a command line; options in `values` take one. With `stop_early` the first other word ends them."""
    read = Words()
    pending = list(words)
    while pending:
        word = pending.pop(0)
        if word == "--" or (stop_early and not word.startswith("-")):
            read.rest += pending if word == "--" else [word, *pending]
            break
        if not word.startswith("-") or word == "-":
            read.rest.append(word)
            continue
        name, equals, value = word.partition("=")
        if not equals and not word.startswith("--") and len(word) > 2 and word[:2] in values:
            name, value, equals = word[:2], word[2:], "="
        if not equals and name in values:
            value = pending.pop(0) if pending else ""
        read.options.setdefault(name, []).append(value)
    return read
