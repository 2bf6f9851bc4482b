"""What a workflow file or an action file says, as frozen values.

Keys that may hold expressions stay nodes; `evaluate_node` resolves them once the contexts are known.
"""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cicache.workflow._nodes import Mapping, Node, Position, Scalar, Sequence, SourceLine, Value, has_template

if TYPE_CHECKING:
    from pytest_cicache.errors import Problem
    from pytest_cicache.events import Trigger

__all__ = [
    "Action",
    "ActionInput",
    "ActionOutput",
    "CallInput",
    "CallOutput",
    "CallSecret",
    "Condition",
    "DispatchInput",
    "Job",
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
    "has_template",
]

PermissionBlock = str | abc.Mapping[str, str]
"""`read-all`, `write-all`, or the listed permissions with their access levels as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """An `if`, complete: `text` is an expression without `${{ }}` that asks for a status function.

    `given` is the text of the file (`None` when there is no `if`). `position` is that of the `if` value,
    else of the job or step.
    """

    text: str
    position: Position
    given: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step. Exactly one of `run`, `uses`, `wait`, `wait_all`, `cancel`, `parallel` says what it does.

    `id` is the given one or the one GitHub generates (`__run`, `__actions_checkout_2`). `name` is a template
    or `None`. `wait` holds step ids; `parallel` holds steps that run at the same time.
    """

    id: str
    given_id: bool
    condition: Condition
    position: Position
    name: Scalar | None = None
    run: Scalar | None = None
    uses: Scalar | None = None
    with_: Node | None = None
    env: Node | None = None
    shell: Scalar | None = None
    working_directory: Scalar | None = None
    continue_on_error: Scalar | None = None
    timeout_minutes: Scalar | None = None
    background: bool = False
    wait: tuple[str, ...] = ()
    wait_all: bool = False
    cancel: str | None = None
    parallel: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """A job's `strategy`; `matrix` is a mapping node, or a template that gives one.

    `whole` is the template when all of `strategy` is one.
    """

    position: Position
    whole: Node | None = None
    matrix: Node | None = None
    fail_fast: Scalar | None = None
    max_parallel: Scalar | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job. With `uses` it calls a reusable workflow, else it has `runs_on` and `steps`.

    `called` is the workflow that `uses` names, read; `None` when nobody could fetch it. `secrets` is a
    mapping node, `"inherit"` or `None`. `position` is that of the job's id.
    """

    id: str
    position: Position
    condition: Condition
    name: Scalar | None = None
    needs: tuple[str, ...] = ()
    runs_on: Node | None = None
    permissions: PermissionBlock | None = None
    env: Node | None = None
    outputs: Node | None = None
    strategy: Strategy | None = None
    defaults: Node | None = None
    container: Node | None = None
    services: Node | None = None
    environment: Node | None = None
    concurrency: Node | None = None
    snapshot: Node | None = None
    timeout_minutes: Scalar | None = None
    continue_on_error: Scalar | None = None
    cancel_timeout_minutes: Scalar | None = None
    cache_mode: str | None = None
    steps: tuple[Step, ...] = ()
    uses: Scalar | None = None
    with_: Node | None = None
    secrets: Node | str | None = None
    called: Workflow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallInput:
    """An input of `on.workflow_call`; `type` is `boolean`, `number` or `string`."""

    name: str
    type: str
    position: Position
    required: bool = False
    default: Scalar | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSecret:
    """A secret of `on.workflow_call`."""

    name: str
    position: Position
    required: bool = False
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutput:
    """An output of `on.workflow_call`; `value` is a template over `jobs`."""

    name: str
    value: Scalar
    position: Position
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowCall:
    """The interface of a reusable workflow; names ignore case."""

    inputs: tuple[CallInput, ...] = ()
    secrets: tuple[CallSecret, ...] = ()
    outputs: tuple[CallOutput, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchInput:
    """An input of `on.workflow_dispatch`; `type` is string, choice, boolean, number or environment."""

    name: str
    type: str
    position: Position
    required: bool = False
    default: str | bool | float | None = None
    options: tuple[str, ...] = ()
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A workflow file that GitHub accepts. `path` is the file or the reference it was called by.

    `name` is `None` when the file has none (GitHub then shows the path). `warnings` are things GitHub accepts
    and that do nothing or are not known here.
    """

    path: str
    triggers: tuple[Trigger, ...]
    jobs: tuple[Job, ...]
    name: str | None = None
    run_name: Scalar | None = None
    call: WorkflowCall | None = None
    dispatch_inputs: tuple[DispatchInput, ...] = ()
    permissions: PermissionBlock | None = None
    env: Node | None = None
    defaults: Node | None = None
    concurrency: Node | None = None
    cache_mode: str | None = None
    warnings: tuple[Problem, ...] = ()

    def job(self, job_id: str) -> Job | None:
        """The job with an id, which ignores case, or `None`."""
        return next((job for job in self.jobs if job.id.lower() == job_id.lower()), None)

    def ordered(self) -> abc.Iterator[Job]:
        """The jobs, each behind those it needs, else in the order of the file."""
        waiting = list(self.jobs)
        done: set[str] = set()
        while waiting:
            ready = next((job for job in waiting if done.issuperset(map(str.lower, job.needs))), waiting[0])
            waiting.remove(ready)
            done.add(ready.id.lower())
            yield ready

    def ancestors(self, job: Job) -> list[str]:
        """The ids of everything a job waits for, directly or not, as their jobs spell them."""
        found: dict[str, None] = {}
        waiting = list(job.needs)
        while waiting:
            above = self.job(waiting.pop(0))
            if above is not None and above.id not in found:
                found[above.id] = None
                waiting.extend(above.needs)
        return list(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionInput:
    """An input of an action; always text."""

    name: str
    position: Position
    required: bool = False
    default: Scalar | None = None
    description: str | None = None
    deprecation_message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionOutput:
    """An output of an action; `value` is a template, for composite actions only."""

    name: str
    position: Position
    value: Scalar | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action file. `using` is `composite`, `docker` or `node20` and the like.

    `steps` belong to composite actions; `image`, `entrypoint`, `args`, `env` to docker ones; `main` to node
    ones; `pre` and `post` to both of these (scripts or entry points).
    """

    path: str
    name: str | None
    using: str
    position: Position
    description: str | None = None
    inputs: tuple[ActionInput, ...] = ()
    outputs: tuple[ActionOutput, ...] = ()
    steps: tuple[Step, ...] = ()
    image: str | None = None
    entrypoint: str | None = None
    args: Node | None = None
    env: Node | None = None
    main: str | None = None
    pre: str | None = None
    pre_if: str | None = None
    post: str | None = None
    post_if: str | None = None
    warnings: tuple[Problem, ...] = ()
