"""Runs the steps of jobs."""

from pytest_cicache.engines.runner.inprocess import InProcessRunner
from pytest_cicache.engines.runner.job import hides_processes

__all__ = ["InProcessRunner", "hides_processes"]
