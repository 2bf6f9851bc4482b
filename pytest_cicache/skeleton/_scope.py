"""What is in effect at a place in a Dockerfile's stage: variables, user, working directory, shell."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_cicache.dockerfile import Arg, Env, Instruction, Shell, ShellLexer, User, Workdir
from pytest_cicache.skeleton._paths import absolute

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["StageScope"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHELL = ("/bin/sh", "-c")


@dataclass(slots=True, kw_only=True)
class StageScope:
    """The state of a stage as its instructions go by.

    `variables` hold ARG and ENV in the order in which a RUN sees them; `fixed` names those that ENV has set;
    `copied` are the absolute places files were copied to; `has_base` says that an image lies below.
    """

    escape: str
    variables: dict[str, str] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    user: str = ""
    directory: str = "/"
    shell: tuple[str, ...] = _SHELL
    copied: list[str] = field(default_factory=list)
    has_base: bool = False

    def child(self) -> StageScope:
        """What a stage built on this one starts with."""
        return StageScope(
            escape=self.escape,
            variables=dict(self.variables),
            fixed=set(self.fixed),
            user=self.user,
            directory=self.directory,
            shell=self.shell,
            copied=list(self.copied),
            has_base=self.has_base,
        )

    def expand(self, text: str) -> str:
        """Replace variables and resolve quotes as BuildKit would."""
        return ShellLexer(escape=self.escape).word(text, self.variables)

    def apply(self, instruction: Instruction, arguments: Mapping[str, str]) -> None:
        """Take in an instruction that changes the state; `arguments` are the values ARG may get."""
        match instruction:
            case Arg(pairs=pairs):
                for name, default in pairs:
                    self._declare(name, default, arguments)
            case Env(pairs=values):
                # All values of one ENV see the state before it.
                for name, value in [(self.expand(name), self.expand(value)) for name, value in values]:
                    self.variables.pop(name, None)
                    self.variables[name] = value
                    self.fixed.add(name)
            case User(name=name):
                self.user = self.expand(name)
            case Workdir(path=path):
                self.directory = absolute(self.directory, self.expand(path))
            case Shell(words=words):
                self.shell = words

    def environment_lines(self) -> list[str]:
        """Lines that BuildKit expands to the variables in effect: a name alone when it is not set."""
        return [
            f"{name}${{{name}+=}}${{{name}-}}" if _NAME.fullmatch(name) else f"{name!r}={value!r}".replace("$", "")
            for name, value in self.variables.items()
        ]

    def _declare(self, name: str, default: str | None, arguments: Mapping[str, str]) -> None:
        if name in self.fixed:
            return  # ENV wins over ARG
        value = arguments.get(name)
        if value is None and default is not None:
            value = self.expand(default)
        if value is not None:
            self.variables.pop(name, None)
            self.variables[name] = value
