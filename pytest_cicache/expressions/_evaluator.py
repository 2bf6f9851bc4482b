"""A tree and contexts to a value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pytest_cicache.expressions._functions import FUNCTIONS, Arguments, HostFunction
from pytest_cicache.expressions._nodes import (
    Call,
    Comparison,
    Constant,
    Index,
    Logical,
    NamedValue,
    Node,
    Not,
    Wildcard,
)
from pytest_cicache.expressions._values import (
    FilteredArray,
    Kind,
    Value,
    canonical,
    is_less,
    is_primitive,
    is_truthy,
    kind_of,
    loosely_equal,
    member,
    to_number,
    to_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": loosely_equal,
    "!=": lambda left, right: not loosely_equal(left, right),
    "<": is_less,
    "<=": lambda left, right: loosely_equal(left, right) or is_less(left, right),
    ">": lambda left, right: is_less(right, left),
    ">=": lambda left, right: loosely_equal(left, right) or is_less(right, left),
}


class Evaluation:
    """One evaluation: the contexts and the caller's functions it may use."""

    def __init__(self, contexts: Mapping[str, Any], functions: Mapping[str, HostFunction]) -> None:
        self._contexts = contexts
        self._functions = functions

    def value(self, node: Node) -> Any:
        """The value of a node; raises ExpressionError."""
        match node:
            case Constant(value=value):
                return value
            case NamedValue(name=name):
                return member(self._contexts, name)[1]
            case Index():
                return self._index(node)
            case Comparison(operator=operator, left=left, right=right):
                return _COMPARISONS[operator](self.value(left), self.value(right))
            case Logical():
                return self._logical(node)
            case Call():
                return self._call(node)
            case Not(operand=operand):
                return not is_truthy(self.value(operand))
        # A wildcard that is no filter, as in `a[* == 'x']`, is text to the runner.
        return "*"

    def _logical(self, node: Logical) -> Any:
        """The value that decides, not a boolean; the operands after it are not evaluated."""
        deciding = node.operator == "||"
        value = None
        for operand in node.operands:
            value = self.value(operand)
            if is_truthy(value) is deciding:
                break
        return value

    def _call(self, node: Call) -> Value:
        name = node.name.lower()
        function = FUNCTIONS.get(name)
        if function is not None:
            return function.call(Arguments(node, self.value))
        return self._functions[name].call(*map(self.value, node.arguments))

    def _index(self, node: Index) -> Any:
        target = self.value(node.target)
        if isinstance(node.key, Wildcard):
            return _all_items(target)
        if is_primitive(target):
            return None
        key = self.value(node.key)
        if isinstance(target, FilteredArray):
            found = (_item(item, key) for item in target)
            return FilteredArray(value for is_found, value in found if is_found)
        return _item(target, key)[1]


def _all_items(target: Any) -> FilteredArray:
    if isinstance(target, FilteredArray):
        return FilteredArray(item for inner in target for item in _items(inner))
    return FilteredArray(_items(target))


def _items(target: Any) -> list[Any]:
    match kind_of(target):
        case Kind.ARRAY:
            return list(target)
        case Kind.OBJECT:
            return list(target.values())
    return []


def _item(target: Any, key: Any) -> tuple[bool, Any]:
    """Whether a collection has an item of that name or number, and the item."""
    match kind_of(target):
        case Kind.OBJECT if is_primitive(key):
            return member(target, to_text(key))
        case Kind.ARRAY:
            position = to_number(key)
            if 0 <= position < len(target):
                return True, canonical(target[math.floor(position)])
    return False, None
