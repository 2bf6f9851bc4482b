"""Whether an event starts a workflow, and with which inputs."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import UsageError
from pytest_cicache.events import Delivery, decide, fitted
from pytest_cicache.plan._inputs import dispatch_inputs

if TYPE_CHECKING:
    from pytest_cicache.workflow import Workflow

__all__ = ["Start", "start"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The start of a run, or why there is none.

    `delivery` is the event with what only the file tells: the cron line that fired, the workflow whose run ended,
    the defaults of a dispatch's inputs. `inputs` is the `inputs` context of the run, typed; empty for all but a
    dispatch.
    """

    delivery: Delivery
    triggered: bool
    reason: str
    inputs: abc.Mapping[str, Any]


def start(workflow: Workflow, delivery: Delivery, *, inputs: abc.Mapping[str, Any] | None = None) -> Start:
    """Say whether a delivery starts a workflow; `inputs` stand in for those of a dispatch.

    A dispatch that GitHub's API refuses (a required input is missing, one is unknown, a choice is none of the
    options) starts nothing, and the reason is what the API says.
    """
    at = fitted(delivery, workflow.triggers)
    decision = decide(workflow.triggers, at)
    if not decision.triggered or at.name != "workflow_dispatch":
        return Start(delivery=at, triggered=decision.triggered, reason=decision.reason, inputs={})
    try:
        values = dispatch_inputs(workflow, at.event.inputs if inputs is None else inputs)
    except UsageError as error:
        return Start(delivery=at, triggered=False, reason=str(error), inputs={})
    told = at.with_parameters(inputs=values) if values else at
    return Start(delivery=told, triggered=True, reason=decision.reason, inputs=values)
