"""Functions that a bake file defines (hcl/v2 ext/userfunc)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_cicache.buildx.bake.hcl import HclExpression, HclFunction, HclScope, Parameter, Value, evaluate

__all__ = ["user_function"]


def user_function(
    parameters: Sequence[str], variadic: str | None, result: HclExpression, scope: Callable[[], HclScope]
) -> HclFunction:
    """A function whose result is an expression over its parameters and everything global."""

    def run(*values: Value) -> Value:
        names: dict[str, Value] = dict(zip(parameters, values, strict=False))
        if variadic is not None:
            names[variadic] = list(values[len(parameters) :])
        return evaluate(result, scope().child(names))

    return HclFunction(
        run=run,
        parameters=tuple(_any(name) for name in parameters),
        variadic=_any(variadic) if variadic is not None else None,
    )


def _any(name: str) -> Parameter:
    return Parameter(name, lambda value: value, takes_null=True)
