"""Calls of functions (hcl/v2 hclsyntax/expression.go, FunctionCallExpr)."""

from __future__ import annotations

from pytest_cicache.buildx.bake.hcl._evaluation import evaluate
from pytest_cicache.buildx.bake.hcl._scope import FunctionProblem, HclFunction, HclScope, Parameter, hint
from pytest_cicache.buildx.bake.hcl._syntax import BakeError, HclCall, Span
from pytest_cicache.buildx.bake.hcl._traversal import start_span
from pytest_cicache.buildx.bake.hcl._values import SetValue, Value, ValueProblem

__all__: list[str] = []


@evaluate.register
def _call(expression: HclCall, scope: HclScope) -> Value:
    function = scope.functions.get(expression.name)
    if function is None:
        detail = f'There is no function named "{expression.name}".{hint(expression.name, sorted(scope.functions))}'
        span = expression.name_span
        span = Span(span.file, span.line, span.column, span.end_line, span.end_column - 1)
        raise BakeError.diagnostic("Call to unknown function", detail, span)
    if function.lazy:
        return function.run(expression, scope)
    values, spans = _arguments(expression, scope)
    _check_count(expression, function, values)
    converted = [
        _argument(_parameter(function, index), value, span)
        for index, (value, span) in enumerate(zip(values, spans, strict=True))
    ]
    try:
        return function.run(*converted)
    except FunctionProblem as problem:
        if problem.argument is not None:
            parameter, span = _parameter(function, problem.argument), spans[min(problem.argument, len(spans) - 1)]
            detail = f'Invalid value for "{parameter.name}" parameter: {problem}.'
            raise BakeError.diagnostic("Invalid function argument", detail, span) from None
        detail = f'Call to function "{expression.name}" failed: {problem}.'
        raise BakeError.diagnostic("Error in function call", detail, expression.name_span) from None
    except ValueProblem as problem:
        detail = f'Call to function "{expression.name}" failed: {problem}.'
        raise BakeError.diagnostic("Error in function call", detail, expression.name_span) from None


def _parameter(function: HclFunction, index: int) -> Parameter:
    if index < len(function.parameters):
        return function.parameters[index]
    assert function.variadic is not None
    return function.variadic


def _argument(parameter: Parameter, value: Value, span: Span) -> Value:
    try:
        if value is None:
            if parameter.takes_null:
                return None
            raise ValueProblem("argument must not be null")
        return parameter.convert(value)
    except ValueProblem as problem:
        detail = f'Invalid value for "{parameter.name}" parameter: {problem}.'
        raise BakeError.diagnostic("Invalid function argument", detail, span) from None


def _arguments(expression: HclCall, scope: HclScope) -> tuple[list[Value], list[Span]]:
    values = [evaluate(argument, scope) for argument in expression.arguments]
    spans = [start_span(argument) for argument in expression.arguments]
    if not expression.expands:
        return values, spans
    last = values.pop()
    span = spans.pop()
    summary = "Invalid expanding argument value"
    if last is None:
        raise BakeError.diagnostic(summary, "The expanding argument (indicated by ...) must not be null.", span)
    if not isinstance(last, (list, tuple, SetValue)):
        detail = "The expanding argument (indicated by ...) must be of a tuple, list, or set type."
        raise BakeError.diagnostic(summary, detail, span)
    more = list(last)
    return [*values, *more], [*spans, *(span for _ in more)]


def _check_count(expression: HclCall, function: HclFunction, values: list[Value]) -> None:
    wanted = function.parameters
    if len(values) < len(wanted):
        missing = wanted[len(values)]
        at_least = "at least " if function.variadic else ""
        count = f"{at_least}{len(wanted)} argument(s)"
        detail = f'Function "{expression.name}" expects {count}. Missing value for "{missing.name}".'
        raise BakeError.diagnostic("Not enough function arguments", detail, expression.closing)
    if function.variadic is None and len(values) > len(wanted):
        detail = f'Function "{expression.name}" expects only {len(wanted)} argument(s).'
        span = start_span(expression.arguments[min(len(wanted), len(expression.arguments) - 1)])
        raise BakeError.diagnostic("Too many function arguments", detail, span)
