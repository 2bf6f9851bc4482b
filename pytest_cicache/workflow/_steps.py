"""Steps out of their nodes: ids given and generated, conditions, what each one does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_cicache.workflow._conditions import condition
from pytest_cicache.workflow._ids import StepIds, uses_problem, uses_segment
from pytest_cicache.workflow._model import Step
from pytest_cicache.workflow._nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from pytest_cicache.workflow._contexts import Availability
    from pytest_cicache.workflow._problems import Problems

__all__ = ["read_steps"]

_SYNTHETIC_NAMES = {
    "wait": "Wait",
    "wait-all": "Wait for all",
    "cancel": "Cancel",
    "parallel": "Parallel group",
}
_NOT_IN_PARALLEL = ("wait", "wait-all", "cancel")


def read_steps(node: Node | None, *, conditions: Availability, problems: Problems) -> tuple[Step, ...]:
    """The steps of a job, a composite action or a parallel block; `conditions` is what an `if` may use."""
    if not isinstance(node, Sequence):
        return ()
    ids = StepIds()
    mappings = [item for item in node.items if isinstance(item, Mapping)]
    steps = [_StepReader(item, conditions, problems, ids).read() for item in mappings]
    return tuple(step if step.given_id else replace(step, id=ids.generate(_word(step))) for step in steps)


def _word(step: Step) -> str:
    if step.uses is not None:
        return uses_segment(str(step.uses.value))
    return _kind(step) or "run"


def _kind(step: Step) -> str | None:
    if step.wait:
        return "wait"
    if step.wait_all:
        return "wait-all"
    if step.cancel is not None:
        return "cancel"
    return "parallel" if step.parallel else None


class _StepReader:
    def __init__(self, node: Mapping, conditions: Availability, problems: Problems, ids: StepIds) -> None:
        self._node = node
        self._conditions = conditions
        self._problems = problems
        self._ids = ids

    def read(self) -> Step:
        # GitHub meets the keys in the order of the file, and complains in that order.
        given_id: str | None = None
        for key, value in self._node.items():
            if key == "id" and isinstance(value, Scalar):
                given_id = self._claimed(value)
            elif key in ("wait", "cancel"):
                self._check_targets(value)
            elif key == "wait-all" and isinstance(value, Scalar) and value.value is False:
                self._problems.add("The value of 'wait-all' must be true or omitted", value.position)
        step = self._step(given_id)
        if step.uses is not None and (problem := uses_problem(str(step.uses.value))):
            self._problems.add(problem, step.uses.position)
        return step

    def _claimed(self, node: Scalar) -> str:
        text = str(node.value)
        problem = self._ids.claim(text)
        if problem is not None:
            self._problems.add(problem, node.position)
        return text

    def _check_targets(self, node: Node) -> None:
        own = self._scalar("id")
        for target in _scalars(node):
            text = str(target.value)
            if text.startswith("__"):
                message = f"The identifier '{text}' is invalid. IDs starting with '__' are reserved."
            elif own is not None and text.lower() == str(own.value).lower():
                message = f"Step '{own.value}' cannot reference itself"
            elif not self._ids.has(text):
                message = f"Step references unknown step ID '{text}'"
            else:
                continue
            self._problems.add(message, target.position)

    def _step(self, given_id: str | None) -> Step:
        return Step(
            id=given_id or "",
            given_id=given_id is not None,
            condition=condition(
                self._scalar("if"),
                available=self._conditions,
                position=self._node.position,
                problems=self._problems,
            ),
            position=self._node.position,
            name=self._scalar("name") or self._synthetic_name(),
            run=self._scalar("run"),
            uses=self._scalar("uses"),
            with_=self._node.get("with"),
            env=self._node.get("env"),
            shell=self._scalar("shell"),
            working_directory=self._scalar("working-directory"),
            continue_on_error=self._scalar("continue-on-error"),
            timeout_minutes=self._scalar("timeout-minutes"),
            background=self._is_true("background"),
            wait=tuple(str(target.value) for target in _scalars(self._node.get("wait"))),
            wait_all=self._node.get("wait-all") is not None,
            cancel=next((str(node.value) for node in _scalars(self._node.get("cancel"))), None),
            parallel=self._parallel(),
        )

    def _parallel(self) -> tuple[Step, ...]:
        node = self._node.get("parallel")
        steps = read_steps(node, conditions=self._conditions, problems=self._problems)
        items = node.items if isinstance(node, Sequence) else ()
        for item in [item for item in items if isinstance(item, Mapping)]:
            self._check_parallel(item)
        return steps

    def _check_parallel(self, item: Mapping) -> None:
        if item.get("background") is not None:
            self._problems.add(
                "'background' is not allowed inside a parallel block. "
                "Steps in a parallel block are automatically run as background steps.",
                self._node.position,
            )
        for key in _NOT_IN_PARALLEL:
            if item.get(key) is not None:
                self._problems.add(f"'{key}' is not allowed inside a parallel block.", self._node.position)
        if item.get("parallel") is not None:
            self._problems.add("Nested 'parallel' blocks are not allowed.", self._node.position)

    def _synthetic_name(self) -> Scalar | None:
        for key, name in _SYNTHETIC_NAMES.items():
            if self._node.get(key) is not None:
                return Scalar(value=name, text=name, position=self._node.position)
        return None

    def _scalar(self, key: str) -> Scalar | None:
        node = self._node.get(key)
        return node if isinstance(node, Scalar) else None

    def _is_true(self, key: str) -> bool:
        node = self._scalar(key)
        return node is not None and node.value is True


def _scalars(node: Node | None) -> tuple[Scalar, ...]:
    if isinstance(node, Scalar):
        return (node,)
    items = node.items if isinstance(node, Sequence) else ()
    return tuple(item for item in items if isinstance(item, Scalar))
