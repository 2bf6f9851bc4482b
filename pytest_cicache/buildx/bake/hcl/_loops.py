"""`for` expressions (hcl/v2 hclsyntax/expression.go, ForExpr)."""

from __future__ import annotations

from pytest_cicache.buildx.bake.hcl._evaluation import evaluate
from pytest_cicache.buildx.bake.hcl._scope import HclScope
from pytest_cicache.buildx.bake.hcl._syntax import BakeError, For
from pytest_cicache.buildx.bake.hcl._values import Value, ValueProblem, elements, to_bool, to_text, type_name

__all__: list[str] = []


@evaluate.register
def _for(expression: For, scope: HclScope) -> Value:
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


def _is_wanted(expression: For, scope: HclScope) -> bool:
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


def _add(expression: For, scope: HclScope, found: dict[str, Value]) -> None:
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
