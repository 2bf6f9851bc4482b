"""A run to report, made of hand-written records."""

from __future__ import annotations

import pytest

from pytest_cicache.observation import (
    BuildRecord,
    CacheOperation,
    Conclusion,
    JobResult,
    MissReason,
    Operation,
    Result,
    Run,
    Scenario,
    StepMode,
    StepResult,
    TagChange,
    Vertex,
    Why,
)
from pytest_cicache.permissions import AccessLevel, Token

NAME = "ghcr.io/o/p"
DENIAL = "denied: installation not allowed to Write organization package"


@pytest.fixture
def scenario() -> Scenario:
    """A fork's pull request after a merge."""
    return Scenario(
        workflow="ci.yml",
        event="fork_pr",
        after=("main_merge",),
        repository="o/r",
        runner="inprocess",
        builder="simulated",
        registry="embedded",
    )


@pytest.fixture
def fork_run(scenario) -> Run:
    """A fork's run: one import hit, one not found, an export denied, one step missed."""
    operations = (
        CacheOperation(operation=Operation.LOGIN, reference="ghcr.io", result=Result.OK, status=200),
        CacheOperation(operation=Operation.IMPORT, type="registry", reference=f"{NAME}:7", result=Result.NOT_FOUND),
        CacheOperation(operation=Operation.IMPORT, type="registry", reference=f"{NAME}:main", result=Result.HIT),
        CacheOperation(
            operation=Operation.EXPORT,
            type="registry",
            reference=f"{NAME}:7",
            attributes={"mode": "max"},
            result=Result.DENIED,
            status=403,
            message=DENIAL,
            where="ci.yml:31:11",
        ),
    )
    vertices = (
        Vertex(name="[1/2] RUN a", cached=True, source=f"{NAME}:main"),
        Vertex(name="[2/2] RUN b", cached=False, why=Why(reason=MissReason.FILE, subject="b", what="b differs")),
    )
    build = BuildRecord(
        dockerfile="Dockerfile",
        target="app",
        vertices=vertices,
        operations=operations[1:],
        exit_code=0,
        where="ci.yml:28:15",
    )
    step = StepResult(
        id="build",
        name="Build",
        kind="run",
        mode=StepMode.EXECUTED,
        outcome=Conclusion.SUCCESS,
        conclusion=Conclusion.SUCCESS,
        outputs={"a": "1"},
        note="stubbed: npm",
        builds=(build,),
        operations=operations,
        where="ci.yml:27:9",
    )
    token = Token({"packages": AccessLevel.READ}, {"packages": ("job permissions", "from a fork")})
    job = JobResult(
        id="j",
        name="caller / j",
        path=("caller",),
        matrix={"n": 1},
        conclusion=Conclusion.SUCCESS,
        token=token,
        steps=(step,),
        where="ci.yml:12:3",
    )
    return Run(
        scenario=scenario,
        triggered=True,
        reason=None,
        outcome=Conclusion.SUCCESS,
        error=None,
        jobs=(job,),
        packages={"o/p": TagChange(before=("main",), after=("main", "x"), moved=("main",), uncertain=("7",))},
    )


@pytest.fixture
def refused_run(scenario) -> Run:
    """A run that did not start."""
    error = "Invalid workflow file: ci.yml#L3\nThe workflow is not valid. More."
    return Run(
        scenario=scenario,
        triggered=True,
        reason=None,
        outcome=Conclusion.STARTUP_FAILURE,
        error=error,
        jobs=(),
    )


@pytest.fixture
def quiet_run(scenario) -> Run:
    """An event that no filter let in."""
    return Run(
        scenario=scenario,
        triggered=False,
        reason="no branch filter fits",
        outcome=Conclusion.SKIPPED,
        error=None,
        jobs=(),
    )
