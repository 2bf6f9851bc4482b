"""Where in a workflow stands what an operation came from: the line of an input, a script or a bake file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pytest_cicache.observation._records import BuildRecord, CacheOperation, Operation
from pytest_cicache.observation._written import BakeFileText, Resolve, Written, in_bake_file, in_step
from pytest_cicache.workflow import Mapping, Step

__all__ = ["placed"]

# The options that ask for each kind of operation, the more telling ones first.
_OPTIONS: dict[Operation, tuple[str, ...]] = {
    Operation.LOGIN: ("registry",),
    Operation.IMPORT: ("cache-from",),
    Operation.EXPORT: ("cache-to",),
    Operation.PUSH: ("tags", "tag", "outputs", "output", "push"),
    Operation.PULL: (),
}
# The words of commands that do each kind of operation.
_BUILDING = frozenset(("build", "buildx", "bake", "b", "f"))
_VERBS: dict[Operation, frozenset[str]] = {
    Operation.LOGIN: frozenset(("login", "auth")),
    Operation.IMPORT: _BUILDING,
    Operation.EXPORT: _BUILDING,
    Operation.PUSH: _BUILDING | {"push", "copy", "cp", "create", "tag", "append", "mutate", "mod"},
    Operation.PULL: _BUILDING | {"pull", "run", "copy", "cp", "create", "inspect", "manifest", "digest"},
}
_HOLE = re.compile(r"\$\{\{.*?\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$\w+|`[^`]*`|<[^>]*>")
_ANY = "\0"
_OUTPUTS = ("outputs", "output")


def placed(
    builds: Sequence[BuildRecord],
    operations: Sequence[CacheOperation],
    step: Step,
    bake_files: Sequence[BakeFileText] = (),
    resolve: Resolve = str,
) -> tuple[list[BuildRecord], list[CacheOperation]]:
    """What was done in a step, with where each was asked for; what has a place keeps it.

    `bake_files` are those the step read, `resolve` gives a text of the step with the values of its expressions.
    """
    if all(build.where for build in builds) and all(item.where for item in operations):
        return list(builds), list(operations)
    written = [*in_step(step, resolve), *(option for source in bake_files for option in in_bake_file(source))]
    found = [
        replace(
            build,
            where=build.where or _command_of_build(build, written) or _of_step(step),
            operations=tuple(_with_place(operation, written, step) for operation in build.operations),
        )
        for build in builds
    ]
    return found, [_with_place(operation, written, step) for operation in operations]


def _with_place(operation: CacheOperation, written: Sequence[Written], step: Step) -> CacheOperation:
    return operation if operation.where else replace(operation, where=_place(operation, written, step))


def _place(operation: CacheOperation, written: Sequence[Written], step: Step) -> str:
    """The option that fits best, else the command, else the step."""
    options = _OPTIONS[operation.operation]
    fitting = [(score, item) for item in written if (score := _score(operation, item)) is not None]
    named = [(score, item) for score, item in fitting if item.name in options]
    commands = [(score, item) for score, item in fitting if item.name == "command"]
    for found in (named, commands):
        if found:
            return max(found, key=lambda pair: pair[0])[1].where
    return _of_input(step, options) or _of_step(step)


def _score(operation: CacheOperation, item: Written) -> int | None:
    """How many characters of a written option are those of the operation; `None` where it is another one's."""
    reference = operation.reference or ""
    if item.name == "command":
        words = item.text.split()
        if not _VERBS[operation.operation] & set(words):
            return None
        return max((_likeness(word.removeprefix("docker://"), reference) or 0 for word in words), default=0)
    if item.name not in _OPTIONS[operation.operation]:
        return None
    if item.name in _OUTPUTS:
        return _output_score(item.text, reference)
    if operation.operation in (Operation.IMPORT, Operation.EXPORT):
        return _cache_score(item.text, operation)
    return 0 if item.name == "push" else _likeness(item.text, reference)


def _cache_score(text: str, operation: CacheOperation) -> int | None:
    known = {**operation.attributes, "type": operation.type or "", "ref": operation.reference or ""}
    known.setdefault("scope", operation.cache_scope or "")
    fields = list(_fields(text))
    if len(fields) == 1 and "=" not in fields[0]:
        return _likeness(fields[0], known["ref"])
    total = 0
    for field in fields:
        key, equals, value = field.partition("=")
        if _ANY in key or not equals:
            continue
        score = _likeness(value, known[key.lower()]) if key.lower() in known else None
        if score is None:
            return None
        total += score
    return total


def _output_score(text: str, reference: str) -> int | None:
    """An output names the image it pushes, or leaves that to a tag."""
    fields = dict(field.partition("=")[::2] for field in _fields(text))
    name = fields.get("name")
    if name is None:
        return 0 if _ANY in text or "push" in fields else None
    bare = reference.partition("@")[0]
    scores = (_likeness(name, known) for known in _names(bare))
    return max((score for score in scores if score is not None), default=None)


def _names(reference: str) -> Iterator[str]:
    yield reference
    if ":" in reference.rpartition("/")[2]:
        yield reference.rpartition(":")[0]


def _fields(text: str) -> Iterator[str]:
    return (field.strip() for field in _HOLE.sub(_ANY, text).split(","))


def _likeness(pattern: str, text: str) -> int | None:
    """How many characters of a pattern are its own, where it fits a text; in it a hole stands for anything."""
    parts = _HOLE.sub(_ANY, pattern).split(_ANY)
    if re.fullmatch(".*".join(map(re.escape, parts)), text, re.DOTALL) is None:
        return None
    return sum(map(len, parts))


def _command_of_build(build: BuildRecord, written: Sequence[Written]) -> str:
    """The command that fits a build best, by the words that it has of the build."""
    known = {build.dockerfile, build.target, *(item.reference for item in build.operations)} - {None}

    def words_of(command: Written) -> int:
        return sum(bool(_likeness(word, text)) for word in command.text.split() for text in known if text)

    building = [item for item in written if item.name == "command" and _BUILDING & set(item.text.split())]
    return max(building, key=words_of).where if building else ""


def _of_input(step: Step, options: Sequence[str]) -> str:
    """The first of the inputs that a step has, where none of their lines fits."""
    if not isinstance(step.with_, Mapping):
        return ""
    keys = (key for name in options for key, _ in step.with_.entries if str(key.value).lower() == name)
    return next((key.position.place for key in keys), "")


def _of_step(step: Step) -> str:
    return (step.run or step.uses or step).position.place
