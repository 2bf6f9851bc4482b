"""What a runner is told about a job, and the stand-ins a test gives."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_cicache.observation import Conclusion, JobResult, StepResult

if TYPE_CHECKING:
    from pytest_cicache.actions import ApiDoor, CheckOut
    from pytest_cicache.engines._artifacts import ArtifactStore
    from pytest_cicache.engines.docker import Docker, DockerCall
    from pytest_cicache.plan import JobStart, PlannedJob
    from pytest_cicache.workflow import Job, Workflow

PATIENCE = 60.0
"""Seconds of real time after which a script that does not end is stopped."""

__all__ = ["PATIENCE", "JobSpec", "StepTurn", "Stubs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stubs:
    """Stand-ins: for commands (name to script text), actions (`owner/name` to outputs), steps (`job/step` to
    outputs) and whole jobs (id to outputs); `allowed` commands run for real. `used` are those that stood in for
    something so far, by kind and name: `command:make`, `action:o/n`, `step:job/step`, `job:id`; `dates` are the words
    with which scripts have called `date`, and the names of the actions that looked at the clock.
    """

    commands: Mapping[str, str] = field(default_factory=dict)
    actions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    steps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    jobs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    allowed: frozenset[str] = frozenset()
    used: set[str] = field(default_factory=set)
    dates: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class StepTurn:
    """A step that is due: its id, and the seconds by the job's own clock since the job began.

    Every step that ran counts as a second, and those it waited; no real time is looked at.
    """

    step: str
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """One job, or one leg of its matrix, ready to run.

    `start` holds what its expressions and steps start from; `docker` is its docker command; `check_out` lays a commit
    into a folder; `git_remote` answers what git asks of a repository on github.com, `api_command` what curl and gh ask
    of its API, which stands at `api_url` for other clients, and `api_door` what actions ask with a token; `announce` is
    told each step's id before it starts;
    `action_folder` gives the folder of an action that is at hand, by what `uses:` names; `artifacts` are those of the
    run; `changed_files` are the event's, `None` when nobody knows them; `runtime` are the variables that actions see,
    but no scripts; `cache_service` is the URL where the Actions cache answers; `git_folders` are those outside the job
    that the git of its steps reads and writes; `patience` are the seconds of real time
    that one script may take; `placeholders` are the texts that stand for inputs which nobody gave.
    """

    planned: PlannedJob
    start: JobStart
    docker: Docker
    check_out: Callable[[CheckOut, Path], None]
    git_remote: Callable[[DockerCall], Coroutine[Any, Any, int]]
    api_command: Callable[[DockerCall], Coroutine[Any, Any, int]]
    announce: Callable[[str], None]
    action_folder: Callable[[str], Path | None]
    clock: datetime
    stubs: Stubs
    artifacts: ArtifactStore
    changed_files: tuple[str, ...] | None = None
    runtime: Mapping[str, str] = field(default_factory=dict)
    patience: float = PATIENCE
    placeholders: Mapping[str, str] = field(default_factory=dict)
    cache_service: str = ""
    api_url: str = ""
    api_door: Callable[[str], ApiDoor] | None = None
    git_folders: tuple[Path, ...] = ()

    @property
    def job(self) -> Job:
        """The job as its file has it."""
        return self.planned.definition

    @property
    def workflow(self) -> Workflow:
        """The file the job stands in."""
        return self.planned.file

    @property
    def contexts(self) -> Mapping[str, Any]:
        """Every context but `env`, `runner` and `steps`, and of `job` not the status."""
        return self.start.contexts

    @property
    def environment(self) -> Mapping[str, str]:
        """The default variables."""
        return self.start.environment

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values to hide."""
        token = self.runtime.get("ACTIONS_RUNTIME_TOKEN")
        return (*self.start.secrets, token) if token else self.start.secrets

    def result(
        self,
        conclusion: Conclusion,
        *,
        reason: str | None = None,
        steps: tuple[StepResult, ...] = (),
        outputs: Mapping[str, str] | None = None,
        warnings: tuple[str, ...] = (),
    ) -> JobResult:
        """How the job ended; `reason` is why it failed or was cancelled where no step says it."""
        planned = self.planned
        return JobResult(
            id=planned.id,
            name=planned.name,
            path=planned.path,
            matrix=planned.leg,
            conclusion=conclusion,
            reason=reason,
            token=planned.token,
            cache=planned.cache,
            steps=steps,
            outputs=outputs or {},
            assumptions=planned.assumptions,
            warnings=warnings,
            where=planned.position.place,
        )
