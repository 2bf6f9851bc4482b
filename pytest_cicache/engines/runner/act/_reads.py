"""What the expressions of an action read of the contexts, and whether act would tell it as GitHub does.

act reads an action itself, so that no value can be put in for it as in the steps of the job. Measured with 0.2.89.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_cicache.engines.runner.steps import node_texts
from pytest_cicache.errors import ExpressionError
from pytest_cicache.expressions import ExpressionPart, fill_in, split_template
from pytest_cicache.workflow import Action, Node

__all__ = ["is_told_by_act"]

_GITHUB = """
action action_path action_ref action_repository action_status actor api_url base_ref event event_name event_path
graphql_url head_ref job ref ref_name ref_type repository repository_owner run_attempt run_id run_number server_url sha
token workflow workspace
"""
_TOLD = {
    "github": frozenset(_GITHUB.split()),
    "job": frozenset({"status"}),
    "runner": frozenset({"temp", "tool_cache"}),
}
_TOLD_WHOLE = frozenset({"env", "inputs", "steps"})
# What act says of the machine it runs on, whatever the job's label: pkg/container/host_environment.go.
_SYSTEMS = {"linux": "Linux", "darwin": "macOS"}
_PROCESSORS = {"x86_64": "X64", "amd64": "X64", "aarch64": "ARM64", "arm64": "ARM64"}


def is_told_by_act(action: Action, runner: Mapping[str, Any]) -> bool:
    """Whether act knows all that an action reads, and as the `runner` context of the job has it."""
    here = {"os": _SYSTEMS.get(sys.platform), "arch": _PROCESSORS.get(platform.machine().lower())}
    same = {name for name, value in here.items() if runner.get(name) == value}
    try:
        return all(_is_told(context, name, same) for context, name in _reads(action))
    except ExpressionError:
        return False


def _is_told(context: str, name: str | None, same: set[str]) -> bool:
    if context in _TOLD_WHOLE:
        return True
    known = _TOLD.get(context, frozenset()) | (same if context == "runner" else frozenset())
    return name is not None and name.lower() in known


def _reads(action: Action) -> Iterator[tuple[str, str | None]]:
    """Each context, with the property of it that is read, `None` for all of it."""
    found: list[tuple[str, str | None]] = []

    def note(context: str, name: str | None) -> bool:
        found.append((context, name))
        return False

    for text in _expressions(action):
        fill_in(text, {}, note)
    yield from found


def _expressions(action: Action) -> Iterator[str]:
    nodes: list[Node | None] = [item.default for item in action.inputs]
    nodes += [item.value for item in action.outputs]
    for step in action.steps:
        yield step.condition.text
        nodes += [step.run, step.with_, step.env, step.shell, step.working_directory, step.continue_on_error]
    for node in nodes:
        for text in node_texts(node):
            yield from (part.text for part in split_template(text) if isinstance(part, ExpressionPart))
