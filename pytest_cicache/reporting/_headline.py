"""Why an answer of a run is not what a test expects, in one line that begins with the place to look at."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from pytest_cicache.observation import (
    Asked,
    BuildRecord,
    CacheOperation,
    Conclusion,
    JobResult,
    Operation,
    Result,
    Run,
    RunQuestion,
    StepResult,
    Vertex,
    why_failed,
)
from pytest_cicache.permissions import Token
from pytest_cicache.reporting._advice import absent_packages

__all__ = ["Headline", "headline", "part_headline", "short_place", "token_headline"]

_WORKFLOWS = ".github/workflows/"
_WORDS = {
    Operation.LOGIN: "login to",
    Operation.IMPORT: "cache-from",
    Operation.EXPORT: "cache-to",
    Operation.PUSH: "push of",
    Operation.PULL: "pull of",
}
_NEEDS_WRITE = (Operation.EXPORT, Operation.PUSH)
_WROTE = (Result.WRITTEN, Result.PUSHED)
_FINE = (Result.OK, Result.HIT, *_WROTE)
_TAGS = (RunQuestion.ADDED, RunQuestion.MOVED, RunQuestion.REMOVED, RunQuestion.AFTER)


@dataclass(frozen=True, slots=True)
class Headline:
    """Why in a clause, and where, `file:line:column` or the name of a workflow; empty for no place."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{short_place(self.where)}: {self.what}" if self.where else self.what


def headline(asked: Asked, expected: object = None) -> Headline | None:
    """Say where and why the answer is not what was `expected`; `None` where the run holds no reason."""
    run = asked.run
    match asked.question:
        case RunQuestion.CONCLUSION:
            return _conclusion(run)
        case RunQuestion.MISSES | RunQuestion.HITS | RunQuestion.UNKNOWN:
            return _first_uncached(run)
        case RunQuestion.IMPORTED_FROM:
            return _not_imported(run, asked.name)
        case RunQuestion.DENIED:
            return _first(run, (item for item in run.operations if item.result is Result.DENIED))
        case RunQuestion.IMPORTS | RunQuestion.EXPORTS:
            wanted = Operation.IMPORT if asked.question is RunQuestion.IMPORTS else Operation.EXPORT
            found = (item for item in run.operations if item.operation is wanted and item.result not in _FINE)
            return _first(run, found)
    return _tags(asked, expected)


def part_headline(run: Run, part: JobResult | StepResult) -> Headline | None:
    """The same of a job or a step of the run; `None` for one that is not its own or did not fail."""
    for job in run.jobs:
        if job is part and job.conclusion is Conclusion.FAILURE:
            return _failed_job(run, job)
        if job is part and job.reason:
            return Headline(job.where, f"job '{job.name}' {job.conclusion}: {job.reason}")
        step = next((step for step in job.steps if step is part), None)
        if step is not None and step.conclusion is Conclusion.FAILURE:
            return _failed_step(run, job, step)
        if step is not None and step.note:
            return Headline(step.where, f"step '{step.id}' {step.conclusion}: {step.note}")
    return None


def token_headline(run: Run, token: Token, names: Collection[str]) -> Headline | None:
    """Why a token of the run has the level that it has, of a permission in `names` or of packages."""
    job = next((job for job in run.jobs if job.token is token), None)
    if job is None:
        return None
    asked = (scope for scope in token.permissions if scope.replace("-", "_") in names)
    scope = next(asked, "packages")
    because = token.because.get(scope, ())
    told = f" ({because[-1]})" if because else ""
    return Headline(job.where, f"the token has {scope}: {token.permissions.get(scope, 'none')}{told}")


def short_place(where: str) -> str:
    """A place as file and line, a workflow by its name."""
    path, _, rest = where.partition(":")
    return f"{path.removeprefix(_WORKFLOWS)}:{rest.partition(':')[0]}" if rest else path.removeprefix(_WORKFLOWS)


def _conclusion(run: Run) -> Headline | None:
    if not run.triggered:
        return Headline(run.scenario.workflow, f"not triggered by {run.scenario.event}: {run.reason}")
    if run.outcome is Conclusion.STARTUP_FAILURE:
        return Headline(run.scenario.workflow, " ".join((run.error or "").split()))
    failed = next((job for job in run.jobs if job.conclusion is Conclusion.FAILURE), None)
    if failed is not None:
        return _failed_job(run, failed)
    ended = next((job for job in run.jobs if job.conclusion is Conclusion.CANCELLED and job.reason), None)
    if ended is not None:
        step = next((step for step in ended.steps if step.conclusion is Conclusion.CANCELLED), None)
        return Headline(
            ended.where if step is None else step.where, f"job '{ended.name}' was cancelled: {ended.reason}"
        )
    ignored = (item for item in run.operations if item.result is Result.DENIED)
    return _first(run, ignored)


def _failed_job(run: Run, job: JobResult) -> Headline:
    step = next((step for step in job.steps if step.conclusion is Conclusion.FAILURE), None)
    return Headline(job.where, str(why_failed((job,)))) if step is None else _failed_step(run, job, step)


def _failed_step(run: Run, job: JobResult, step: StepResult) -> Headline:
    fatal = next((item for item in step.operations if item.fatal), None)
    if fatal is not None:
        return _told(run, job, fatal)
    place = next((build.where for build in step.builds if build.exit_code), step.where)
    return Headline(place or job.where, str(why_failed((replace(job, steps=(step,)),))))


def _first_uncached(run: Run) -> Headline | None:
    missed = next(((build, item) for build in run.builds for item in build.vertices if item.cached is not True), None)
    if missed is None:
        failed = next((build for build in run.builds if build.exit_code), None)
        return None if failed is None else Headline(failed.where, repr(failed))
    build, vertex = missed
    why = vertex.why or _why(build)
    return Headline(build.where, f"{vertex.name} of {build.dockerfile} {_ended(vertex)}: {why}")


def _ended(vertex: Vertex) -> str:
    return "was not cached" if vertex.cached is False else "may not be cached"


def _why(build: BuildRecord) -> str:
    """Why a step was not cached, as far as the imports tell."""
    imports = [item for item in build.operations if item.operation is Operation.IMPORT]
    if not imports:
        return "the build imports no cache"
    told = ", ".join(f"{item.name} {item.told_result}" for item in imports)
    return f"what was imported does not have it ({told})" if build.hits else told


def _not_imported(run: Run, name: str) -> Headline:
    imports = [item for item in run.operations if item.operation is Operation.IMPORT]
    if not imports:
        return Headline("", f"no build imports a cache, from '{name}' or elsewhere")
    tried = ", ".join(dict.fromkeys(f"{item.name} {item.told_result}" for item in imports))
    nearest = next((item for item in imports if name in item.name), imports[0])
    return Headline(nearest.where, f"no step came from '{name}'; tried: {tried}")


def _tags(asked: Asked, expected: object) -> Headline | None:
    """The first tag too many with what wrote it, else the first that is missing with what did not."""
    if asked.question not in _TAGS or not isinstance(expected, set | frozenset):
        return None
    packages = [asked.name] if asked.name else list(asked.run.packages)
    actual = {tag for name in packages for tag in getattr(asked.run.packages[name], asked.question)}
    extra, missing = sorted(actual - expected), sorted(expected - actual)
    for tag in (*extra, *missing):
        found = [item for item in asked.run.operations if _writes(item, tag)]
        wrote = [item for item in found if (item.result in _WROTE) is (tag in extra)]
        if wrote:
            return _first(asked.run, iter(wrote[:1]))
    if extra:
        return Headline("", f"the tag '{extra[0]}' is {asked.question} although it is not expected")
    return Headline("", f"nothing in the run writes the tag '{missing[0]}'") if missing else None


def _writes(operation: CacheOperation, tag: str) -> bool:
    reference = operation.reference or ""
    return operation.operation in _NEEDS_WRITE and reference.rpartition("/")[2].partition(":")[2] == tag


def _first(run: Run, operations: Iterator[CacheOperation]) -> Headline | None:
    operation = next(operations, None)
    if operation is None:
        return None
    of_jobs = ((job, item) for job in run.jobs for step in job.steps for item in step.operations)
    job = next(job for job, item in of_jobs if item is operation or item == operation)
    return _told(run, job, operation)


def _told(run: Run, job: JobResult, operation: CacheOperation) -> Headline:
    parts = [f"{_WORDS[operation.operation]} {operation.name} {operation.told_result}", _for_whom(run, job, operation)]
    line = " ".join(filter(None, parts))
    return Headline(operation.where, line + _consequence(operation))


def _for_whom(run: Run, job: JobResult, operation: CacheOperation) -> str:
    """By which token, and in whose words where the token is not why."""
    words = " ".join((operation.message or "").split()).rstrip(".")
    message = f"({words})" if words and operation.result not in _FINE else ""
    if operation.result is Result.DENIED and _package(operation) in absent_packages((run,)):
        return "since the package does not exist"
    if operation.result is not Result.DENIED:
        return message
    if operation.type == "gha" and job.cache is not None:
        return f"since the job's Actions cache is {job.cache.mode}: {job.cache.reason}"
    if job.token is None:
        return message
    level = job.token.packages
    told = f"for {_whose(run)} token (packages: {level})"
    is_enough = level == "write" or (level == "read" and operation.operation not in _NEEDS_WRITE)
    return f"{told} {message}" if is_enough and message else told


def _package(operation: CacheOperation) -> str:
    """`owner/name` of the package that an operation is on."""
    return re.split("[:@]", (operation.reference or "").partition("/")[2])[0]


def _whose(run: Run) -> str:
    delivery = run.delivery
    if delivery is not None and delivery.is_dependabot:
        return "Dependabot's"
    return "the fork's" if delivery is not None and delivery.is_fork else "the job's"


def _consequence(operation: CacheOperation) -> str:
    if not operation.fatal:
        return ""
    if operation.operation is Operation.EXPORT and operation.status is not None:
        # What no registry has refused ignore-error does not cover (buildkit, control/control.go).
        given = operation.attributes.get("ignore-error")
        return f"; it fails the build because ignore-error is {given or 'not set'}"
    if operation.operation is Operation.EXPORT:
        return "; it fails the build"
    return f"; it fails the {'build' if operation.operation is Operation.PUSH else 'command'}"
