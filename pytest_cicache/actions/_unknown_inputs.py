"""What becomes of an action whose inputs nobody knows here."""

from __future__ import annotations

from dataclasses import replace

from pytest_cicache.actions._contract import ActionCall, ActionEffect, Interpreter
from pytest_cicache.errors import UnsupportedError, UsageError
from pytest_cicache.expressions import holds_unknown, origins

__all__ = ["interpret_unknown"]

# Like a condition, which is taken to hold: what may be pushed is what the rights and the tags have to stand.
_TAKEN_AS = {"push": "true", "load": "true", "no-cache": "false", "pull": "false"}


def interpret_unknown(call: ActionCall, action: Interpreter) -> ActionEffect:
    """What an action does, with switches that are unknown decided, and said.

    Raises UnsupportedError where the action refuses its inputs: what it would really be given, it might take.
    """
    taken = _taken(call)
    try:
        effect = action(replace(call, inputs={**call.inputs, **taken}))
        error = effect.error
    except UsageError as refusal:
        error = str(refusal)
    if error is not None:
        raise UnsupportedError(f"what '{call.reference.repository}' is given is not known here ({error})")
    if not taken:
        return effect
    said = (
        f"the input '{name}' depends on {_what(call, name)}, and is taken as {text}" for name, text in taken.items()
    )
    return replace(effect, assumption="; ".join(filter(None, (effect.assumption, *said))))


def _taken(call: ActionCall) -> dict[str, str]:
    taken = {name: text for name, text in _TAKEN_AS.items() if holds_unknown(call.inputs.get(name, ""))}
    # Workflows load what they do not push.
    return {**taken, "load": "false"} if {"push", "load"} <= taken.keys() else taken


def _what(call: ActionCall, name: str) -> str:
    return ", ".join(origin.what for origin in origins(call.inputs[name]))
