"""`on:` out of its nodes: triggers, the interface of a reusable workflow, the inputs of a manual run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cicache.events import Trigger
from pytest_cicache.workflow._cron import is_cron
from pytest_cicache.workflow._model import CallInput, CallOutput, CallSecret, DispatchInput, WorkflowCall
from pytest_cicache.workflow._nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from pytest_cicache.workflow._nodes import ScalarValue
    from pytest_cicache.workflow._problems import Problems

__all__ = ["read_call", "read_dispatch_inputs", "read_triggers"]

_CALL = "workflow_call"
_MOST_DISPATCH_INPUTS = 25
_FILTERS = (
    "types",
    "branches",
    "branches-ignore",
    "tags",
    "tags-ignore",
    "paths",
    "paths-ignore",
    "workflows",
)
_EXCLUSIVE = ("branches", "tags", "paths")
_NO_CRON = "Invalid cron expression. Expected format: '* * * * *' (minute hour day month weekday)"


def read_triggers(node: Node, problems: Problems) -> tuple[Trigger, ...]:
    """The entries of a valid `on:`."""
    match node:
        case Scalar():
            return (Trigger(event=str(node.value)),)
        case Sequence():
            return tuple(Trigger(event=str(item.value)) for item in node.items if isinstance(item, Scalar))
    return tuple(_trigger(event, value, problems) for event, value in node.items())


def _trigger(event: str, node: Node, problems: Problems) -> Trigger:
    if isinstance(node, Sequence):
        return Trigger(event=event, cron=_crons(node, problems))
    if not isinstance(node, Mapping):
        return Trigger(event=event)
    for name in _EXCLUSIVE:
        ignored = node.key(f"{name}-ignore")
        if ignored is not None and node.get(name) is not None:
            problems.add(
                f"you may only define one of `{name}` and `{name}-ignore` for a single event",
                ignored.position,
                is_warning=True,
            )
    given = {name: _texts(node.get(name)) for name in _FILTERS}
    return Trigger(
        event=event,
        types=given["types"],
        branches=given["branches"],
        branches_ignore=given["branches-ignore"],
        tags=given["tags"],
        tags_ignore=given["tags-ignore"],
        paths=given["paths"],
        paths_ignore=given["paths-ignore"],
        workflows=given["workflows"],
    )


def _crons(node: Sequence, problems: Problems) -> tuple[str, ...]:
    crons = [_scalar(item, "cron") for item in node.items if isinstance(item, Mapping)]
    for cron in crons:
        if cron is not None and not is_cron(str(cron.value)):
            problems.add(_NO_CRON, cron.position)
    return tuple(str(cron.value) for cron in crons if cron is not None)


def _texts(node: Node | None) -> tuple[str, ...] | None:
    match node:
        case Scalar(value=None):
            return None
        case Scalar():
            return (str(node.value),)
        case Sequence():
            return tuple(str(item.value) for item in node.items if isinstance(item, Scalar))
    return None


def read_call(node: Node) -> WorkflowCall | None:
    """The interface under `on.workflow_call`; `None` when the file cannot be called."""
    match node:
        case Scalar():
            return WorkflowCall() if node.value == _CALL else None
        case Sequence():
            named = any(isinstance(item, Scalar) and item.value == _CALL for item in node.items)
            return WorkflowCall() if named else None
    value = node.get(_CALL)
    if value is None:
        return None
    return WorkflowCall(
        inputs=tuple(_call_input(key, spec) for key, spec in _entries(value, "inputs")),
        secrets=tuple(_call_secret(key, spec) for key, spec in _entries(value, "secrets")),
        outputs=tuple(_call_output(key, spec) for key, spec in _entries(value, "outputs")),
    )


def _entries(node: Node, key: str) -> tuple[tuple[Scalar, Mapping], ...]:
    """Names and descriptions under a key; a name without a description has an empty one."""
    inner = node.get(key) if isinstance(node, Mapping) else None
    if not isinstance(inner, Mapping):
        return ()
    return tuple(
        (name, spec if isinstance(spec, Mapping) else Mapping(entries=(), position=spec.position))
        for name, spec in inner.entries
    )


def _scalar(node: Mapping, key: str) -> Scalar | None:
    value = node.get(key)
    return value if isinstance(value, Scalar) else None


def _value(node: Mapping, key: str) -> ScalarValue:
    scalar = _scalar(node, key)
    return None if scalar is None else scalar.value


def _text(node: Mapping, key: str) -> str | None:
    scalar = _scalar(node, key)
    return None if scalar is None else str(scalar.value)


def _call_input(name: Scalar, spec: Mapping) -> CallInput:
    return CallInput(
        name=str(name.value),
        type=_text(spec, "type") or "string",
        position=name.position,
        required=_value(spec, "required") is True,
        default=_scalar(spec, "default"),
        description=_text(spec, "description"),
    )


def _call_secret(name: Scalar, spec: Mapping) -> CallSecret:
    return CallSecret(
        name=str(name.value),
        position=name.position,
        required=_value(spec, "required") is True,
        description=_text(spec, "description"),
    )


def _call_output(name: Scalar, spec: Mapping) -> CallOutput:
    value = _scalar(spec, "value")
    assert value is not None
    return CallOutput(name=str(name.value), value=value, position=name.position, description=_text(spec, "description"))


def read_dispatch_inputs(node: Node, problems: Problems) -> tuple[DispatchInput, ...]:
    """The inputs under `on.workflow_dispatch`."""
    value = node.get("workflow_dispatch") if isinstance(node, Mapping) else None
    if value is None:
        return ()
    entries = _entries(value, "inputs")
    if len(entries) > _MOST_DISPATCH_INPUTS:
        message = f"you may only define up to {_MOST_DISPATCH_INPUTS} `inputs` for a `workflow_dispatch` event"
        problems.add(message, value.position)
    return tuple(_dispatch_input(name, spec, problems) for name, spec in entries)


def _dispatch_input(name: Scalar, spec: Mapping, problems: Problems) -> DispatchInput:
    kind = _text(spec, "type") or "string"
    default = _scalar(spec, "default")
    options = _texts(spec.get("options"))
    if default is not None and not _fits(default.value, kind):
        problems.add(f"Unexpected value '{default.text}'", default.position, is_warning=True)
    if kind == "choice" and not options:
        problems.add("Missing 'options' for choice input", spec.position, is_warning=True)
    if kind != "choice" and options is not None:
        message = "Input type is not 'choice', but 'options' is defined"
        problems.add(message, spec.position, is_warning=True)
    return DispatchInput(
        name=str(name.value),
        type=kind,
        position=name.position,
        required=_value(spec, "required") is True,
        default=None if default is None else default.value,
        options=options or (),
        description=_text(spec, "description"),
    )


def _fits(value: ScalarValue, kind: str) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    return kind != "number" or isinstance(value, float)
