"""Runs the steps of jobs."""

from pytest_cicache.engines.runner.act import ActRunner, find_act
from pytest_cicache.engines.runner.inprocess import InProcessRunner
from pytest_cicache.engines.runner.job import hides_processes

__all__ = ["ActRunner", "InProcessRunner", "find_act", "hides_processes"]
