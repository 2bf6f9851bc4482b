"""Evaluates expressions (hcl/v2 hclsyntax/expression.go, expression_ops.go), with HCL's words."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import singledispatch
from typing import TypeVar

from pytest_cicache.buildx.bake.hcl._scope import HclScope, hint
from pytest_cicache.buildx.bake.hcl._syntax import (
    BakeError,
    Conditional,
    GetAttribute,
    HclExpression,
    HclGroup,
    HclIndex,
    HclLiteral,
    Object,
    ObjectKey,
    Span,
    Splat,
    SplatItem,
    Template,
    TemplateJoin,
    Tuple,
    Variable,
)
from pytest_cicache.buildx.bake.hcl._values import (
    MapValue,
    SetValue,
    Value,
    ValueProblem,
    elements,
    to_bool,
    to_number,
    to_text,
    type_name,
)

__all__ = ["evaluate"]

_T = TypeVar("_T")
_NO_ELEMENT = "The given key does not identify an element in this collection value"


@singledispatch
def evaluate(expression: HclExpression, scope: HclScope) -> Value:
    """The value of an expression. Raises BakeError."""
    raise AssertionError(f"no expression: {expression!r}")


@evaluate.register
def _literal(expression: HclLiteral, scope: HclScope) -> Value:
    return expression.value


@evaluate.register
def _group(expression: HclGroup, scope: HclScope) -> Value:
    return evaluate(expression.inner, scope)


@evaluate.register
def _variable(expression: Variable, scope: HclScope) -> Value:
    known, value = scope.find(expression.name)
    if known:
        return value
    names = [*scope.variables, *(scope.parent.variables if scope.parent else ())]
    detail = f'There is no variable named "{expression.name}".{hint(expression.name, sorted(names))}'
    raise BakeError.diagnostic("Unknown variable", detail, expression.span)


@evaluate.register
def _template(expression: Template, scope: HclScope) -> Value:
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
def _template_join(expression: TemplateJoin, scope: HclScope) -> Value:
    found = evaluate(expression.items, scope)
    assert isinstance(found, list)
    return "".join(to_text(item) for item in found)


@evaluate.register
def _splat_item(expression: SplatItem, scope: HclScope) -> Value:
    return scope.items[id(expression)]


@evaluate.register
def _splat(expression: Splat, scope: HclScope) -> Value:
    source = evaluate(expression.source, scope)
    if source is None:
        return []
    items: list[Value] = (
        [item for _, item in elements(source) or ()] if isinstance(source, (list, tuple, SetValue)) else [source]
    )
    return [evaluate(expression.each, scope.with_item(expression.item, item)) for item in items]


@evaluate.register
def _get_attribute(expression: GetAttribute, scope: HclScope) -> Value:
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
def _index(expression: HclIndex, scope: HclScope) -> Value:
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
def _conditional(expression: Conditional, scope: HclScope) -> Value:
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


def _unified(expression: Conditional, scope: HclScope, *, chosen: bool) -> Value:
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
def _tuple(expression: Tuple, scope: HclScope) -> Value:
    return [evaluate(item, scope) for item in expression.items]


@evaluate.register
def _object(expression: Object, scope: HclScope) -> Value:
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
def _object_key(expression: ObjectKey, scope: HclScope) -> Value:
    inner = expression.inner
    if isinstance(inner, Variable):
        return inner.name
    if isinstance(inner, HclLiteral) and (inner.value is None or isinstance(inner.value, bool)):
        return "null" if inner.value is None else to_text(inner.value)
    if isinstance(inner, (GetAttribute, HclIndex)):
        detail = (
            "If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended as a "
            "literal name containing periods, wrap it in quotes to create a string literal."
        )
        raise BakeError.diagnostic("Ambiguous attribute key", detail, inner.span)
    return evaluate(inner, scope)
