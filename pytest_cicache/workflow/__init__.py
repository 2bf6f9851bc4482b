"""Workflow, action and reusable-workflow files: read, validated, positions kept; the matrix."""

from pytest_cicache.errors import WorkflowError
from pytest_cicache.workflow._action import read_action
from pytest_cicache.workflow._contexts import ACTION_CONTEXTS, CONTEXTS, Availability
from pytest_cicache.workflow._evaluate import evaluate_node
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
    SourceLine,
    Step,
    Strategy,
    Value,
    Workflow,
    WorkflowCall,
    has_template,
)
from pytest_cicache.workflow._problems import Limits
from pytest_cicache.workflow._read import read_workflow

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
    "Limits",
    "Mapping",
    "Node",
    "PermissionBlock",
    "Position",
    "Scalar",
    "Sequence",
    "SourceLine",
    "Step",
    "Strategy",
    "Value",
    "Workflow",
    "WorkflowCall",
    "WorkflowError",
    "evaluate_node",
    "expand_matrix",
    "has_template",
    "read_action",
    "read_workflow",
]
