"""Functions that get their arguments unevaluated (hcl/v2 ext/tryfunc, ext/typeexpr)."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cicache.buildx.bake.hcl import (
    BakeError,
    HclCall,
    HclFunction,
    HclScope,
    Value,
    ValueProblem,
    convert,
    evaluate,
    read_type,
    start_span,
)

__all__ = ["LAZY"]


def _try(call: HclCall, scope: HclScope) -> Value:
    errors: list[str] = []
    for argument in call.arguments:
        try:
            return evaluate(argument, scope)
        except BakeError as error:
            errors.append(str(error).partition("; ")[2] or str(error))
    if not errors:
        message = "at least one argument is required"
    elif len(errors) == 1:
        message = f"the expression failed to evaluate: {errors[0]}"
    else:
        message = "no expression succeeded:\n- " + "\n- ".join(errors)
        message += "\n\nAt least one expression must produce a successful result"
    detail = f'Call to function "try" failed: {message}.'
    raise BakeError.diagnostic("Error in function call", detail, call.name_span)


def _can(call: HclCall, scope: HclScope) -> Value:
    _count(call, "expression")
    try:
        evaluate(call.arguments[0], scope)
    except BakeError:
        return False
    return True


def _convert(call: HclCall, scope: HclScope) -> Value:
    _count(call, "value", "type")
    value, wanted = evaluate(call.arguments[0], scope), read_type(call.arguments[1])
    try:
        return convert(value, wanted)
    except ValueProblem as problem:
        detail = f'Invalid value for "value" parameter: {problem}.'
        raise BakeError.diagnostic("Invalid function argument", detail, start_span(call.arguments[0])) from None


def _count(call: HclCall, *names: str) -> None:
    given = len(call.arguments)
    if given < len(names):
        detail = f'Function "{call.name}" expects {len(names)} argument(s). Missing value for "{names[given]}".'
        raise BakeError.diagnostic("Not enough function arguments", detail, call.closing)
    if given > len(names):
        detail = f'Function "{call.name}" expects only {len(names)} argument(s).'
        raise BakeError.diagnostic("Too many function arguments", detail, start_span(call.arguments[len(names)]))


LAZY: Mapping[str, HclFunction] = {
    "can": HclFunction(run=_can, lazy=True),
    "convert": HclFunction(run=_convert, lazy=True),
    "try": HclFunction(run=_try, lazy=True),
}
