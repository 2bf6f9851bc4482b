"""What one workflow does under the events it can meet: the runs that checks judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pytest_cicache import errors
from pytest_cicache.observation import BuildRecord, CacheOperation, JobResult, Operation, Run, StepResult
from pytest_cicache.oci import Reference

if TYPE_CHECKING:
    from pytest_cicache.workflow import Step

__all__ = [
    "AFTER_PUSH",
    "ANY_BRANCH",
    "LATER",
    "OUTSIDERS",
    "PULLS",
    "REPEAT",
    "TRUSTED",
    "Behaviour",
    "CacheKey",
    "SeenOperation",
    "build_identity",
    "cache_key",
    "told_case",
]

REPEAT, LATER, AFTER_PUSH = "repeat", "later", "workflow_run_after_push"
ANY_BRANCH = "try-colour"
"""The branch of pushes and pull requests where a workflow takes any."""
TRUSTED = ("main_merge", AFTER_PUSH, "schedule", "workflow_dispatch", "tag_push", "release")
"""Kinds of events that only who may write to the repository can cause."""
PULLS = ("fork_pr", "dependabot_pr", "pr")
OUTSIDERS = ("fork_pr", "pr_target", "workflow_run", "issue_comment")
"""Kinds of events that anybody can cause."""
CacheKey: TypeAlias = str
"""A cache: `registry REFERENCE`, the reference in its canonical form, or `gha SCOPE` in the Actions cache."""

_WORDS = {
    "main_merge": "a push to the default branch",
    "push": "a push to another branch",
    "tag_push": "a push of a tag",
    "pr": "a pull request from a branch of this repository",
    "fork_pr": "a pull request from a fork",
    "dependabot_pr": "a pull request by Dependabot",
    "pr_target": "the pull_request_target of a fork's pull request",
    "pr_merged": "a pull request that is merged",
    "merge_group": "the merge queue",
    "schedule": "the schedule",
    "workflow_dispatch": "a manual run",
    "release": "a release",
    "workflow_run": "the workflow_run after a fork's pull request",
    AFTER_PUSH: "the workflow_run after a push to the default branch",
    "issue_comment": "a comment on a pull request",
    REPEAT: "the next run, in which no file has changed,",
    LATER: "a run five weeks later",
}


def told_case(*cases: str) -> str:
    """Name cases as a person would, at the beginning of a sentence: `A pull request from a fork and the schedule`."""
    words = [_WORDS.get(case, case) for case in dict.fromkeys(cases)]
    text = " and ".join((", ".join(words[:-1]), words[-1]) if len(words) > 1 else words)
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenOperation:
    """An operation with the case, job, step and build it belongs to; `build` is `None` for one outside of builds."""

    case: str
    job: JobResult
    step: StepResult
    operation: CacheOperation
    build: BuildRecord | None = None

    @property
    def key(self) -> CacheKey | None:
        """The cache it reads or writes; `None` for one without a name, or with one that nobody knows."""
        return cache_key(self.operation)

    @property
    def where(self) -> str:
        """The line that asked for it."""
        return self.operation.where or self.step.where

    @property
    def assumes(self) -> tuple[str, ...]:
        """The ids of the assumptions that it rests on, of those about its job as a whole too."""
        own = (item.id for item in self.job.assumptions)
        return tuple(dict.fromkeys((*self.operation.assumes, *own)))

    @property
    def place(self) -> str:
        """What it reads or writes, as a person would say it."""
        if self.operation.reference:
            return self.operation.reference
        if self.operation.type == "gha":
            return f"scope '{self.operation.cache_scope}' of the Actions cache"
        return f"the {self.operation.type} cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """The runs of one workflow, by case, in the order they were run in one simulation.

    A case is the kind of an event that starts it, `workflow_run_after_push` (to the default branch), `repeat` (the
    `seed` once more, with no file changed) or `later` (the same five weeks later). `seed` is the case of the first run,
    which fills the caches; `None` where no event starts the workflow. `untold` says of each case that could not be
    simulated why. `siblings` are the texts of all workflow files of the repository, by path.
    """

    path: str
    runs: Mapping[str, Run]
    seed: str | None = None
    untold: Mapping[str, str] = field(default_factory=dict)
    siblings: Mapping[str, str] = field(default_factory=dict)

    def seen(self, cases: Iterable[str] | None = None, *wanted: Operation) -> Iterator[SeenOperation]:
        """The operations of cases (of all without any), of the wanted kinds."""
        for case in self.runs if cases is None else cases:
            run = self.runs.get(case)
            if run is not None:
                yield from (each for each in _seen(case, run) if each.operation.operation in wanted)

    def builds(self, case: str | None) -> Iterator[tuple[JobResult, StepResult, BuildRecord]]:
        """The builds of a case with their job and step."""
        run = None if case is None else self.runs.get(case)
        for job in run.jobs if run is not None else ():
            for step in job.steps:
                yield from ((job, step, build) for build in step.builds)

    def steps(self) -> Iterator[tuple[str, Step]]:
        """Each step of the jobs that some case runs, once, with the id of its job, as the file has it."""
        found: dict[str, tuple[str, Step]] = {}
        for run in self.runs.values():
            for job in run.plan.jobs if run.plan is not None else ():
                for step in _flat(job.definition.steps):
                    found.setdefault(step.position.place, (job.id, step))
        yield from found.values()

    @property
    def writes(self) -> frozenset[CacheKey]:
        """The caches that any case writes, or would write."""
        return frozenset(each.key for each in self.seen(None, Operation.EXPORT, Operation.PUSH) if each.key is not None)

    @property
    def owner(self) -> str:
        """The owner of the repository, in lower case; empty where nothing ran."""
        run = next(iter(self.runs.values()), None)
        return "" if run is None else run.scenario.repository.partition("/")[0].lower()

    @property
    def is_only_called(self) -> bool:
        """Whether nothing but a stand-in for a caller starts it."""
        return any(run.plan is not None and run.plan.caller is not None for run in self.runs.values())


def cache_key(operation: CacheOperation) -> CacheKey | None:
    """What tells the cache of an operation from others; a `<` is in a name that holds an unknown value."""
    if operation.type == "gha":
        scope = operation.cache_scope or ""
        return None if "<" in scope else f"gha {scope}"
    if operation.reference is None or "<" in operation.reference:
        return None
    try:
        return f"registry {Reference.parse(operation.reference).normalised}"
    except errors.ReferenceError:
        return None


def build_identity(job: JobResult, build: BuildRecord) -> tuple[object, ...]:
    """What is the same of a build in every case; the targets of one command may share it."""
    return (build.where, build.dockerfile, build.target, str(job.matrix))


def _seen(case: str, run: Run) -> Iterator[SeenOperation]:
    for job in run.jobs:
        for step in job.steps:
            of_builds = [(each, build) for build in step.builds for each in build.operations]
            known = [each for each, _ in of_builds]
            others = [(each, None) for each in step.operations if each not in known]
            for operation, build in (*others, *of_builds):
                yield SeenOperation(case=case, job=job, step=step, operation=operation, build=build)


def _flat(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from _flat(step.parallel)
