"""An error as the command tells it."""

from __future__ import annotations

from pytest_cicache.errors import CicacheError, EngineUnavailableError, WorkflowError


def one_line(error: CicacheError) -> str:
    """What and where, on one line; a workflow's first problem with how many more there are."""
    if isinstance(error, WorkflowError):
        more = len(error.problems) - 1
        return f"cicache: {error.problems[0].located}" + (f" (and {more} more)" if more else "")
    line = f"cicache: {' '.join(str(error).split())}"
    if isinstance(error, EngineUnavailableError) and error.instead is not None:
        kind, name = error.instead
        line += f" (--{kind} {name})"
    return line
