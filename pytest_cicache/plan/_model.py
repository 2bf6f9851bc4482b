"""What a workflow does under an event: triggered or not, its jobs, their tokens, and why."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pytest_cicache.expressions import holds_unknown

if TYPE_CHECKING:
    from pytest_cicache.events import Delivery
    from pytest_cicache.permissions import CacheAccess, Token
    from pytest_cicache.plan._assumption import Assumption
    from pytest_cicache.workflow import Job, PermissionBlock, Position, Workflow

__all__ = ["JobPlace", "JobSettings", "Plan", "PlannedJob", "Verdict"]


class Verdict(StrEnum):
    """What the plan makes of a job; `FAILS` is one that cannot start, `CANCELLED` one that fail-fast kept from it."""

    RUNS = "runs"
    SKIPPED = "skipped"
    UNDECIDED = "undecided"
    FAILS = "fails"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSettings:
    """A job's settings as data, unknown values where they depend on such, `None` where there are none.

    `timeout_minutes` is 360 and `fail_fast` true when the file says nothing.
    """

    runs_on: Any = None
    environment: Any = None
    concurrency: Any = None
    timeout_minutes: Any = 360.0
    continue_on_error: Any = False
    fail_fast: Any = True
    max_parallel: Any = None

    @property
    def environment_name(self) -> str | None:
        """The name of the job's environment, `None` where it has none or it is not known."""
        name = self.environment.get("name") if isinstance(self.environment, abc.Mapping) else self.environment
        return None if name is None or holds_unknown(name) else str(name)


@dataclass(frozen=True, slots=True)
class JobPlace:
    """Where a job stands among the jobs of its plan.

    `order` are the numbers of the jobs and legs around it, of its own job and of its leg, which sorts the jobs of a
    plan. `after` are the beginnings of the orders of all that ended before it began.
    """

    order: tuple[int, ...] = ()
    after: tuple[tuple[int, ...], ...] = ()

    def is_after(self, other: JobPlace) -> bool:
        """Whether the other job has ended, whatever the machines do, when this one begins."""
        return any(other.order[: len(start)] == start for start in self.after)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PlannedJob:
    """A job, or one leg of its matrix, as GitHub would list it.

    `path` holds the ids of the jobs that called its workflow, `needs` those it waits for in its own file. `reason`
    says why it runs, is skipped, cannot be decided or cannot start, and is `None` where nothing stands in its way.
    `matrix` is the leg, an unknown value when nobody knows the legs, `None` without one; a job of a called workflow
    has the leg that calls it. `token` and `cache` are `None` for a job that is skipped, cannot
    start, has a stand-in or could not be read. `definition` is the job in its `file`, with positions and the
    permissions it declares; `stand_in` are the outputs of a job that somebody gave instead of running it.
    `assumptions` are those about the job as a whole, `opaque` the one of them that keeps its steps from running:
    nothing of it is known but that it is taken to succeed.
    """

    id: str
    name: str
    verdict: Verdict
    definition: Job
    file: Workflow
    place: JobPlace = field(default_factory=JobPlace)
    path: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    reason: str | None = None
    matrix: abc.Mapping[str, Any] | str | None = None
    uses: str | None = None
    token: Token | None = None
    cache: CacheAccess | None = None
    stand_in: abc.Mapping[str, str] | None = None
    assumptions: tuple[Assumption, ...] = ()
    opaque: Assumption | None = None
    settings: JobSettings = field(default_factory=JobSettings)

    def __repr__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"<PlannedJob {self.name} {self.verdict}{why}>"

    @property
    def leg(self) -> abc.Mapping[str, Any] | None:
        """The values of the matrix; `None` without a matrix, and where they are not known."""
        return None if isinstance(self.matrix, str) else self.matrix

    @property
    def position(self) -> Position:
        """Where the job stands in its file."""
        return self.definition.position

    @property
    def declared_permissions(self) -> PermissionBlock | None:
        """The `permissions:` of the job, else of its file; `None` where neither says anything."""
        own = self.definition.permissions
        return self.file.permissions if own is None else own


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Plan:
    """A workflow under one event.

    `reason` is the sentence that says why it is triggered or not; `error` the text of a startup failure, in which
    case no job runs. `name` is the workflow's, `run_name` the title of the run. `jobs` are in the order in which
    they can start; `caller` says what a stand-in gives to a workflow that runs only when it is called;
    `assumptions` are what a run would take to succeed, as far as that is known before it; `notices` are policies
    that may bear on the run, and the approval it would wait for.
    """

    path: str
    name: str
    delivery: Delivery
    triggered: bool
    reason: str
    error: str | None = None
    run_name: Any = None
    concurrency: Any = None
    jobs: tuple[PlannedJob, ...] = ()
    caller: str | None = None
    assumptions: tuple[Assumption, ...] = ()
    notices: tuple[str, ...] = ()

    def __repr__(self) -> str:
        state = "triggered" if self.triggered else "not triggered"
        what = f"startup failure: {self.error}" if self.error else f"{state}: {self.reason}"
        return f"<Plan {self.path} under {self.delivery.event.kind} {what}>"

    def job(self, job_id: str) -> PlannedJob | None:
        """The first job or leg with an id, which ignores case, or `None`."""
        return next((job for job in self.jobs if job.id.lower() == job_id.lower()), None)
