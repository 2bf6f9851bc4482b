"""Steps that are not simulated: taken to succeed, with outputs that nobody knows."""

from __future__ import annotations

from dataclasses import replace

from pytest_cicache.actions import ActionEffect
from pytest_cicache.engines.runner.steps._step_end import StepEnd
from pytest_cicache.expressions import unknown
from pytest_cicache.observation import Assumption, AssumptionKind, StepMode
from pytest_cicache.plan import action_not_run
from pytest_cicache.workflow import Node, Step

__all__ = ["assumed_action", "assumed_step", "position", "side_by_side", "with_unknown"]


def position(node: Node | Step) -> str:
    """Where something stands, as `file:line:column`."""
    return node.position.place


def assumed_action(step: Step, what: str) -> StepEnd:
    """A `uses:` that is taken to succeed; `what` says why it is not simulated."""
    assert step.uses is not None
    return assumed_step(step, action_not_run(step.uses, what))


def with_unknown(end: StepEnd, effect: ActionEffect, step: Step) -> StepEnd:
    """The end of an emulated action with the outputs that it would have to be run for."""
    assumptions: tuple[Assumption, ...] = ()
    if effect.assumption is not None:
        assert step.uses is not None
        assumption = Assumption(
            kind=AssumptionKind.ACTION,
            what=effect.assumption,
            where=position(step.uses),
            stub=f"action:{step.uses.text.partition('@')[0]}:output=value",
        )
        assumptions = (assumption,)
    ids = tuple(item.id for item in assumptions)
    outputs = {name: unknown(f"steps.{step.id}.outputs.{name}", *ids) for name in effect.unknown}
    return replace(end, outputs={**end.outputs, **outputs}, assumptions=(*end.assumptions, *assumptions))


def assumed_step(step: Step, assumption: Assumption) -> StepEnd:
    """A step that is taken to succeed as a whole."""
    return StepEnd(
        mode=StepMode.ASSUMED,
        note=assumption.what,
        unknown=unknown(f"steps.{step.id}.outputs", assumption.id),
        assumptions=(assumption,),
    )


def side_by_side(step: Step) -> Assumption:
    """Steps that start, await or end others are not simulated; those they start run one after the other."""
    return Assumption(
        kind=AssumptionKind.SCRIPT,
        what="background and parallel steps are not simulated side by side",
        where=position(step),
    )
