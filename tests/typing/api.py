"""Every public name as a user annotates it; type-checked, not run."""

from __future__ import annotations

from pathlib import Path

from pytest_cicache import (
    CicacheError,
    EngineNames,
    Engines,
    Event,
    JobResult,
    Repository,
    Run,
    Simulation,
    StepResult,
    Token,
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


def read(source: str) -> Workflow | CicacheError:
    try:
        return read_workflow(source, path=".github/workflows/ci.yml", default_permissions="read", fetch=None)
    except WorkflowError as error:
        print([str(problem) for problem in error.problems], evaluate("1 == 1", {}))
        return error
