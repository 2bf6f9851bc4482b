"""crazy-max/ghaction-github-runtime: https://github.com/crazy-max/ghaction-github-runtime (src/main.ts at v4)."""

from __future__ import annotations

from pytest_cicache.actions._contract import ActionCall, ActionEffect

__all__ = ["export_runtime"]


def export_runtime(call: ActionCall) -> ActionEffect:
    """Give the scripts after it the variables of the runtime, which only actions see otherwise."""
    variables = {name: value for name, value in call.runtime.items() if name.startswith("ACTIONS_")}
    return ActionEffect(variables=variables, log=tuple(f"{name}={value}" for name, value in variables.items()))
