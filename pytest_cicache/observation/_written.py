"""Options of docker commands as files have them: in the inputs of actions, in scripts, in bake files.

What a file has is a pattern: a variable, a command substitution and an expression that nobody can resolve stand for any
text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pytest_cicache.workflow import Mapping, Scalar, SourceLine, Step

__all__ = ["TOOLS", "BakeFileText", "Resolve", "Written", "in_bake_file", "in_script", "in_step"]

TOOLS = frozenset(("docker", "podman", "buildah", "crane", "skopeo", "oras", "regctl"))
"""Commands that work on registries."""
_HOLE = r"\$\{\{.*?\}\}"
_VALUE = rf"(?:{_HOLE}|\$\([^)]*\)|\"[^\"]*\"|'[^']*'|[^\s\"'\\)])+"
_FLAGS = "cache-from|cache-to|tag|output|set"
_SHORT = {"t": "tag", "o": "output"}
_SEPARATOR = r"(?:=|[ \t]+(?:\\\n\s*)?)"
_FLAG = re.compile(
    rf"(?P<quote>[\"'])--(?P<quoted>{_FLAGS})[= ](?P<inner>[^\"'\n]*)(?P=quote)"
    rf"|(?<![\w-])--(?P<long>{_FLAGS}){_SEPARATOR}(?P<value>{_VALUE})"
    rf"|(?<![\w-])-(?P<short>[to]){_SEPARATOR}(?P<brief>{_VALUE})"
)
_WORD = re.compile(_VALUE)
_SET = re.compile(r"[^=]*\.(?P<option>cache-from|cache-to|tags|output)\+?=(?P<value>.*)", re.DOTALL)
_QUOTED = r'"((?:\$\{[^}]*\}|[^"\\\n]|\\.)*)"'
_FIELD = re.compile(rf'"?(\w[\w-]*)"?\s*[=:]\s*{_QUOTED}')
_BAKE = re.compile(
    r"""^\s*"?(?P<key>cache[-_]from|cache[-_]to|tags|output)"?\s*[=:]"""
    r"""|^\s*(?P<other>(?:"[\w.-]+"|[A-Za-z][\w.-]*)\s*(?:=|:(?=\s)|(?="|\{)))"""
    r"""|[\[,(]\s*(?P<object>\{(?:\$\{[^}]*\}|[^{}])*\})"""
    rf"""|(?P<string>{_QUOTED})|^\s*-\s+(?P<item>[^\s"'#][^\n#]*)""",
    re.MULTILINE,
)
Resolve = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Written:
    """One option or word as a file has it: `name` without dashes, and where it stands, `file:line:column`."""

    name: str
    text: str
    where: str


@dataclass(frozen=True, slots=True)
class BakeFileText:
    """A bake file that a step read: its path in the repository, and its text."""

    path: str
    text: str


def in_step(step: Step, resolve: Resolve = str) -> Iterator[Written]:
    """The options of a step: the lines of an action's inputs, or those of its script.

    `resolve` gives a text with the values of its expressions.
    """
    if step.run is not None:
        for each in in_script(step.run.source, _file(step.run)):
            yield replace(each, text=resolve(each.text))
    elif isinstance(step.with_, Mapping):
        for key, node in step.with_.entries:
            if isinstance(node, Scalar):
                yield from _in_input(str(key.value).lower(), node, resolve)


def in_script(lines: Sequence[SourceLine], file: str) -> Iterator[Written]:
    """The options that a script gives to any command, and the words of those that work on registries."""
    text = "\n".join(line.text for line in lines)
    starts = _starts(lines)
    for found in _FLAG.finditer(text):
        name = found["quoted"] or found["long"] or _SHORT[found["short"]]
        value = found["inner"] or found["value"] or found["brief"] or ""
        yield from _option(name, value.replace('"', "").replace("'", ""), _at(lines, starts, found.start(), file))
    for begin, command in _commands(text):
        words = [(begin + word.start(), word[0].strip("\"'")) for word in _WORD.finditer(command)]
        tool = next((index for index, (_, word) in enumerate(words) if word.rpartition("/")[2] in TOOLS), None)
        if tool is not None:
            where = _at(lines, starts, words[tool][0], file)
            verb = " ".join(word for _, word in words[tool + 1 :] if not word.startswith("-"))
            yield Written("command", verb, where)


def in_bake_file(source: BakeFileText) -> Iterator[Written]:
    """The cache options, tags and outputs of a bake file, whether HCL, JSON or a compose file."""
    key = ""
    for found in _BAKE.finditer(source.text):
        if found["key"] or found["other"]:
            key = (found["key"] or "").replace("_", "-")
        elif key:
            before = source.text[: found.start(found.lastgroup or 0)]
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            yield Written(key, _as_text(found), f"{source.path}:{line}:{column}")


def _in_input(name: str, node: Scalar, resolve: Resolve) -> Iterator[Written]:
    for line in node.source:
        for text in filter(None, resolve(line.text).splitlines()):
            yield from _option(name, text.strip("\"'"), f"{_file(node)}:{line.line}:{line.column}")


def _as_text(found: re.Match[str]) -> str:
    """One entry of a list in a bake file; an object as the text that it stands for."""
    if found["object"]:
        return ",".join(f"{name}={value}" for name, value in _FIELD.findall(found["object"]))
    return (found["string"] or found["item"]).strip().strip('"')


def _option(name: str, text: str, where: str) -> Iterator[Written]:
    """An option; what overrides one of a bake target counts as it."""
    override = _SET.fullmatch(text) if name == "set" else None
    yield Written(override["option"], override["value"], where) if override else Written(name, text, where)


def _commands(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a script with those that continue them, each with its offset."""
    for found in re.finditer(r"(?:[^\\\n]|\\\n|\\.)+", text):
        yield found.start(), found[0].replace("\\\n", "  ")


def _starts(lines: Iterable[SourceLine]) -> list[int]:
    """The offsets at which lines begin in their joined text."""
    offsets, offset = [], 0
    for line in lines:
        offsets.append(offset)
        offset += len(line.text) + 1
    return offsets


def _at(lines: Sequence[SourceLine], starts: Sequence[int], offset: int, file: str) -> str:
    index = max(index for index, start in enumerate(starts) if start <= offset)
    return f"{file}:{lines[index].line}:{lines[index].column + offset - starts[index]}"


def _file(node: Scalar) -> str:
    return node.position.file or node.position.path
