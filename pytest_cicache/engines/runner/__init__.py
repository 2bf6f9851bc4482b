"""Runs the steps of jobs: `inprocess` or `act`, each imported where it is chosen."""

from pytest_cicache.engines.runner.job import hides_processes

__all__ = ["hides_processes"]
