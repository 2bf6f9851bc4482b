"""Runs made of a few hand-written records."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_cicache.observation import (
    BuildRecord,
    CacheOperation,
    Conclusion,
    JobResult,
    Run,
    Scenario,
    StepMode,
    StepResult,
)
from pytest_cicache.permissions import AccessLevel, Token


@pytest.fixture
def make_step() -> Callable[..., StepResult]:
    """A step with a few fields of its own."""

    def make(step_id: str = "s", **fields: object) -> StepResult:
        known = {"name": f"Step {step_id}", "kind": "run", "mode": StepMode.EXECUTED}
        ends = {"outcome": Conclusion.SUCCESS, "conclusion": Conclusion.SUCCESS}
        return StepResult(id=step_id, **(known | ends | fields))

    return make


@pytest.fixture
def make_job(make_step) -> Callable[..., JobResult]:
    """A job with a few fields of its own."""

    def make(job_id: str = "j", *, packages: str | None = None, **fields: object) -> JobResult:
        if packages is not None:
            fields["token"] = Token({"packages": AccessLevel(packages)}, {"packages": (f"it is {packages}",)})
        return JobResult(id=job_id, **({"name": job_id, "conclusion": Conclusion.SUCCESS} | fields))

    return make


@pytest.fixture
def make_run(make_job, make_step) -> Callable[..., Run]:
    """A run of jobs, or of one job with one step that made these builds and operations."""

    def make(
        *jobs: JobResult,
        builds: tuple[BuildRecord, ...] = (),
        operations: tuple[CacheOperation, ...] = (),
        **fields: object,
    ) -> Run:
        scenario = Scenario(
            workflow="ci.yml", event="push", after=(), repository="o/r", runner="r", builder="b", registry="e"
        )
        made = jobs or (make_job(steps=(make_step(builds=builds, operations=operations),)),)
        known = {"triggered": True, "reason": None, "outcome": Conclusion.SUCCESS, "error": None}
        return Run(scenario=scenario, jobs=made, **(known | fields))

    return make
