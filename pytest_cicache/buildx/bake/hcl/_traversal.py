"""Walks through expressions: what they hold, which names they need, where they begin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from pytest_cicache.buildx.bake.hcl._syntax import (
    Binary,
    Conditional,
    For,
    GetAttribute,
    HclCall,
    HclExpression,
    HclIndex,
    Object,
    ObjectKey,
    Span,
    Template,
    Tuple,
    Unary,
    Variable,
)

__all__ = ["references", "start_span", "walk"]


def start_span(expression: HclExpression) -> Span:
    """Where an expression begins, which is what HCL points at (hclsyntax, StartRange)."""
    match expression:
        case HclCall():
            return expression.name_span
        case Template(parts=(first, *_)):
            return start_span(first)
        case Binary(left=inner) | Conditional(condition=inner) | GetAttribute(source=inner) | HclIndex(source=inner):
            return start_span(inner)
        case Tuple() | Object() | For() | Unary():
            span = expression.span
            return Span(span.file, span.line, span.column, span.line, span.column + 1)
    return expression.span


def references(expression: HclExpression, bound: frozenset[str] = frozenset()) -> Iterator[tuple[str, ...]]:
    """The names an expression depends on, each with the attributes read of it; names of its own loops do not count."""
    chain = _chain(expression)
    if chain is not None:
        if chain[0] not in bound:
            yield chain
        return
    if isinstance(expression, For):
        yield from references(expression.collection, bound)
        inner = bound | {expression.key_name, expression.value_name}
        for part in (expression.key, expression.value, expression.condition):
            if part is not None:
                yield from references(part, inner)
        return
    if isinstance(expression, ObjectKey) and isinstance(expression.inner, Variable):
        return
    for item in fields(expression):
        for part in _parts(getattr(expression, item.name)):
            yield from references(part, bound)


def _chain(expression: HclExpression) -> tuple[str, ...] | None:
    if isinstance(expression, Variable):
        return (expression.name,)
    if isinstance(expression, GetAttribute):
        inner = _chain(expression.source)
        return None if inner is None else (*inner, expression.name)
    return None


def walk(expression: HclExpression) -> Iterator[HclExpression]:
    """The expression and everything in it, outside first."""
    yield expression
    for item in fields(expression):
        for part in _parts(getattr(expression, item.name)):
            yield from walk(part)


def _parts(value: object) -> Iterator[HclExpression]:
    if isinstance(value, HclExpression):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _parts(item)
