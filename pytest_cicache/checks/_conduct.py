"""What a workflow does under each event, in few words: to compare two versions of it, and to keep on file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from pytest_cicache.checks._behaviour import Behaviour, SeenOperation
from pytest_cicache.observation import BuildRecord, Operation, Run

__all__ = ["Conduct", "conduct_of"]

Conduct: TypeAlias = Mapping[str, Mapping[str, str]]
"""By case: what came of the run, of each job, of each thing read or written, and how much of each build was cached."""

_OPERATIONS = (Operation.IMPORT, Operation.EXPORT, Operation.PUSH, Operation.PULL)


def conduct_of(behaviour: Behaviour) -> Conduct:
    """The conduct in a behaviour, sorted; commits are named `<sha>`, so that two versions can be compared."""
    return {case: dict(sorted(_of_case(behaviour, case, run))) for case, run in sorted(behaviour.runs.items())}


def _of_case(behaviour: Behaviour, case: str, run: Run) -> Iterator[tuple[str, str]]:
    yield "run", str(run.outcome)
    for job in run.jobs:
        yield f"job {job.name}", str(job.conclusion)
        if job.token is not None:
            yield f"token of {job.name}", f"packages: {job.token.packages}"
    for seen in behaviour.seen((case,), *_OPERATIONS):
        yield f"{seen.operation.operation} {_without_commits(seen, run)}", str(seen.operation.result)
    for job, _, build in behaviour.builds(case):
        target = f" target {build.target}" if build.target else ""
        yield f"build {build.dockerfile}{target} in {job.name}", _cached(build)


def _without_commits(seen: SeenOperation, run: Run) -> str:
    text = seen.place
    delivery = run.delivery
    if delivery is not None:
        commits = (delivery.sha, delivery.commits.head, delivery.commits.merge, delivery.commits.base)
        for sha in dict.fromkeys(commits):
            text = text.replace(sha, "<sha>").replace(sha[:7], "<sha>")
    return text


def _cached(build: BuildRecord) -> str:
    if not build.vertices:
        return "did not start" if build.exit_code else "no steps"
    if build.hits == len(build.vertices):
        return "all steps cached"
    return "some steps cached" if build.hits else "no step cached"
