"""How pflag reads a command line, and the flags of the buildx commands (buildx 0.29); no meaning yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_cicache.errors import DockerfileError
from pytest_cicache.golang import parse_bool

__all__ = ["BAKE", "BUILD", "GLOBAL_VALUES", "USAGE", "Flags", "Words", "read_flags", "read_words"]

# docker's own flags that take a value, before the command: `docker --help`.
GLOBAL_VALUES = frozenset(("--config", "-c", "--context", "-H", "--host", "-l", "--log-level"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """The flags of one command: those that take a value, those that do not, their letters, and its usage line."""

    command: str
    usage: str
    values: frozenset[str]
    booleans: frozenset[str]
    short: Mapping[str, str]

    @property
    def help(self) -> str:
        """What follows an error about the command line."""
        return f"\n\nUsage:  {self.usage}\n\nRun '{self.command} --help' for more information"


_BUILD_VALUES = (
    "add-host allow annotation attest build-arg build-context builder cache-from cache-to call cgroup-parent "
    "file iidfile label metadata-file network no-cache-filter output platform progress provenance sbom "
    "secret shm-size ssh tag target ulimit print "
    # hidden: the legacy builder's, accepted and without effect
    "cpu-period cpu-quota cpu-shares cpuset-cpus cpuset-mems isolation memory memory-swap security-opt"
)
_BUILD_BOOLEANS = "check debug load no-cache pull push quiet help compress force-rm rm squash"
_BUILD_SHORT = "D=debug c=cpu-shares f=file h=help m=memory o=output q=quiet t=tag"
_BAKE_VALUES = "allow builder call file list metadata-file progress provenance sbom set var"
_BAKE_BOOLEANS = "check debug help list-targets list-variables load no-cache print pull push"


def _short(text: str) -> dict[str, str]:
    return {item[0]: item[2:] for item in text.split()}


BUILD = Flags(
    command="docker buildx build",
    usage="docker buildx build [OPTIONS] PATH | URL | -",
    values=frozenset(_BUILD_VALUES.split()),
    booleans=frozenset(_BUILD_BOOLEANS.split()),
    short=_short(_BUILD_SHORT),
)
BAKE = Flags(
    command="docker buildx bake",
    usage="docker buildx bake [OPTIONS] [TARGET...]",
    values=frozenset(_BAKE_VALUES.split()),
    booleans=frozenset(_BAKE_BOOLEANS.split()),
    short=_short("D=debug f=file h=help"),
)
"""`var` came with buildx 0.31."""

USAGE = BUILD.help


@dataclass(slots=True)
class Words:
    """A command line taken apart: the values of each flag in order, and the positional words."""

    values: dict[str, list[str]] = field(default_factory=dict)
    positional: list[str] = field(default_factory=list)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value given for a flag."""
        return tuple(self.values.get(name, ()))

    def has(self, *names: str) -> bool:
        """Whether one of these flags is given."""
        return any(name in self.values for name in names)

    def last(self, *names: str) -> str | None:
        """The value that counts for a flag that may stand once, by any of its names; `None` when it is not given."""
        found = [value for name in names for value in self.values.get(name, ())]
        return found[-1] if found else None

    def truth(self, name: str) -> bool:
        """The value of a flag that is on or off."""
        return parse_bool(self.last(name) or "") is True


def read_flags(argv: Sequence[str], flags: Flags = BUILD) -> Words:
    """Read the words after the command; flags and positional words may mix, `--` ends the flags.

    Raises DockerfileError with exit code 125 in pflag's words, followed by the usage lines.
    """
    return _Reading(flags, list(argv)).words()


def read_words(words: Sequence[str], *, values: Collection[str] = (), stop_early: bool = False) -> Words:
    """Take a command line apart whose flags are not all known, and stay as written, with their dashes.

    Those in `values` take a value. With `stop_early` the first other word ends them, as before a command.
    """
    read = Words()
    pending = list(words)
    while pending:
        word = pending.pop(0)
        if word == "--" or (stop_early and not word.startswith("-")):
            read.positional += pending if word == "--" else [word, *pending]
            break
        if not word.startswith("-") or word == "-":
            read.positional.append(word)
            continue
        name, equals, value = word.partition("=")
        if not equals and not word.startswith("--") and len(word) > 2 and word[:2] in values:
            name, value, equals = word[:2], word[2:], "="
        if not equals and name in values:
            value = pending.pop(0) if pending else ""
        read.values.setdefault(name, []).append(value)
    return read


class _Reading:
    def __init__(self, flags: Flags, rest: list[str]) -> None:
        self._flags = flags
        self._rest = rest
        self._words = Words()

    def words(self) -> Words:
        while self._rest:
            word = self._rest.pop(0)
            if word == "--":
                self._words.positional += self._rest
                break
            if word.startswith("--"):
                self._long(word)
            elif word.startswith("-") and word != "-":
                self._short(word)
            else:
                self._words.positional.append(word)
        return self._words

    def _long(self, word: str) -> None:
        name, equals, value = word[2:].partition("=")
        if name not in self._flags.values | self._flags.booleans:
            raise self._wrong(f"unknown flag: --{name}")
        if equals:
            self._add(name, value)
        elif name in self._flags.booleans:
            self._add(name, "true")
        elif self._rest:
            self._add(name, self._rest.pop(0))
        else:
            raise self._wrong(f"flag needs an argument: --{name}")

    def _short(self, word: str) -> None:
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter not in self._flags.short:
                raise self._wrong(f"unknown shorthand flag: '{letter}' in {word}")
            name = self._flags.short[letter]
            if letters.startswith("="):
                self._add(name, letters[1:])
                return
            if name in self._flags.booleans:
                self._add(name, "true")
                continue
            if not letters and not self._rest:
                raise self._wrong(f"flag needs an argument: '{letter}' in {word}")
            self._add(name, letters or self._rest.pop(0))
            return

    def _add(self, name: str, value: str) -> None:
        if name in self._flags.booleans and parse_bool(value) is None:
            raise self._wrong(
                f'invalid argument "{value}" for "{self._shown(name)}" flag: strconv.ParseBool: parsing "{value}": '
                "invalid syntax"
            )
        self._words.values.setdefault(name, []).append(value)

    def _shown(self, name: str) -> str:
        short = next((letter for letter, long in self._flags.short.items() if long == name), None)
        return f"-{short}, --{name}" if short else f"--{name}"

    def _wrong(self, message: str) -> DockerfileError:
        return DockerfileError(message + self._flags.help, exit_code=125)
