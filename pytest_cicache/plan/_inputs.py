"""The `inputs` of a run: what a dispatch or a calling job gives, laid over what the file declares."""

from __future__ import annotations

from collections import abc
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import UsageError
from pytest_cicache.expressions import holds_unknown, to_number, to_text
from pytest_cicache.workflow import Mapping, evaluate_node

if TYPE_CHECKING:
    from pytest_cicache.workflow import CallInput, DispatchInput, Node, Workflow

__all__ = ["bind_call_inputs", "dispatch_inputs"]

_EMPTY = {"boolean": False, "number": 0.0}


def dispatch_inputs(workflow: Workflow, given: abc.Mapping[str, Any]) -> dict[str, Any]:
    """Give the typed `inputs` of a workflow_dispatch; raises `UsageError` as GitHub's API refuses."""
    values = {name.lower(): value for name, value in given.items()}
    known = {item.name.lower() for item in workflow.dispatch_inputs}
    unexpected = sorted(name for name in given if name.lower() not in known)
    if unexpected:
        raise UsageError(f"Unexpected inputs provided: {unexpected}".replace("'", '"'))
    return {item.name: _dispatched(item, values.get(item.name.lower())) for item in workflow.dispatch_inputs}


def _dispatched(item: DispatchInput, value: Any) -> Any:
    if value is None and item.required and item.default is None:
        raise UsageError(f"Required input '{item.name}' not provided")
    chosen = item.default if value is None else value
    if item.type == "choice":
        chosen = chosen if chosen is not None else next(iter(item.options), "")
        if to_text(chosen) not in item.options:
            raise UsageError(f"Provided value '{chosen}' for input '{item.name}' not in the list of allowed values")
    return _typed(item.type, chosen)


def _typed(kind: str, value: Any) -> Any:
    if value is None:
        return _EMPTY.get(kind, "")
    if holds_unknown(value):
        return to_text(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else to_text(value).lower() == "true"
    return to_number(value) if kind == "number" else to_text(value)


def bind_call_inputs(workflow: Workflow, given: Node | None, contexts: abc.Mapping[str, Any]) -> dict[str, Any]:
    """Give the typed `inputs` of a called workflow from the calling job's `with`.

    `contexts` are those of the calling job. Raises `WorkflowError` for a value that cannot be evaluated.
    """
    written = {name.lower(): node for name, node in given.items()} if isinstance(given, Mapping) else {}
    declared = workflow.call.inputs if workflow.call is not None else ()
    return {item.name: _bound(item, written.get(item.name.lower()), contexts) for item in declared}


def _bound(item: CallInput, node: Node | None, contexts: abc.Mapping[str, Any]) -> Any:
    chosen = item.default if node is None else node
    return _EMPTY.get(item.type, "") if chosen is None else _typed(item.type, evaluate_node(chosen, contexts))
