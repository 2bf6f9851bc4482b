"""Runs the jobs and steps of a workflow."""

from pytest_cicache.engines.runner._inprocess import InProcessRunner
from pytest_cicache.engines.runner._workflow_run import JobHost, WorkflowRun

__all__ = ["InProcessRunner", "JobHost", "WorkflowRun"]
