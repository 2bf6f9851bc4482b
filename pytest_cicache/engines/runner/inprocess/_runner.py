"""Runs the steps of a job in this process: bash for scripts, data for actions, stand-ins for the rest."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path

from pytest_cicache.engines._job_spec import JobSpec, StepTurn
from pytest_cicache.engines._loop import LoopThread
from pytest_cicache.engines.docker import DockerServer
from pytest_cicache.engines.runner.job import JobState, Lodging, StepView
from pytest_cicache.engines.runner.steps import (
    StepEnd,
    StepRunner,
    assumed_step,
    carry_out,
    given_stand_in,
    position,
    side_by_side,
    step_name,
    step_result,
    take_turns,
)
from pytest_cicache.observation import JobResult, StepMode, StepResult
from pytest_cicache.workflow import Step

__all__ = ["InProcessRunner"]


class InProcessRunner:
    """Runs jobs below `directory`, whose steps may take turns; every job leaves nothing behind.

    While `memory` has room they are there instead.
    """

    name = "inprocess"

    def __init__(self, directory: Path, *, loop: LoopThread, server: DockerServer, memory: Path | None = None) -> None:
        self._lodging = Lodging(directory, loop=loop, server=server, memory=memory)
        self._runner = StepRunner(loop)

    def run(self, spec: JobSpec) -> Generator[StepTurn, bool, JobResult]:
        """Run a job, step by step; a failed step is a result, what is not simulated is assumed to succeed."""
        with self._lodging.take_in(spec) as state:
            return (yield from take_turns(state, partial(_take, state=state, runner=self._runner)))

    def prepare(self) -> None:
        """Begin what the first job will need, while others start."""
        self._lodging.prepare()

    def close(self) -> None:
        """End what is kept from job to job."""
        self._lodging.close()


def _take(step: Step, state: JobState, runner: StepRunner) -> StepResult:
    state.spec.docker.step = position(step.uses or step)
    names: list[str] = []

    def work(view: StepView, state: JobState) -> StepEnd:
        names.append(step_name(step, view))
        stub = given_stand_in(step, names[0], state)
        if stub is not None:
            return StepEnd(mode=StepMode.STUBBED, outputs=dict(stub), note="a stand-in was given for this step")
        if step.run is None and step.uses is None:
            return assumed_step(step, side_by_side(step))
        return runner(view, state)

    done = carry_out(step, state, work)
    return step_result(step, names[0] if names else step_name(step, None), done, state)
