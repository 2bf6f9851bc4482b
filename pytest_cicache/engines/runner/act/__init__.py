"""Runs the steps of jobs in act (https://github.com/nektos/act)."""

from pytest_cicache.engines.runner.act._binary import find_act
from pytest_cicache.engines.runner.act._runner import ActRunner

__all__ = ["ActRunner", "find_act"]
