"""Nodes -> values: every expression inside is evaluated, `${{ insert }}` takes in a mapping."""

from __future__ import annotations

from collections import abc
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import ExpressionError, Problem, WorkflowError
from pytest_cicache.expressions import interpolate, to_text
from pytest_cicache.workflow._nodes import Mapping, Node, Position, Scalar, Sequence, Value, has_template
from pytest_cicache.workflow._problems import DEFAULT_LIMITS
from pytest_cicache.workflow._template import is_insert

if TYPE_CHECKING:
    from pytest_cicache.expressions import HostFunction

__all__ = ["evaluate_node", "resolve_node"]

_DEEPEST = DEFAULT_LIMITS.depth
Functions = abc.Mapping[str, "HostFunction"] | None


def evaluate_node(node: Node, contexts: abc.Mapping[str, object], functions: Functions = None) -> Value:
    """The JSON-like value of a node with all its expressions evaluated.

    `contexts` are the values by context name, `functions` the caller's by lower-case name. What cannot be
    evaluated raises `WorkflowError` with the node's position.
    """
    return resolve_node(node, contexts, functions).to_data()


def resolve_node(node: Node, contexts: abc.Mapping[str, object], functions: Functions = None) -> Node:
    """The node with literals where expressions were; what an expression gives stands at its position."""
    return _NameResolver(contexts, functions).node(node)


class _NameResolver:
    def __init__(self, contexts: abc.Mapping[str, object], functions: Functions) -> None:
        self._contexts = contexts
        self._functions = functions

    def node(self, node: Node) -> Node:
        if not has_template(node):
            return node
        match node:
            case Scalar():
                return _as_node(self._value(node), node.position)
            case Sequence():
                return Sequence(items=tuple(map(self.node, node.items)), position=node.position)
        return self._mapping(node)

    def _mapping(self, node: Mapping) -> Mapping:
        entries: list[tuple[Scalar, Node]] = []
        for key, value in node.entries:
            if not key.is_template:
                entries.append((key, self.node(value)))
            elif is_insert(str(key.value)):
                entries.extend(self._inserted(value))
            else:
                entries.append((_text_scalar(self._value(key), key.position), self.node(value)))
        return Mapping(entries=tuple(entries), position=node.position)

    def _inserted(self, node: Node) -> tuple[tuple[Scalar, Node], ...]:
        inner = self.node(node)
        if not isinstance(inner, Mapping):
            raise _refused("Expected a mapping", node.position)
        return inner.entries

    def _value(self, node: Scalar) -> Any:
        try:
            return interpolate(str(node.value), self._contexts, functions=self._functions)
        except ExpressionError as error:
            raise _refused(error.message, node.position) from error


def _refused(message: str, position: Position) -> WorkflowError:
    return WorkflowError((Problem(position.path, message, position.line, position.column),))


def _text_scalar(value: object, position: Position) -> Scalar:
    text = to_text(value)
    return Scalar(value=text, text=text, position=position)


def _as_node(value: object, position: Position, depth: int = 0) -> Node:
    if depth > _DEEPEST:
        raise _refused("Maximum object depth exceeded", position)
    if isinstance(value, abc.Mapping):
        pairs = [(_text_scalar(name, position), _as_node(each, position, depth + 1)) for name, each in value.items()]
        return Mapping(entries=tuple(pairs), position=position)
    if isinstance(value, abc.Sequence) and not isinstance(value, str):
        items = [_as_node(each, position, depth + 1) for each in value]
        return Sequence(items=tuple(items), position=position)
    if value is not None and not isinstance(value, bool | int | float | str):
        kind = type(value).__name__
        raise _refused(f"Unable to convert the object to a template token. Actual type '{kind}'", position)
    number = float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return Scalar(value=number, text=to_text(value), position=position)
