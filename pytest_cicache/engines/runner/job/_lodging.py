"""Where jobs of a session run: each gets a workspace, the session's tools, the docker command's address, a launcher."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from pytest_cicache.engines._job_spec import JobSpec
from pytest_cicache.engines._loop import LoopThread
from pytest_cicache.engines._scratch import has_room
from pytest_cicache.engines.docker import DockerServer
from pytest_cicache.engines.runner.job._launcher import Launcher, Launchers
from pytest_cicache.engines.runner.job._machine import Machine, this_machine
from pytest_cicache.engines.runner.job._state import JobState
from pytest_cicache.engines.runner.job._tools import Tools
from pytest_cicache.engines.runner.job._wide import JobWide
from pytest_cicache.engines.runner.job._workspace import Workspace
from pytest_cicache.observation import AssumptionKind

__all__ = ["Lodging"]

# What steps miss that run without them may be what was assumed.
_BESIDE_THE_STEPS = (AssumptionKind.CONTAINER, AssumptionKind.SERVICE)


class Lodging:
    """Takes jobs in below `directory`, or in `memory` while that has room; every job leaves nothing behind.

    `look` looks at the machine that steps run on.
    """

    def __init__(
        self,
        directory: Path,
        *,
        loop: LoopThread,
        server: DockerServer,
        memory: Path | None = None,
        look: Callable[[], Machine] = this_machine,
    ) -> None:
        self.loop = loop
        self._look = look
        self._directory = directory
        self._memory = memory
        self._server = server
        self._tools: Future[Tools] | None = None
        self._launchers = Launchers()

    @contextmanager
    def take_in(self, spec: JobSpec) -> Iterator[JobState]:
        """Give a job its place while it runs; what it has left running ends with it."""
        key = uuid.uuid4().hex
        repository = spec.environment.get("GITHUB_REPOSITORY", "owner/repository")
        workspace = Workspace.make(self._parent() / f"job-{key[:12]}", repository=repository)
        for end, handler in (("", spec.docker), ("-git", spec.git_remote), ("-api", spec.api_command)):
            self._server.open(f"{key}{end}", handler, workspace.directory)
        launcher: Launcher | None = None
        try:
            job = JobWide.start(spec, workspace, self._session_tools(), key=key, port=self._server.port)
            job.launcher = launcher = self._launchers.take()
            # While the first steps are emulated it gets ready.
            launcher.prepare()
            job.assumptions += (each for each in spec.planned.assumptions if each.kind in _BESIDE_THE_STEPS)
            spec.docker.rests_on_assumptions = job.rests_on_assumptions
            spec.docker.run_has_doubts = lambda: spec.artifacts.has_doubts
            spec.docker.may_have_builder = job.may_have_builder
            yield JobState(spec, job)
            spec.artifacts.has_doubts = spec.artifacts.has_doubts or bool(job.assumptions)
        finally:
            for end in ("", "-git", "-api"):
                self._server.forget(f"{key}{end}")
            if launcher is not None:
                self._launchers.give_back(launcher)
            if self._server.is_busy(key):
                self.loop.run(self._server.cancel(key))
            workspace.remove()

    def close(self) -> None:
        """End the processes that started scripts, and wait for the tools if they are just laid out."""
        if self._tools is not None:
            self._tools.exception()
        self._launchers.close()

    def prepare(self) -> None:
        """Begin to lay out the tools, which waits for the file system more than it works."""
        if self._tools is None:
            hands = ThreadPoolExecutor(1, thread_name_prefix="cicache-tools")
            self._tools = hands.submit(lambda: Tools.make(self._parent() / "tools", self._look()))
            hands.shutdown(wait=False)
            self._launchers.prepare()

    def _parent(self) -> Path:
        return self._memory if self._memory is not None and has_room(self._memory) else self._directory

    def _session_tools(self) -> Tools:
        self.prepare()
        assert self._tools is not None
        return self._tools.result()
