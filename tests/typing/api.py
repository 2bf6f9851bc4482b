"""Every public name as a user annotates it; type-checked, not run."""

from __future__ import annotations

from pathlib import Path

from pytest_cicache import (
    Assumption,
    BuildRecord,
    Cache,
    CacheOperation,
    CicacheError,
    Conclusion,
    EngineNames,
    Engines,
    Event,
    JobResult,
    Operation,
    Plan,
    RegistryRecord,
    Repository,
    Result,
    Run,
    Simulation,
    StepMode,
    StepResult,
    TagChange,
    Tags,
    Token,
    Vertex,
    Why,
    __version__,
    events,
)
from pytest_cicache.expressions import evaluate
from pytest_cicache.workflow import Workflow, WorkflowError, read_workflow


def use(root: Path) -> None:
    repository = Repository(owner="octo-org", name="app")
    with Engines(EngineNames(builder="simulated")) as engines, Simulation(engines, root, repository) as simulation:
        event: Event = events.fork_pr(number=12)
        run: Run = simulation.run("ci.yml", event, changes={"Dockerfile": "FROM scratch\n"})
        job: JobResult = run.job("build")
        step: StepResult = job.step("push")
        token: Token = run.token
        text: str = run.conclusion + step.name + token.packages + __version__
        missed: list[str] = [vertex.name for vertex in run.cache.misses]
        tags: set[str] = set(run.tags.added) | {text, *missed}
        print(tags)


def ask(run: Run) -> list[str]:
    cache: Cache = run.cache
    missed: list[Vertex] = cache.misses
    reasons: list[Why] = [vertex.why for vertex in missed if vertex.why is not None]
    denied: list[CacheOperation] = run.denied
    places: list[str] = [item.where for item in denied if item.operation is Operation.EXPORT]
    results: set[Result] = {item.result for item in cache.imports}
    builds: tuple[BuildRecord, ...] = run.builds
    tags: Tags = run.tags
    change: TagChange = tags["octo-org/app"]
    names: set[str] = set(change.added) | set(tags.moved)
    modes: list[StepMode] = [step.mode for job in run.jobs for step in job.steps]
    ends: list[Conclusion] = [job.conclusion for job in run.jobs]
    assumed: tuple[Assumption, ...] = run.assumptions
    requests: tuple[RegistryRecord, ...] = run.requests
    plan: Plan | None = run.plan
    print(results, modes, ends, plan, [item.status for item in requests], [build.exit_code for build in builds])
    return [*places, *names, *cache.imported_from("main"), *map(str, reasons), *(item.where for item in assumed)]


def read(source: str) -> Workflow | CicacheError:
    try:
        return read_workflow(source, path=".github/workflows/ci.yml", default_permissions="read", fetch=None)
    except WorkflowError as error:
        print([str(problem) for problem in error.problems], evaluate("1 == 1", {}))
        return error
