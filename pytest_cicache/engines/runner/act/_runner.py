"""Runs the steps of a job in act: a second, independent opinion on how steps run.

What of a job is decided before its steps run (events, tokens, needs, matrices, conditions of jobs) stays with the
plan; act gets one job at a time, and its steps take turns with those of other jobs.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from functools import cached_property
from pathlib import Path

from pytest_cicache.engines._job_spec import JobSpec, StepTurn
from pytest_cicache.engines._loop import LoopThread
from pytest_cicache.engines.docker import DockerServer
from pytest_cicache.engines.runner.act._binary import find_act
from pytest_cicache.engines.runner.act._image import JobImage
from pytest_cicache.engines.runner.act._job import ActJob
from pytest_cicache.engines.runner.job import Lodging, Machine, install_shim, this_machine
from pytest_cicache.engines.runner.steps import StepRunner, take_turns
from pytest_cicache.observation import JobResult

__all__ = ["ActRunner"]

_SHELLS = ("bash", "sh", "python", "cicache-shell")


class ActRunner:
    """Runs jobs below `directory` in act, where an `image` is named in containers of it; every job leaves nothing."""

    name = "act"

    def __init__(self, directory: Path, *, loop: LoopThread, server: DockerServer, image: str | None = None) -> None:
        self._lodging = Lodging(directory, loop=loop, server=server, look=self._look)
        self._image_name = image
        self._runner = StepRunner(loop)
        self._directory = directory

    def run(self, spec: JobSpec) -> Generator[StepTurn, bool, JobResult]:
        """Run a job, step by step; a failed step is a result, what is not simulated is assumed to succeed.

        Raises EngineError when act breaks off, UnsupportedError when it refuses the job.
        """
        program = find_act().path
        with (
            self._lodging.take_in(spec) as state,
            closing(ActJob(state, self._runner, program, self._shells(state.job.tools.machine), self._image)) as job,
        ):
            return (yield from take_turns(state, job.take))

    def prepare(self) -> None:
        """Begin what the first job will need; raises EngineUnavailableError where there is no act or image to use."""
        find_act()
        _ = self._image
        self._lodging.prepare()

    def close(self) -> None:
        """End what is kept from job to job."""
        self._lodging.close()

    @cached_property
    def _image(self) -> JobImage | None:
        """The image that was named."""
        name = self._image_name
        return None if name is None else JobImage.find(name, self._directory / "act-image")

    def _look(self) -> Machine:
        return this_machine() if self._image is None else self._image.look()

    def _shells(self, machine: Machine) -> Path:
        """The folder with the shells that act finds first on a machine."""
        folder = self._directory / "act-shells"
        if not folder.exists():
            folder.mkdir()
            for name in _SHELLS:
                install_shim("act-shell", folder / name, machine)
            install_shim("act-step", folder / "cicache-step", machine)
            install_shim("act-node", folder / "node", machine)
        return folder
