"""The flags of `docker buildx build` (buildx 0.29) and how pflag reads a command line; no meaning yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pytest_cicache.errors import DockerfileError

__all__ = ["BUILD_FLAGS", "Words", "read_flags"]

_VALUE = (
    "add-host allow annotation attest build-arg build-context builder cache-from cache-to call cgroup-parent "
    "file iidfile label metadata-file network no-cache-filter output platform progress provenance sbom "
    "secret shm-size ssh tag target ulimit print "
    # hidden: the legacy builder's, accepted and without effect
    "cpu-period cpu-quota cpu-shares cpuset-cpus cpuset-mems isolation memory memory-swap security-opt"
)
_BOOLEAN = "check debug load no-cache pull push quiet help compress force-rm rm squash"
_SHORT = {
    "D": "debug",
    "c": "cpu-shares",
    "f": "file",
    "h": "help",
    "m": "memory",
    "o": "output",
    "q": "quiet",
    "t": "tag",
}

BUILD_FLAGS: Mapping[str, bool] = {
    **dict.fromkeys(_VALUE.split(), True),
    **dict.fromkeys(_BOOLEAN.split(), False),
}
"""Name of each long flag, and whether it takes a value."""

_TRUE = {"1", "t", "T", "TRUE", "true", "True"}
_FALSE = {"0", "f", "F", "FALSE", "false", "False"}
USAGE = (
    "\n\nUsage:  docker buildx build [OPTIONS] PATH | URL | -\n\nRun 'docker buildx build --help' for more information"
)


@dataclass(slots=True)
class Words:
    """A command line taken apart: the values of each flag in order, and the positional words."""

    values: dict[str, list[str]] = field(default_factory=dict)
    positional: list[str] = field(default_factory=list)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value given for a flag."""
        return tuple(self.values.get(name, ()))

    def last(self, name: str) -> str | None:
        """The value that counts for a flag that may stand once."""
        return self.values[name][-1] if self.values.get(name) else None

    def truth(self, name: str) -> bool:
        """The value of a flag that is on or off."""
        return self.last(name) in _TRUE


def read_flags(argv: Sequence[str]) -> Words:
    """Read the words after `build`; flags and positional words may mix, `--` ends the flags.

    Raises DockerfileError with exit code 125 in pflag's words, followed by the usage lines.
    """
    words, rest = Words(), list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            words.positional += rest
            break
        if word.startswith("--"):
            _long(word, rest, words)
        elif word.startswith("-") and word != "-":
            _short(word, rest, words)
        else:
            words.positional.append(word)
    return words


def _long(word: str, rest: list[str], words: Words) -> None:
    name, equals, value = word[2:].partition("=")
    if name not in BUILD_FLAGS:
        raise _usage(f"unknown flag: --{name}")
    if equals:
        _add(words, name, value)
    elif not BUILD_FLAGS[name]:
        _add(words, name, "true")
    elif rest:
        _add(words, name, rest.pop(0))
    else:
        raise _usage(f"flag needs an argument: --{name}")


def _short(word: str, rest: list[str], words: Words) -> None:
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter not in _SHORT:
            raise _usage(f"unknown shorthand flag: '{letter}' in {word}")
        name = _SHORT[letter]
        if letters.startswith("="):
            _add(words, name, letters[1:])
            return
        if not BUILD_FLAGS[name]:
            _add(words, name, "true")
            continue
        if not letters and not rest:
            raise _usage(f"flag needs an argument: '{letter}' in {word}")
        _add(words, name, letters or rest.pop(0))
        return


def _add(words: Words, name: str, value: str) -> None:
    if not BUILD_FLAGS[name] and value not in _TRUE | _FALSE:
        raise _usage(
            f'invalid argument "{value}" for "{_flag(name)}" flag: strconv.ParseBool: parsing "{value}": invalid syntax'
        )
    words.values.setdefault(name, []).append(value)


def _flag(name: str) -> str:
    short = next((letter for letter, long in _SHORT.items() if long == name), None)
    return f"-{short}, --{name}" if short else f"--{name}"


def _usage(message: str) -> DockerfileError:
    return DockerfileError(message + USAGE, exit_code=125)
