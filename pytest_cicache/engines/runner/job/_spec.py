"""What the runner is told about a job, and the stand-ins a test gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pytest_cicache.actions import CheckOut
from pytest_cicache.engines.docker import Docker
from pytest_cicache.observation import Conclusion, StepResult
from pytest_cicache.workflow import Job, Workflow

__all__ = ["JobEnd", "JobSpec", "Stubs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stubs:
    """Stand-ins: for commands (name to script text), actions (`owner/name` to outputs), steps (`job/step` to
    outputs) and whole jobs (id to outputs); `allowed` commands run for real.
    """

    commands: Mapping[str, str] = field(default_factory=dict)
    actions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    steps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    jobs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    allowed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """One job, or one leg of its matrix, ready to run.

    `contexts` hold everything but `env`, `job`, `runner` and `steps`; `environment` are the default
    variables; `secrets` are the values to hide; `check_out` lays a commit into a folder; `announce` is told
    each step's id before it starts; `action_folder` gives the folder of an action that is at hand, by what
    `uses:` names.
    """

    job: Job
    workflow: Workflow
    contexts: Mapping[str, Any]
    environment: Mapping[str, str]
    secrets: tuple[str, ...]
    docker: Docker
    check_out: Callable[[CheckOut, Path], None]
    announce: Callable[[str], None]
    action_folder: Callable[[str], Path | None]
    clock: datetime
    stubs: Stubs


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnd:
    """How a job ended; `error` is why it failed or was cancelled where no step says it."""

    conclusion: Conclusion
    steps: tuple[StepResult, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None
