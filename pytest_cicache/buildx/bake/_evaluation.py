"""Evaluates expressions (hcl/v2 hclsyntax/expression.go, expression_ops.go), with HCL's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import singledispatch
from typing import TypeVar

from pytest_cicache.buildx.bake._syntax import (
    BakeError,
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    GetAttribute,
    Group,
    Index,
    Literal,
    Object,
    ObjectKey,
    Span,
    Splat,
    SplatItem,
    Template,
    TemplateJoin,
    Tuple,
    Unary,
    Variable,
    start_span,
)
from pytest_cicache.buildx.bake._values import (
    MapValue,
    SetValue,
    Value,
    ValueProblem,
    elements,
    equal,
    to_bool,
    to_number,
    to_text,
    type_name,
)
from pytest_cicache.dockerfile import edit_distance

__all__ = ["Function", "FunctionProblem", "Parameter", "Scope", "evaluate"]

_T = TypeVar("_T")
_NO_ELEMENT = "The given key does not identify an element in this collection value"


class FunctionProblem(ValueProblem):
    """What a function refuses; `argument` counts from 0, `None` for the call as a whole."""

    def __init__(self, message: str, argument: int | None = None) -> None:
        self.argument = argument
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its name, how a value becomes one of its type, and whether null is one."""

    name: str
    convert: Callable[[Value], Value]
    takes_null: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function: its parameters, the one that repeats, and what it does with the converted values.

    With `lazy`, `run` gets the call and the scope and evaluates itself.
    """

    run: Callable[..., Value]
    parameters: tuple[Parameter, ...] = ()
    variadic: Parameter | None = None
    lazy: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean: variables, the outer ones behind, and functions."""

    variables: Mapping[str, Value]
    functions: Mapping[str, Function]
    parent: Scope | None = None
    items: Mapping[int, Value] = field(default_factory=dict)

    def child(self, variables: Mapping[str, Value]) -> Scope:
        """The scope inside a loop or a call."""
        return Scope(variables, self.functions, self, self.items)

    def with_item(self, item: SplatItem, value: Value) -> Scope:
        """The scope of one element of a splat."""
        return replace(self, items={**self.items, id(item): value})

    def find(self, name: str) -> tuple[bool, Value]:
        """Whether a name is known, and its value."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.variables:
                return True, scope.variables[name]
            scope = scope.parent
        return False, None


@singledispatch
def evaluate(expression: Expression, scope: Scope) -> Value:
    """The value of an expression. Raises BakeError."""
    raise AssertionError(f"no expression: {expression!r}")


@evaluate.register
def _literal(expression: Literal, scope: Scope) -> Value:
    return expression.value


@evaluate.register
def _group(expression: Group, scope: Scope) -> Value:
    return evaluate(expression.inner, scope)


@evaluate.register
def _variable(expression: Variable, scope: Scope) -> Value:
    known, value = scope.find(expression.name)
    if known:
        return value
    names = [*scope.variables, *(scope.parent.variables if scope.parent else ())]
    detail = f'There is no variable named "{expression.name}".{_hint(expression.name, sorted(names))}'
    raise BakeError.diagnostic("Unknown variable", detail, expression.span)


@evaluate.register
def _template(expression: Template, scope: Scope) -> Value:
    texts = []
    for part in expression.parts:
        value = evaluate(part, scope)
        if value is None:
            detail = "The expression result is null. Cannot include a null value in a string template."
            raise BakeError.diagnostic("Invalid template interpolation value", detail, part.span)
        try:
            texts.append(to_text(value))
        except ValueProblem as problem:
            detail = f"Cannot include the given value in a string template: {problem}."
            raise BakeError.diagnostic("Invalid template interpolation value", detail, part.span) from None
    return "".join(texts)


@evaluate.register
def _template_join(expression: TemplateJoin, scope: Scope) -> Value:
    found = evaluate(expression.items, scope)
    assert isinstance(found, list)
    return "".join(to_text(item) for item in found)


@evaluate.register
def _splat_item(expression: SplatItem, scope: Scope) -> Value:
    return scope.items[id(expression)]


@evaluate.register
def _splat(expression: Splat, scope: Scope) -> Value:
    source = evaluate(expression.source, scope)
    if source is None:
        return []
    items: list[Value] = (
        [item for _, item in elements(source) or ()] if isinstance(source, (list, tuple, SetValue)) else [source]
    )
    return [evaluate(expression.each, scope.with_item(expression.item, item)) for item in items]


@evaluate.register
def _get_attribute(expression: GetAttribute, scope: Scope) -> Value:
    source = evaluate(expression.source, scope)
    if source is None:
        detail = "This value is null, so it does not have any attributes."
        raise BakeError.diagnostic("Attempt to get attribute from null value", detail, expression.step)
    if not isinstance(source, dict):
        detail = "This value does not have any attributes."
        if isinstance(source, (bool, str, Fraction)):
            detail = f"Can't access attributes on a primitive-typed value ({type_name(source)})."
        raise BakeError.diagnostic("Unsupported attribute", detail, expression.step)
    if expression.name not in source and isinstance(source, MapValue):
        detail = f'This map does not have an element with the key "{expression.name}".'
        raise BakeError.diagnostic("Missing map element", detail, expression.step)
    if expression.name not in source:
        detail = f'This object does not have an attribute named "{expression.name}".'
        raise BakeError.diagnostic("Unsupported attribute", detail, expression.step)
    return source[expression.name]


@evaluate.register
def _index(expression: Index, scope: Scope) -> Value:
    return index(evaluate(expression.source, scope), evaluate(expression.key, scope), expression.step)


def index(source: Value, key: Value, span: Span) -> Value:
    """`source[key]` (hcl/v2 ops.go, Index). Raises BakeError."""
    if source is None:
        detail = "This value is null, so it does not have any indices."
        raise BakeError.diagnostic("Attempt to index null value", detail, span)
    if key is None:
        raise BakeError.diagnostic("Invalid index", "Can't use a null value as an indexing key.", span)
    lead = _NO_ELEMENT
    if isinstance(source, dict):
        name = _converted(key, to_text, span)
        if name not in source:
            raise BakeError.diagnostic("Invalid index", f"{lead}.", span)
        return source[name]
    if isinstance(source, (list, tuple)):
        number = _converted(key, to_number, span)
        problem = _wrong_index(number, len(source))
        if problem:
            raise BakeError.diagnostic("Invalid index", f"{lead}: {problem}.", span)
        found: Value = source[int(number)]
        return found
    raise BakeError.diagnostic("Invalid index", "This value does not have any indices.", span)


def _wrong_index(number: Fraction, length: int) -> str:
    if number.denominator != 1:
        return "indexing a sequence requires a whole number, but the given index has a fractional part"
    if number < 0:
        return "a negative number is not a valid index for a sequence"
    if not length:
        return "the collection has no elements"
    return "the given index is greater than or equal to the length of the collection" if number >= length else ""


def _converted(value: Value, convert: Callable[[Value], _T], span: Span) -> _T:
    try:
        return convert(value)
    except ValueProblem as problem:
        raise BakeError.diagnostic("Invalid index", f"{_NO_ELEMENT}: {problem}.", span) from None


@evaluate.register
def _conditional(expression: Conditional, scope: Scope) -> Value:
    condition = evaluate(expression.condition, scope)
    if condition is None:
        detail = "The condition value is null. Conditions must either be true or false."
        raise BakeError.diagnostic("Null condition", detail, expression.condition.span)
    try:
        chosen = to_bool(condition)
    except ValueProblem:
        detail = "The condition expression must be of type bool."
        raise BakeError.diagnostic("Incorrect condition type", detail, expression.condition.span) from None
    return _unified(expression, scope, chosen=chosen)


def _unified(expression: Conditional, scope: Scope, *, chosen: bool) -> Value:
    """The chosen result, converted to the type that both have: primitives meet in a string."""
    wanted, unwanted = (expression.yes, expression.no) if chosen else (expression.no, expression.yes)
    result = evaluate(wanted, scope)
    try:
        other = evaluate(unwanted, scope)
    except BakeError:  # what is wrong with the other result is nobody's business
        return result
    if result is None or other is None:
        return result
    kinds = type_name(result), type_name(other)
    if kinds[0] == kinds[1] or {*kinds} <= {"tuple", "set"}:
        return result
    if {*kinds} <= {"string", "number", "bool"} and "string" in kinds:
        return to_text(result)
    yes, no = kinds if chosen else kinds[::-1]
    detail = (
        f"The true and false result expressions must have consistent types. The 'true' value is {yes}, but the "
        f"'false' value is {no}."
    )
    span = expression.yes.span.to(expression.no.span)
    raise BakeError.diagnostic("Inconsistent conditional result types", detail, span)


@evaluate.register
def _tuple(expression: Tuple, scope: Scope) -> Value:
    return [evaluate(item, scope) for item in expression.items]


@evaluate.register
def _object(expression: Object, scope: Scope) -> Value:
    found: dict[str, Value] = {}
    for key_expression, value_expression in expression.items:
        key = evaluate(key_expression, scope)
        if key is None:
            raise BakeError.diagnostic("Null value as key", "Can't use a null value as a key.", key_expression.span)
        try:
            name = to_text(key)
        except ValueProblem as problem:
            detail = f"Can't use this value as a key: {problem}."
            raise BakeError.diagnostic("Incorrect key type", detail, key_expression.span) from None
        found[name] = evaluate(value_expression, scope)
    return found


@evaluate.register
def _object_key(expression: ObjectKey, scope: Scope) -> Value:
    inner = expression.inner
    if isinstance(inner, Variable):
        return inner.name
    if isinstance(inner, Literal) and (inner.value is None or isinstance(inner.value, bool)):
        return "null" if inner.value is None else to_text(inner.value)
    if isinstance(inner, (GetAttribute, Index)):
        detail = (
            "If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended as a "
            "literal name containing periods, wrap it in quotes to create a string literal."
        )
        raise BakeError.diagnostic("Ambiguous attribute key", detail, inner.span)
    return evaluate(inner, scope)


@evaluate.register
def _for(expression: For, scope: Scope) -> Value:
    collection = evaluate(expression.collection, scope)
    if collection is None:
        detail = "A null value cannot be used as the collection in a 'for' expression."
        raise BakeError.diagnostic("Iteration over null value", detail, expression.collection.span)
    pairs = elements(collection)
    if pairs is None:
        detail = f"A value of type {type_name(collection)} cannot be used as the collection in a 'for' expression."
        raise BakeError.diagnostic("Iteration over non-iterable value", detail, expression.collection.span)
    items: list[Value] = []
    found: dict[str, Value] = {}
    for key, value in pairs:
        names: dict[str, Value] = {expression.value_name: value}
        if expression.key_name:
            names[expression.key_name] = key
        inner = scope.child(names)
        if not _is_wanted(expression, inner):
            continue
        if expression.key is None:
            items.append(evaluate(expression.value, inner))
        else:
            _add(expression, inner, found)
    return items if expression.key is None else found


def _is_wanted(expression: For, scope: Scope) -> bool:
    if expression.condition is None:
        return True
    value = evaluate(expression.condition, scope)
    if value is None:
        detail = "The value of the 'if' clause must not be null."
        raise BakeError.diagnostic("Condition is null", detail, expression.condition.span)
    try:
        return to_bool(value)
    except ValueProblem as problem:
        detail = f"The 'if' clause value is invalid: {problem}."
        raise BakeError.diagnostic("Invalid 'for' condition", detail, expression.condition.span) from None


def _add(expression: For, scope: Scope, found: dict[str, Value]) -> None:
    assert expression.key is not None
    key = evaluate(expression.key, scope)
    if key is None:
        detail = "Key expression in 'for' expression must not produce a null value."
        raise BakeError.diagnostic("Invalid object key", detail, expression.key.span)
    try:
        name = to_text(key)
    except ValueProblem as problem:
        detail = f"The key expression produced an invalid result: {problem}."
        raise BakeError.diagnostic("Invalid object key", detail, expression.key.span) from None
    value = evaluate(expression.value, scope)
    if expression.groups:
        before = found.setdefault(name, [])
        assert isinstance(before, list)
        before.append(value)
        return
    if name in found:
        detail = (
            f"Two different items produced the key \"{name}\" in this 'for' expression. If duplicates are expected, "
            "use the ellipsis (...) after the value expression to enable grouping by key."
        )
        raise BakeError.diagnostic("Duplicate object key", detail, expression.key.span)
    found[name] = value


@evaluate.register
def _unary(expression: Unary, scope: Scope) -> Value:
    value = evaluate(expression.operand, scope)
    if expression.operator == "!":
        return not _operand(value, to_bool, "unary", expression.operand.span)
    return -_operand(value, to_number, "unary", expression.operand.span)


_NUMBERS: Mapping[str, Callable[[Fraction, Fraction], Value]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "%": lambda left, right: left - right * int(left / right) if right else left,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


@evaluate.register
def _binary(expression: Binary, scope: Scope) -> Value:
    sign, left = expression.operator, evaluate(expression.left, scope)
    if sign in {"==", "!="}:
        same = equal(left, evaluate(expression.right, scope))
        return same if sign == "==" else not same
    if sign in {"&&", "||"}:
        decided = _operand(left, to_bool, "left", expression.left.span)
        if decided is (sign == "||"):
            return decided
        return _operand(evaluate(expression.right, scope), to_bool, "right", expression.right.span)
    first = _operand(left, to_number, "left", expression.left.span)
    second = _operand(evaluate(expression.right, scope), to_number, "right", expression.right.span)
    try:
        return _NUMBERS[sign](first, second)
    except ZeroDivisionError:
        detail = "Error during operation: can't divide zero by zero or infinity by infinity."
        raise BakeError.diagnostic("Operation failed", detail, expression.span) from None


def _operand(value: Value, convert: Callable[[Value], _T], side: str, span: Span) -> _T:
    try:
        if value is None:
            raise ValueProblem("argument must not be null")
        return convert(value)
    except ValueProblem as problem:
        detail = f"Unsuitable value for {side} operand: {problem}."
        raise BakeError.diagnostic("Invalid operand", detail, span) from None


@evaluate.register
def _call(expression: Call, scope: Scope) -> Value:
    function = scope.functions.get(expression.name)
    if function is None:
        detail = f'There is no function named "{expression.name}".{_hint(expression.name, sorted(scope.functions))}'
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


def _parameter(function: Function, index: int) -> Parameter:
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


def _arguments(expression: Call, scope: Scope) -> tuple[list[Value], list[Span]]:
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


def _check_count(expression: Call, function: Function, values: list[Value]) -> None:
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


def _hint(name: str, known: Iterable[str]) -> str:
    """HCL's suggestion of a name less than three edits away (hclsyntax/didyoumean.go)."""
    near = next((other for other in known if edit_distance(name, other) < 3), None)
    return f' Did you mean "{near}"?' if near else ""
