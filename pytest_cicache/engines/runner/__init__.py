"""Runs the jobs and steps of a workflow."""

from pytest_cicache.engines.runner._docker import Docker
from pytest_cicache.engines.runner._docker_server import DockerServer
from pytest_cicache.engines.runner._inprocess import InProcessRunner
from pytest_cicache.engines.runner._spec import Stubs
from pytest_cicache.engines.runner._workflow_run import JobHost, WorkflowRun

__all__ = ["Docker", "DockerServer", "InProcessRunner", "JobHost", "Stubs", "WorkflowRun"]
