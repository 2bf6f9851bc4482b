"""Runs a repository's workflows under the events they can meet, and judges them by the checks."""

from pytest_cicache.survey._base import changes_since, checked_out, default_base
from pytest_cicache.survey._baseline import read_baseline, write_baseline
from pytest_cicache.survey._record import WorkflowRecord
from pytest_cicache.survey._survey import Survey

__all__ = [
    "Survey",
    "WorkflowRecord",
    "changes_since",
    "checked_out",
    "default_base",
    "read_baseline",
    "write_baseline",
]
