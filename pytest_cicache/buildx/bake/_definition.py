"""One bake call from its files to its targets (buildx commands/bake.go, runBake)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_cicache.buildx._excerpt import source_excerpt
from pytest_cicache.buildx.bake._command import BakeCommand
from pytest_cicache.buildx.bake._config import BakeFile, Surroundings, read_files, resolve
from pytest_cicache.buildx.bake._output import print_definition, print_list
from pytest_cicache.buildx.bake._requests import prepared
from pytest_cicache.buildx.bake._rights import check_allowed
from pytest_cicache.buildx.bake._target import BakeTarget
from pytest_cicache.buildx.bake.hcl import BakeError

__all__ = ["BakeDefinition", "define", "error_lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeDefinition:
    """The targets to build, with those they link to; `text` is what is printed where nothing is built."""

    targets: Mapping[str, BakeTarget]
    text: str | None = None


def define(command: BakeCommand, files: Sequence[BakeFile], surroundings: Surroundings) -> BakeDefinition:
    """Read, evaluate, override and resolve. Raises BakeError in buildx's words, UnsupportedError."""
    check_allowed(command.allow)
    if not files:
        raise BakeError("couldn't find a bake definition")
    surroundings = replace(surroundings, environment={**surroundings.environment, **command.variables})
    config = read_files(files, surroundings)
    if command.listed is not None:
        return BakeDefinition(targets={}, text=print_list(config, command.listed))
    targets, groups = resolve(config, command.targets, command.overrides, surroundings.environment)
    targets = {
        name: prepared(target, surroundings.environment, surroundings.exists) for name, target in targets.items()
    }
    text = print_definition(targets, groups) if command.prints else None
    return BakeDefinition(targets=targets, text=text)


def error_lines(error: BakeError, files: Sequence[BakeFile]) -> tuple[str, ...]:
    """The error as the command prints it, below the lines of the file it is about."""
    excerpt: tuple[str, ...] = ()
    if error.span is not None:
        file = next((file for file in files if file.name == error.span.file), None)
        text = file.text if file is not None else ""
        excerpt = source_excerpt(text, error.span.file, (error.span.line, error.span.end_line))
    return (*excerpt, *error.printed.splitlines())
