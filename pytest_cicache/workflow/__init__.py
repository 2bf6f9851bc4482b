"""Workflow, action and reusable-workflow files: read, validated, positions kept; the matrix; the plan."""

from pytest_cicache.errors import WorkflowError
from pytest_cicache.workflow._action import read_action
from pytest_cicache.workflow._contexts import ACTION_CONTEXTS, CONTEXTS, Availability
from pytest_cicache.workflow._evaluate import evaluate_node
from pytest_cicache.workflow._inputs import bind_call_inputs
from pytest_cicache.workflow._job_names import leg_segments, plain_name
from pytest_cicache.workflow._matrix import expand_matrix
from pytest_cicache.workflow._model import (
    Action,
    ActionInput,
    ActionOutput,
    CallInput,
    CallOutput,
    CallSecret,
    Condition,
    DispatchInput,
    Job,
    Mapping,
    Node,
    PermissionBlock,
    Position,
    Scalar,
    Sequence,
    Step,
    Strategy,
    Value,
    Workflow,
    WorkflowCall,
    has_template,
)
from pytest_cicache.workflow._partial import Undecided
from pytest_cicache.workflow._plan import JobSettings, Plan, PlannedJob, Verdict
from pytest_cicache.workflow._planner import plan
from pytest_cicache.workflow._problems import Limits
from pytest_cicache.workflow._read import read_workflow
from pytest_cicache.workflow._start import Start, start

__all__ = [
    "ACTION_CONTEXTS",
    "CONTEXTS",
    "Action",
    "ActionInput",
    "ActionOutput",
    "Availability",
    "CallInput",
    "CallOutput",
    "CallSecret",
    "Condition",
    "DispatchInput",
    "Job",
    "JobSettings",
    "Limits",
    "Mapping",
    "Node",
    "PermissionBlock",
    "Plan",
    "PlannedJob",
    "Position",
    "Scalar",
    "Sequence",
    "Start",
    "Step",
    "Strategy",
    "Undecided",
    "Value",
    "Verdict",
    "Workflow",
    "WorkflowCall",
    "WorkflowError",
    "bind_call_inputs",
    "evaluate_node",
    "expand_matrix",
    "has_template",
    "leg_segments",
    "plain_name",
    "plan",
    "read_action",
    "read_workflow",
    "start",
]
