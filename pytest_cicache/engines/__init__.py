"""What does the work: builders, registries, the runner, git."""

from pytest_cicache.engines._artifacts import ArtifactStore
from pytest_cicache.engines._builder_pool import BuilderPool, JobBuilder
from pytest_cicache.engines._choice import (
    choose_builders,
    choose_registry,
    choose_runner,
    docker_answers,
    hides_processes,
    resolve_builder,
    resolve_registry,
    resolve_runner,
    runner_note,
)
from pytest_cicache.engines._clone import KnownBranches, head_commit, known_branches, remote_url
from pytest_cicache.engines._job_spec import PATIENCE, JobSpec, StepTurn, Stubs
from pytest_cicache.engines._loop import LoopThread
from pytest_cicache.engines._process import run_tool
from pytest_cicache.engines._protocols import (
    Builder,
    BuildIdentity,
    BuildPlace,
    ForgetfulRegistry,
    Registries,
    RegistryEngine,
    Runner,
)
from pytest_cicache.engines._run_jobs import run_jobs
from pytest_cicache.engines._scratch import make_in_memory, make_scratch
from pytest_cicache.engines._source import NewCommit, SourceStore
from pytest_cicache.engines.docker import Docker, DockerCall, DockerServer

__all__ = [
    "PATIENCE",
    "ArtifactStore",
    "BuildIdentity",
    "BuildPlace",
    "Builder",
    "BuilderPool",
    "Docker",
    "DockerCall",
    "DockerServer",
    "ForgetfulRegistry",
    "JobBuilder",
    "JobSpec",
    "KnownBranches",
    "LoopThread",
    "NewCommit",
    "Registries",
    "RegistryEngine",
    "Runner",
    "SourceStore",
    "StepTurn",
    "Stubs",
    "choose_builders",
    "choose_registry",
    "choose_runner",
    "docker_answers",
    "head_commit",
    "hides_processes",
    "known_branches",
    "make_in_memory",
    "make_scratch",
    "remote_url",
    "resolve_builder",
    "resolve_registry",
    "resolve_runner",
    "run_jobs",
    "run_tool",
    "runner_note",
]
