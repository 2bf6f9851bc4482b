"""Runs the steps of jobs."""

from pytest_cicache.engines.runner._inprocess import InProcessRunner

__all__ = ["InProcessRunner"]
