"""What does the work: builders, registries, the runner, git."""

from pytest_cicache.engines._choice import (
    choose_builder,
    choose_registry,
    docker_answers,
    resolve_builder,
    resolve_registry,
    resolve_runner,
)
from pytest_cicache.engines._loop import LoopThread
from pytest_cicache.engines._protocols import Builder, BuildPlace, ForgetfulRegistry, Logins, RegistryEngine
from pytest_cicache.engines._source import NewCommit, SourceStore, remote_url
from pytest_cicache.engines.docker import Docker, DockerServer
from pytest_cicache.engines.runner import InProcessRunner, JobHost, WorkflowRun
from pytest_cicache.engines.runner.job import Stubs

__all__ = [
    "BuildPlace",
    "Builder",
    "Docker",
    "DockerServer",
    "ForgetfulRegistry",
    "InProcessRunner",
    "JobHost",
    "Logins",
    "LoopThread",
    "NewCommit",
    "RegistryEngine",
    "SourceStore",
    "Stubs",
    "WorkflowRun",
    "choose_builder",
    "choose_registry",
    "docker_answers",
    "remote_url",
    "resolve_builder",
    "resolve_registry",
    "resolve_runner",
]
