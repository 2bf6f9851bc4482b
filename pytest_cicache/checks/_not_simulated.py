"""What no other check can judge: a file that GitHub refuses, an event under which nothing can be simulated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_cicache.checks._behaviour import Behaviour, told_case
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.errors import CicacheError, Problem, WorkflowError

__all__ = ["NOT_SIMULATED", "not_simulated", "refused"]

NOT_SIMULATED = "not-simulated"
# Where GitHub places what is wrong in a called workflow: at the call.
_CALLED = re.compile(
    r"In (?P<path>\S+) \(Line: (?P<line>\d+), Col: (?P<column>\d+)\): "
    r"Error from called workflow [^/]+/[^/]+/(?P<file>[^@]+)@\S*"
)


def not_simulated(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the cases that could not be simulated, together, and builds that no case could begin.

    Where no case could be simulated it is an error.
    """
    reasons: dict[str, list[str]] = {}
    for case, reason in behaviour.untold.items():
        reasons.setdefault(" ".join(reason.split()), []).append(case)
    if reasons:
        told = (f"{told_case(*cases)} cannot be simulated: {reason}" for reason, cases in reasons.items())
        yield Finding(
            check=NOT_SIMULATED,
            severity=Severity.WARNING if behaviour.runs else Severity.ERROR,
            message="; ".join(told),
            cure="mend what it names; until then no check judges that event",
            path=behaviour.path,
        )
    yield from _without_files(behaviour)


def _without_files(behaviour: Behaviour) -> Iterator[Finding]:
    """Find a workflow all of whose builds lack their files: nothing can be told of its caches."""
    builds = [build for case in behaviour.runs for _, _, build in behaviour.builds(case)]
    if builds and all(build.lacks_files and not build.vertices for build in builds):
        why = builds[0].errors[-1] if builds[0].errors else f"{builds[0].dockerfile} is not there"
        yield Finding(
            check=NOT_SIMULATED,
            severity=Severity.WARNING,
            message=f"No build of the workflow begins, and no check judges its caches: {why.removeprefix('ERROR: ')}",
            cure="bring the files that it builds into the repository, or write a test that brings them",
            path=behaviour.path,
        ).at(builds[0].where or behaviour.path)


def refused(path: str, error: CicacheError) -> Finding:
    """A workflow file that cannot be read, with the first of its problems."""
    problems = error.problems if isinstance(error, WorkflowError) else (Problem(path, str(error)),)
    first = problems[0]
    line, column = first.place or (first.line, first.column)
    hint = f" ({first.hint})" if first.hint else ""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    numbers = () if line is None else (line, column)
    place = ":".join(map(str, (first.path or path, *numbers)))
    inside = _CALLED.fullmatch(first.path or "")
    if inside is not None:
        hint = f" ({':'.join(map(str, (inside['file'], *numbers)))})"
        place = ":".join(inside.group("path", "line", "column"))
    return Finding(
        check=NOT_SIMULATED,
        severity=Severity.ERROR,
        message=f"GitHub refuses the workflow: {first.message.replace(f'{path} is', 'the file is', 1)}{hint}{more}",
        cure="correct the file; until then no event starts it, and no check judges it",
        workflow=path,
    ).at(place)
