"""Runs the steps of jobs in this process."""

from pytest_cicache.engines.runner.inprocess._runner import InProcessRunner

__all__ = ["InProcessRunner"]
