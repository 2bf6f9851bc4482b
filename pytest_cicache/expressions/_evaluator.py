"""A tree and contexts to a value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import ExpressionError
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
from pytest_cicache.expressions._unknown import (
    PartlyKnown,
    combined,
    holds_unknown,
    known_ends,
    may_be_empty,
    member_of_unknown,
)
from pytest_cicache.expressions._values import (
    FilteredArray,
    Kind,
    Value,
    canonical,
    fold,
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
                return _compared(operator, self.value(left), self.value(right))
            case Logical():
                return self._logical(node)
            case Call():
                return self._call(node)
            case Not(operand=operand):
                value = self.value(operand)
                return combined(value) if may_be_empty(value) else not is_truthy(value)
        # A wildcard that is no filter, as in `a[* == 'x']`, is text to the runner.
        return "*"

    def _logical(self, node: Logical) -> Any:
        """The value that decides, not a boolean; the operands after it are not evaluated.

        An operand that may be true or not decides nothing: one behind it still may, else the whole is unknown.
        """
        deciding = node.operator == "||"
        unknowns: list[Any] = []
        value = None
        for operand in node.operands:
            value = self._behind(unknowns, operand)
            if may_be_empty(value):
                unknowns.append(value)
            elif is_truthy(value) is deciding and not (unknowns and deciding and isinstance(value, str)):
                # Text behind an unknown `||` is one of two possible texts.
                return value
            elif is_truthy(value) is deciding:
                break
        return combined(*unknowns) if unknowns else value

    def _behind(self, unknowns: list[Any], operand: Node) -> Any:
        """The value of an operand; the failure of one that might never be evaluated is unknown too."""
        try:
            return self.value(operand)
        except ExpressionError:
            if not unknowns:
                raise
            return combined(*unknowns)

    def _call(self, node: Call) -> Value:
        name = node.name.lower()
        function = FUNCTIONS.get(name)
        if function is not None:
            return function.call(Arguments(node, self.value))
        return self._functions[name].call(*map(self.value, node.arguments))

    def _index(self, node: Index) -> Any:
        target = self.value(node.target)
        if isinstance(node.key, Wildcard):
            return combined(target) if _is_unknown(target) else _all_items(target)
        if is_primitive(target):
            return self._member_of_text(target, node.key)
        key = self.value(node.key)
        if _is_unknown(key):
            return combined(key)
        if isinstance(target, FilteredArray):
            found = (_item(item, key) for item in target)
            return FilteredArray(value for is_found, value in found if is_found)
        return _item(target, key)[1]

    def _member_of_text(self, target: Any, key: Node) -> Any:
        """A primitive value has no members, an unknown one has unknown ones."""
        return member_of_unknown(target, to_text(self.value(key))) if _is_unknown(target) else None


def _is_unknown(value: Any) -> bool:
    return isinstance(value, str) and holds_unknown(value)


def _compared(operator: str, left: Any, right: Any) -> Any:
    """A comparison; unknown where an unknown operand could be either."""
    if not (_is_unknown(left) or _is_unknown(right)):
        return _COMPARISONS[operator](left, right)
    if operator in ("==", "!=") and _must_differ(left, right):
        return operator == "!="
    return combined(left, right)


def _must_differ(left: Any, right: Any) -> bool:
    """Whether the known ends of an unknown text rule the other text out."""
    if not (isinstance(left, str) and isinstance(right, str)) or (_is_unknown(left) and _is_unknown(right)):
        return False
    text, other = (left, right) if _is_unknown(left) else (right, left)
    start, end = map(fold, known_ends(text))
    other = fold(other)
    return not (other.startswith(start) and other.endswith(end) and len(other) >= len(start) + len(end))


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
            is_known, value = member(target, to_text(key))
            if not is_known and isinstance(target, PartlyKnown):
                return True, member_of_unknown(target.rest, to_text(key))
            return is_known, value
        case Kind.ARRAY:
            position = to_number(key)
            if 0 <= position < len(target):
                return True, canonical(target[math.floor(position)])
    return False, None
