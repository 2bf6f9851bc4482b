"""Collects the problems of one file within GitHub's bounds: at most ten, none longer than 500 characters.

The bounds are those of the runner's ParseOptions.cs and TemplateValidationErrors.cs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_cicache.errors import Problem, WorkflowError

if TYPE_CHECKING:
    from pytest_cicache.workflow._nodes import Position

__all__ = ["DEFAULT_LIMITS", "Limits", "Problems"]

MAXIMUM_PROBLEMS = 10
MAXIMUM_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds GitHub sets to what it reads.

    `file_size` counts characters, `depth` nested collections, `nodes` YAML events (aliases followed),
    `result_size` bytes as GitHub estimates them over all files, `files` the called files, `levels` the
    levels of calls below the first file, `jobs` the jobs of all files (`None`: unbounded). `anchors` tells
    whether YAML anchors are taken, as they are since 2025-09.
    """

    file_size: int = 1024 * 1024
    depth: int = 50
    nodes: int = 50_000
    result_size: int = 10 * 1024 * 1024
    files: int = 50
    levels: int = 9
    jobs: int | None = None
    anchors: bool = True


DEFAULT_LIMITS = Limits()


class Problems:
    """The problems of one file so far."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._found: list[tuple[Problem, bool]] = []

    def add(self, message: str, position: Position | None = None, *, is_warning: bool = False, hint: str = "") -> None:
        """Record an error, or what GitHub accepts although it has no effect or is not sure to work.

        A warning is told as an error beside an error; `hint` is what GitHub leaves unsaid.
        """
        kept = sum(each == is_warning for _, each in self._found)
        if kept < MAXIMUM_PROBLEMS:
            self._found.append((replace(_shortened(self._problem(message, position)), hint=hint), is_warning))

    def __len__(self) -> int:
        return len(self._found)

    def check(self) -> None:
        """Raise `WorkflowError` with ten problems at most when there is any error."""
        errors = [problem for problem, is_warning in self._found if not is_warning]
        if errors:
            everything = [problem for problem, _ in self._found]
            raise WorkflowError(tuple(everything if len(everything) <= MAXIMUM_PROBLEMS else errors))

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What was found in a file without errors."""
        return tuple(problem for problem, _ in self._found)

    def _problem(self, message: str, position: Position | None) -> Problem:
        if position is None:
            return Problem(self.path, message)
        return Problem(position.path, message, position.line, position.column)


def _shortened(problem: Problem) -> Problem:
    """GitHub cuts the whole line, file and position included."""
    excess = len(str(problem)) - MAXIMUM_LENGTH
    if excess <= 0:
        return problem
    kept = problem.message[: max(0, len(problem.message) - excess)]
    return Problem(problem.path, f"{kept}[...]", problem.line, problem.column)
