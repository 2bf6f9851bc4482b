"""Runs a repository's workflows under the events they can meet, and judges them by the checks."""

from pytest_cicache.survey._record import WorkflowRecord
from pytest_cicache.survey._survey import Survey

__all__ = ["Survey", "WorkflowRecord"]
