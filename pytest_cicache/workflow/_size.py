"""How many bytes GitHub's parser would count for a file, as the runner's TemplateMemory.cs estimates."""

from __future__ import annotations

from pytest_cicache.expressions import template_expression
from pytest_cicache.workflow._nodes import Node, Scalar, Sequence
from pytest_cicache.workflow._template import is_insert

__all__ = ["size_of"]

_OBJECT = 24
_TEXT = 26
_CHARACTER = 2


def size_of(node: Node) -> int:
    """The estimated size of a node and all below it."""
    match node:
        case Scalar():
            return _scalar(node)
        case Sequence():
            return _OBJECT + sum([size_of(item) for item in node.items])
    return _OBJECT + sum([_scalar(key) + size_of(value) for key, value in node.entries])


def _scalar(node: Scalar) -> int:
    if not isinstance(node.value, str):
        return _OBJECT
    text = node.value
    if node.is_template:
        if is_insert(text):
            return _OBJECT
        text = template_expression(text) or ""
    return _OBJECT + _TEXT + _CHARACTER * len(text)
