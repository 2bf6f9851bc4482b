"""What a run came to: its jobs, steps, builds, and the tags before and after."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import UsageError, suggestion
from pytest_cicache.observation._answers import Answer, Answers, Asked, Cache, RunQuestion, TagNames
from pytest_cicache.observation._cache_service import ActionsCacheRecord
from pytest_cicache.observation._records import (
    BuildRecord,
    CacheOperation,
    Conclusion,
    EmptySecret,
    Operation,
    RegistryRecord,
    Result,
    StepMode,
)
from pytest_cicache.permissions import CacheAccess, Token
from pytest_cicache.plan import Assumption

if TYPE_CHECKING:
    from pytest_cicache.events import Delivery
    from pytest_cicache.observation._races import Race
    from pytest_cicache.plan import Plan

__all__ = ["JobResult", "Run", "Scenario", "StepResult", "TagChange", "Tags"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """A step and how it ended.

    `outcome` is the result before `continue-on-error`, `conclusion` after it; `note` says why the step was
    stubbed, skipped or emulated, or which commands in it were; `error` is the message GitHub would show.
    `assumptions` are those made in it, `assumes` the ids of all it rests on; `empty_secrets` are those that a failed
    step names; `where` is where it stands, `file:line:column`.
    """

    id: str
    name: str
    kind: str
    mode: StepMode
    outcome: Conclusion
    conclusion: Conclusion
    outputs: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None
    error: str | None = None
    log: tuple[str, ...] = ()
    builds: tuple[BuildRecord, ...] = ()
    operations: tuple[CacheOperation, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    assumes: tuple[str, ...] = ()
    empty_secrets: tuple[EmptySecret, ...] = ()
    where: str = ""

    def __repr__(self) -> str:
        why = f": {self.error or self.note}" if self.error or self.note else ""
        return f"<Step {self.id}: {self.conclusion}{why}>"[:120]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """A job, or one leg of its matrix, and how it ended.

    `path` holds the ids of the jobs that called its workflow, outermost first; `reason` says why it was
    skipped, cancelled or refused; `token` is `None` for a job that never started; `assumptions` are those about the
    job as a whole; `warnings` are those of GitHub at its end, such as of an output that it drops; `where` is where its
    id stands, `file:line:column`.
    """

    id: str
    name: str
    path: tuple[str, ...] = ()
    matrix: Mapping[str, Any] | None = None
    conclusion: Conclusion
    reason: str | None = None
    token: Token | None = None
    cache: CacheAccess | None = None
    steps: tuple[StepResult, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = ()
    warnings: tuple[str, ...] = ()
    where: str = ""

    @property
    def assumes(self) -> tuple[str, ...]:
        """The ids of the assumptions that the job rests on: its own and those of its steps."""
        of_steps = (name for step in self.steps for name in step.assumes)
        return tuple(dict.fromkeys((*(item.id for item in self.assumptions), *of_steps)))

    def __repr__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"<Job {'/'.join((*self.path, self.id))}: {self.conclusion}{why}>"[:120]

    def step(self, step_id: str) -> StepResult:
        """Return the step with an id or a name; raises UsageError that lists them when there is none."""
        for step in self.steps:
            if step_id in (step.id, step.name):
                return step
        known = ", ".join(sorted(step.id for step in self.steps)) or "none"
        raise UsageError(f"the job '{self.id}' has no step '{step_id}'; it has {known}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TagChange:
    """The tags of one package before and after a run.

    `before`, `after` and `uncertain` (the tags of which a race decides whether they are there) are sorted; `added`,
    `moved` and `removed` are sets.
    """

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    moved: Collection[str] = ()
    uncertain: tuple[str, ...] = ()
    asked: Asked | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "moved", self._names(RunQuestion.MOVED, self.moved))

    @property
    def added(self) -> TagNames:
        """Tags that are there only after."""
        return self._names(RunQuestion.ADDED, {*self.after} - {*self.before})

    @property
    def removed(self) -> TagNames:
        """Tags that were there only before."""
        return self._names(RunQuestion.REMOVED, {*self.before} - {*self.after})

    def _names(self, question: RunQuestion, names: Iterable[str]) -> TagNames:
        asked = self.asked and replace(self.asked, question=question)
        return TagNames(names, uncertain=frozenset(self.uncertain), asked=asked)


class UnknownPackageError(UsageError, KeyError):
    """A package that a run did not meet; the message lists those it met."""

    def __init__(self, package: str, known: Iterable[str]) -> None:
        names = sorted(known)
        listed = f"it met {', '.join(names)}" if names else "it met none"
        super().__init__(f"the run met no package '{package}'; {suggestion(package, names)}{listed}")

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Tags(Mapping[str, TagChange]):
    """The tags of every package a run met, by `owner/package` (`host/owner/package` outside ghcr.io).

    `added`, `moved`, `removed` and `after` are the tags of all packages together. A package that the run did not meet
    is a KeyError that lists those it met.
    """

    packages: Mapping[str, TagChange]
    run: Run | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        shown = (f"{name}: {len(change.after)} tags" for name, change in self.packages.items())
        return f"<Tags {', '.join(shown) or 'of no package'}>"

    def __getitem__(self, package: str) -> TagChange:
        found = self.packages.get(package)
        if found is None:
            raise UnknownPackageError(package, self.packages)
        return found if self.run is None else replace(found, asked=Asked(self.run, RunQuestion.AFTER, package))

    def __iter__(self) -> Iterator[str]:
        return iter(self.packages)

    def __len__(self) -> int:
        return len(self.packages)

    @property
    def added(self) -> TagNames:
        """Tags that are there only after the run."""
        return self._all(RunQuestion.ADDED)

    @property
    def moved(self) -> TagNames:
        """Tags that point at another manifest after the run."""
        return self._all(RunQuestion.MOVED)

    @property
    def removed(self) -> TagNames:
        """Tags that were there only before the run."""
        return self._all(RunQuestion.REMOVED)

    @property
    def after(self) -> TagNames:
        """Every tag that is there after the run."""
        return self._all(RunQuestion.AFTER)

    def _all(self, question: RunQuestion) -> TagNames:
        names = (tag for change in self.packages.values() for tag in getattr(change, question))
        uncertain = (tag for change in self.packages.values() for tag in change.uncertain)
        asked = None if self.run is None else Asked(self.run, question)
        return TagNames(names, uncertain=frozenset(uncertain), asked=asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What was simulated, in the words of the command line.

    `act_image` is the image whose containers jobs ran in, `hides_processes` says that steps saw only their job's.
    """

    workflow: str
    event: str
    after: tuple[str, ...]
    repository: str
    runner: str
    builder: str
    registry: str
    hides_processes: bool = False
    act_image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The result of running a workflow for an event; everything a test asks is answered from its records.

    `triggered` is false when no filter let the event in, `reason` then says which; `error` says why a failed run
    failed: the text GitHub shows for a startup failure, else the first job that failed, its step and its words;
    `requests` are the registry's records in order, `cache_requests` those of the Actions cache. `plan` is what was
    run, with the event as it was delivered and every job as its file declares it; `races` are the jobs side by side
    that decide by chance what is unknown here.
    """

    scenario: Scenario
    triggered: bool
    reason: str | None
    outcome: Conclusion
    error: str | None
    jobs: tuple[JobResult, ...]
    packages: Mapping[str, TagChange] = field(default_factory=dict)
    requests: tuple[RegistryRecord, ...] = ()
    cache_requests: tuple[ActionsCacheRecord, ...] = ()
    plan: Plan | None = field(default=None, compare=False)
    races: tuple[Race, ...] = ()
    layer_ages: Mapping[str, timedelta] = field(default_factory=dict, compare=False)

    def __repr__(self) -> str:
        why = self.error or self.reason or ", ".join(str(job.reason) for job in self.jobs if job.reason)
        text = f"<Run {self.scenario.workflow} on {self.scenario.event}: {self.outcome}"
        return (f"{text}: {why}"[:119] if why else text) + ">"

    @property
    def delivery(self) -> Delivery | None:
        """The event as the repository received it: trust, actor, head repository."""
        return None if self.plan is None else self.plan.delivery

    @property
    def conclusion(self) -> Answer:
        """`success`, `failure`, `skipped` or `startup_failure`."""
        return Answer(self.outcome.value, asked=Asked(self, RunQuestion.CONCLUSION))

    @property
    def token(self) -> Token:
        """The token of the run's jobs; raises UsageError when they have different ones or there is none."""
        tokens = [job.token for job in self.jobs if job.token is not None]
        if tokens and all(token.permissions == tokens[0].permissions for token in tokens):
            return tokens[0]
        ids = ", ".join(dict.fromkeys(job.id for job in self.jobs)) or "none"
        problem = "its jobs have different tokens" if tokens else "no job started"
        raise UsageError(f"the run has no one token: {problem}; ask a job, run.job(ID).token, of {ids}")

    @property
    def cache(self) -> Cache:
        """What the builds took from caches and what they could not."""
        return Cache(builds=self.builds, operations=self.operations, run=self, ages=self.layer_ages)

    @property
    def tags(self) -> Tags:
        """What the run did to the registry's tags."""
        return Tags(self.packages, self)

    @property
    def denied(self) -> Answers[CacheOperation]:
        """The operations that a registry refused."""
        found = (operation for operation in self.operations if operation.result is Result.DENIED)
        return Answers(found, asked=Asked(self, RunQuestion.DENIED))

    @property
    def operations(self) -> tuple[CacheOperation, ...]:
        """Every login, import, export, push and pull, in order."""
        return tuple(operation for step in self._steps() for operation in step.operations)

    @property
    def exports(self) -> tuple[CacheOperation, ...]:
        """The cache exports alone."""
        return tuple(found for found in self.operations if found.operation is Operation.EXPORT)

    @property
    def builds(self) -> tuple[BuildRecord, ...]:
        """Every build, in order."""
        return tuple(build for step in self._steps() for build in step.builds)

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Everything that was not simulated and is taken to have succeeded, each once, in order."""
        found = (item for job in self.jobs for item in (*job.assumptions, *_made_in(job.steps)))
        return tuple({item.id: item for item in found}.values())

    @property
    def log(self) -> str:
        """The steps' output as GitHub's log shows it."""
        return "\n".join(line for job in self.jobs for line in _job_log(job))

    @property
    def uploaded(self) -> int:
        """Bytes sent to registries and to the Actions cache."""
        return sum(item.sent for item in self.requests) + sum(item.sent for item in self.cache_requests)

    @property
    def downloaded(self) -> int:
        """Bytes received from registries and from the Actions cache."""
        return sum(item.received for item in self.requests) + sum(item.received for item in self.cache_requests)

    def job(self, job_id: str, **matrix: object) -> JobResult:
        """Return the job with an id or a name, of a matrix the leg with these values.

        Raises UsageError that lists the jobs when none or several fit.
        """
        fitting = [job for job in self.jobs if job_id in (job.id, job.name) and _is_leg(job, matrix)]
        if len(fitting) == 1:
            return fitting[0]
        known = ", ".join(f"'{job.name}'" for job in self.jobs) or "none"
        raise UsageError(f"{len(fitting)} jobs fit '{job_id}'; the run's jobs are {known}")

    def _steps(self) -> Iterator[StepResult]:
        for job in self.jobs:
            yield from job.steps


def _job_log(job: JobResult) -> Iterator[str]:
    for step in job.steps:
        yield from step.log
    yield from (f"Warning: {text}" for text in job.warnings)


def _made_in(steps: Iterable[StepResult]) -> Iterator[Assumption]:
    for step in steps:
        yield from step.assumptions


def _is_leg(job: JobResult, matrix: Mapping[str, object]) -> bool:
    values = job.matrix or {}
    return all(key in values and _as_text(values[key]) == _as_text(value) for key, value in matrix.items())


def _as_text(value: object) -> str:
    """A matrix value as GitHub writes it in the name of a leg."""
    return str(value).lower() if isinstance(value, bool) else str(value)
