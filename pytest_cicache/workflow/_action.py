"""`read_action`: an action file, or every reason why the runner would refuse it."""

from __future__ import annotations

from pytest_cicache.errors import ExpressionError, Problem, WorkflowError
from pytest_cicache.workflow._contexts import ACTION_CONTEXTS
from pytest_cicache.workflow._jobs import scalar_at, text_at
from pytest_cicache.workflow._load import load_nodes
from pytest_cicache.workflow._model import Action, ActionInput, ActionOutput
from pytest_cicache.workflow._nodes import Mapping, Node, Scalar
from pytest_cicache.workflow._problems import DEFAULT_LIMITS, Limits, Problems
from pytest_cicache.workflow._reader import literal_text
from pytest_cicache.workflow._steps import read_steps
from pytest_cicache.workflow._syntax_action import ACTION
from pytest_cicache.workflow._template import check_condition

__all__ = ["read_action"]

_NODE_VERSIONS = frozenset({"node12", "node16", "node20", "node24"})
_VERSIONS = "'docker', 'node12', 'node16', 'node20' or 'node24'"


def read_action(source: str, *, path: str, limits: Limits = DEFAULT_LIMITS) -> Action:
    """The action in `source`; `path` names the file in messages.

    Whatever the runner would refuse raises `WorkflowError`, and nothing else is raised.
    """
    problems = Problems(path)
    node = load_nodes(source, ACTION, problems=problems, limits=limits)
    action = _action(node, _runs(node, path), problems)
    _check_kind(action, problems)
    problems.check()
    return action


def _runs(node: Mapping, path: str) -> Mapping:
    runs = node.get("runs")
    if isinstance(runs, Mapping):
        return runs
    raise WorkflowError((Problem(path, f"Top level 'runs:' section is required for {path}"),))


def _action(node: Mapping, runs: Mapping, problems: Problems) -> Action:
    using = (text_at(runs, "using") or "").lower()
    is_docker = using == "docker"
    conditions = ACTION_CONTEXTS["runs.steps.if"]
    return Action(
        path=problems.path,
        name=text_at(node, "name"),
        using=using,
        position=runs.position,
        description=text_at(node, "description"),
        inputs=tuple(_input(name, spec) for name, spec in _entries(node.get("inputs"))),
        outputs=tuple(_output(name, spec) for name, spec in _entries(node.get("outputs"))),
        steps=read_steps(runs.get("steps"), conditions=conditions, problems=problems),
        image=text_at(runs, "image"),
        entrypoint=text_at(runs, "entrypoint"),
        args=runs.get("args"),
        env=runs.get("env"),
        main=text_at(runs, "main"),
        pre=text_at(runs, "pre-entrypoint" if is_docker else "pre"),
        pre_if=_condition(runs, "pre-if", problems),
        post=text_at(runs, "post-entrypoint" if is_docker else "post"),
        post_if=_condition(runs, "post-if", problems),
    )


def _check_kind(action: Action, problems: Problems) -> None:
    path, using = action.path, action.using
    if not using:
        problems.add(f"Missing 'using' value. 'using' requires 'composite', {_VERSIONS}.")
    elif using == "docker":
        if action.image is None:
            problems.add(f"You are using a Container Action but an image is not provided in {path}.")
    elif using in _NODE_VERSIONS:
        if action.main is None:
            problems.add(
                f"You are using a JavaScript Action but there is not an entry JavaScript file provided in {path}."
            )
    elif using != "composite":
        problems.add(f"'using: {using}' is not supported, use {_VERSIONS} instead.")


def _condition(runs: Mapping, key: str, problems: Problems) -> str | None:
    """A `pre-if` or `post-if`, which is taken as it is: `always()` is its default, not `success()`."""
    node = scalar_at(runs, key)
    if node is None:
        return None
    text = literal_text(node)
    try:
        check_condition(text, ACTION_CONTEXTS["runs.pre-if"])
    except ExpressionError as error:
        problems.add(error.message, node.position)
    return text


def _entries(node: Node | None) -> list[tuple[Scalar, Mapping]]:
    entries = node.entries if isinstance(node, Mapping) else ()
    return [(name, spec) for name, spec in entries if isinstance(spec, Mapping)]


def _input(name: Scalar, spec: Mapping) -> ActionInput:
    required = scalar_at(spec, "required")
    return ActionInput(
        name=str(name.value),
        position=name.position,
        required=required is not None and literal_text(required) == "true",
        default=scalar_at(spec, "default"),
        description=text_at(spec, "description"),
        deprecation_message=text_at(spec, "deprecationMessage"),
    )


def _output(name: Scalar, spec: Mapping) -> ActionOutput:
    return ActionOutput(
        name=str(name.value),
        position=name.position,
        value=scalar_at(spec, "value"),
        description=text_at(spec, "description"),
    )
