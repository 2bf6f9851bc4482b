"""The jobs that a workflow and an event give: start, calls, matrices, conditions, tokens, needs; assumed or as run."""

from pytest_cicache.plan._assumed import action_not_run
from pytest_cicache.plan._assumption import Assumption, AssumptionKind
from pytest_cicache.plan._caller import CALLING_JOB, StandInCaller, needs_caller, stand_in_caller
from pytest_cicache.plan._model import JobPlace, JobSettings, Plan, PlannedJob, Verdict
from pytest_cicache.plan._outcome import JobOutcome
from pytest_cicache.plan._plan import PlannedRun, begin, plan, refused
from pytest_cicache.plan._planner import JobSelection, Planner
from pytest_cicache.plan._spec import JobStart, started
from pytest_cicache.plan._start import Start, start
from pytest_cicache.plan._states import DueJob

__all__ = [
    "CALLING_JOB",
    "Assumption",
    "AssumptionKind",
    "DueJob",
    "JobOutcome",
    "JobPlace",
    "JobSelection",
    "JobSettings",
    "JobStart",
    "Plan",
    "PlannedJob",
    "PlannedRun",
    "Planner",
    "StandInCaller",
    "Start",
    "Verdict",
    "action_not_run",
    "begin",
    "needs_caller",
    "plan",
    "refused",
    "stand_in_caller",
    "start",
    "started",
]
