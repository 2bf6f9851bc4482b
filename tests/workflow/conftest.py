"""How the tests of this folder read files and see what is refused."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from pytest_cicache.workflow import Job, Step, Workflow, WorkflowError, read_workflow

if TYPE_CHECKING:
    from collections.abc import Callable


class Refusals(Protocol):
    """Gives the lines GitHub would print for a file; none when it accepts it."""

    def __call__(self, source: str, **options: Any) -> list[str]: ...


@pytest.fixture
def read() -> Callable[..., Workflow]:
    """Reads a file called `w.yml`."""

    def call(source: str, **options: Any) -> Workflow:
        return read_workflow(dedent(source), path="w.yml", **options)

    return call


@pytest.fixture
def refusals(read: Callable[..., Workflow]) -> Refusals:
    """What is wrong with a file, as lines."""

    def call(source: str, **options: Any) -> list[str]:
        try:
            read(source, **options)
        except WorkflowError as error:
            return [str(problem) for problem in error.problems]
        return []

    return call


JOB = "on: push\njobs:\n  a:\n"


@pytest.fixture
def job_refusals(refusals: Refusals) -> Refusals:
    """What is wrong with a job, whose keys start on line 4, column 5, without the file's name."""

    def call(source: str, **options: Any) -> list[str]:
        lines = refusals(JOB + indent(dedent(source).strip("\n"), "    "), **options)
        return [line.removeprefix("w.yml ") for line in lines]

    return call


@pytest.fixture
def job(read: Callable[..., Workflow]) -> Callable[[str], Job]:
    """A job out of its keys."""

    def call(source: str) -> Job:
        return read(JOB + indent(dedent(source).strip("\n"), "    ")).jobs[0]

    return call


@pytest.fixture
def steps(job: Callable[[str], Job]) -> Callable[[str], tuple[Step, ...]]:
    """Steps out of their sequence."""

    def call(source: str) -> tuple[Step, ...]:
        return job("runs-on: x\nsteps:\n" + indent(dedent(source).strip("\n"), "  ")).steps

    return call
