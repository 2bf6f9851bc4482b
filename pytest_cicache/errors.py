"""The one exception tree of pytest-cicache, ordered by whose fault an error is.

A denied push or a failed step is a result, not an exception.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "CicacheError",
    "DockerfileError",
    "EngineError",
    "EngineUnavailableError",
    "ExpressionError",
    "GatewayError",
    "InvalidTagError",
    "MissingFileError",
    "Problem",
    "ReferenceError",
    "UnsupportedError",
    "UsageError",
    "WorkflowError",
    "suggestion",
]


def suggestion(name: str, known: Iterable[str]) -> str:
    """`did you mean 'fork_pr'? ` for the nearest of several names there are, nothing where none is near."""
    # Imported here: only who meets an error pays for it.
    from difflib import get_close_matches

    spelled = {each.lower(): each for each in known}
    near = get_close_matches(name.lower(), spelled, n=1) if len(spelled) > 1 else []
    return f"did you mean '{spelled[near[0]]}'? " if near else ""


class CicacheError(Exception):
    """Base of every error this package raises on purpose."""


class UsageError(CicacheError):
    """A call, an option or an event description is wrong."""


class UnsupportedError(CicacheError):
    """Something real that the simulation does not know; the message names it and where it stands."""


class ReferenceError(UsageError):  # noqa: A001 - the field's word for an image name with tag or digest
    """A text is no image reference; the message is the one the docker tools print."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a workflow file, in GitHub's words.

    `line` and `column` count from 1; `None` where GitHub gives no position. `path` is empty where GitHub
    names no file. `hint` and `place` (line and column) are what GitHub leaves unsaid; only `located` tells them.
    """

    path: str
    message: str
    line: int | None = None
    column: int | None = None
    hint: str = ""
    place: tuple[int, int] | None = None

    def __str__(self) -> str:
        if self.line is None:
            return f"{self.path}: {self.message}" if self.path else self.message
        return f"{self.path} (Line: {self.line}, Col: {self.column}): {self.message}"

    @property
    def located(self) -> str:
        """The problem as `file:line:column: message`, the form editors understand."""
        line, column = (self.line, self.column) if self.place is None else self.place
        where = str(self) if line is None else f"{self.path}:{line}:{column}: {self.message}"
        return f"{where} ({self.hint})" if self.hint else where


class WorkflowError(CicacheError):
    """GitHub would refuse the workflow file; `problems` lists why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problem.located for problem in problems))


class ExpressionError(CicacheError):
    """An expression cannot be parsed or evaluated.

    `message` is GitHub's; `position` counts characters from 1 within `expression`, `None` where the
    error has no place; `phase` is `lexing`, `parsing` or `evaluation`.
    """

    def __init__(
        self, message: str, *, expression: str = "", position: int | None = None, phase: str = "evaluation"
    ) -> None:
        self.message = message
        self.expression = expression
        self.position = position
        self.phase = phase
        super().__init__(message)


class DockerfileError(CicacheError):
    """A Dockerfile or a build command line is wrong, in BuildKit's or buildx's words.

    `exit_code` is the command's; `line` and `end` are the lines of the Dockerfile it is about, 0 for none;
    `printed` is what the command writes to stderr.
    """

    def __init__(self, message: str, *, exit_code: int = 1, line: int = 0, end: int = 0) -> None:
        self.exit_code = exit_code
        self.line = line
        self.end = max(line, end)
        super().__init__(message)

    def at(self, line: int, end: int) -> DockerfileError:
        """The same error about these lines, unless it has lines already."""
        return self if self.line else DockerfileError(str(self), exit_code=self.exit_code, line=line, end=end)

    @property
    def printed(self) -> str:
        """The message as the docker command prints it: flag errors (125) carry no prefix."""
        return str(self) if self.exit_code == 125 else f"ERROR: {self}"


class InvalidTagError(DockerfileError):
    """An image should get a name, `tag`, that is none; `reason` is docker's."""

    def __init__(self, tag: str, reason: str) -> None:
        self.tag = tag
        self.reason = f'invalid tag "{tag}": {reason}'
        super().__init__(f"failed to build: {self.reason}")


class MissingFileError(DockerfileError):
    """A build needs a file or folder that is not there."""


class EngineError(CicacheError):
    """A tool we drive failed; carries the command, its status and the tail of its output."""

    def __init__(
        self, message: str, *, command: tuple[str, ...] = (), status: int | None = None, output: str = ""
    ) -> None:
        self.command = command
        self.status = status
        self.output = output
        super().__init__(message)


class EngineUnavailableError(EngineError):
    """An engine that was asked for cannot run here; the message says why and what to do.

    `instead` is an engine that can, as what it is for and its name: `("builder", "simulated")`.
    """

    def __init__(
        self,
        message: str,
        *,
        command: tuple[str, ...] = (),
        status: int | None = None,
        output: str = "",
        instead: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(message, command=command, status=status, output=output)
        self.instead = instead


class GatewayError(CicacheError):
    """The loopback gateway cannot do its work: a port in use, an upstream that does not answer."""
