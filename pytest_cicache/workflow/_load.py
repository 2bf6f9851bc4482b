"""A workflow file's text -> its valid nodes -> the model, without the workflows it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cicache.workflow._job_checks import check_concurrency
from pytest_cicache.workflow._jobs import permission_block, read_jobs, scalar_at, text_at
from pytest_cicache.workflow._model import Workflow
from pytest_cicache.workflow._nodes import Mapping, Node
from pytest_cicache.workflow._problems import DEFAULT_LIMITS, Limits, Problems
from pytest_cicache.workflow._reader import NodeReader
from pytest_cicache.workflow._size import size_of
from pytest_cicache.workflow._triggers import read_call, read_dispatch_inputs, read_triggers

if TYPE_CHECKING:
    from pytest_cicache.workflow._schema import Definition

__all__ = ["Budget", "load_nodes", "load_workflow"]


class Budget:
    """What is left of the bytes that all files of one run may take."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self._left = limits.result_size
        self.jobs = 0

    def spend(self, node: Node, problems: Problems) -> None:
        """Count a file's nodes, and refuse the file when there are too many."""
        self._left -= size_of(node)
        if self._left < 0:
            problems.add("Maximum object size exceeded")


def load_nodes(source: str, definition: Definition, *, problems: Problems, limits: Limits, file: str = "") -> Mapping:
    """The nodes of a file, coerced by its definition; raises `WorkflowError` where it does not fit."""
    # Imported here: the YAML library must not load with the plugin.
    from pytest_cicache.workflow._compose import compose

    raw = compose(source, path=problems.path, limits=limits, file=file)
    node = NodeReader(problems).read(raw, definition)
    problems.check()
    assert isinstance(node, Mapping)
    return node


def load_workflow(node: Mapping, problems: Problems) -> Workflow:
    """The model of valid nodes; what else GitHub refuses goes to `problems`."""
    on, jobs = node.get("on"), node.get("jobs")
    assert on is not None
    assert isinstance(jobs, Mapping)
    triggers = read_triggers(on, problems)
    dispatch_inputs = read_dispatch_inputs(on, problems)
    concurrency = node.get("concurrency")
    if concurrency is not None:
        check_concurrency(concurrency, problems)
    return Workflow(
        path=problems.path,
        triggers=triggers,
        jobs=read_jobs(jobs, problems),
        name=text_at(node, "name"),
        run_name=scalar_at(node, "run-name"),
        call=read_call(on),
        dispatch_inputs=dispatch_inputs,
        permissions=permission_block(node.get("permissions")),
        env=node.get("env"),
        defaults=node.get("defaults"),
        concurrency=concurrency,
        cache_mode=text_at(node, "cache-mode"),
    )
