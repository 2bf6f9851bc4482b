"""The tree of a parsed expression, and its text in GitHub's normal form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pytest_cicache.expressions._lexer import is_name
from pytest_cicache.expressions._values import Kind, kind_of, to_text

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Constant:
    """A literal, or the name after a dot."""

    value: bool | float | str | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Wildcard:
    """The `*` of `a.*` and `a[*]`."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NamedValue:
    """A context, as it is written."""

    name: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Call:
    """A function, as it is written, and its arguments."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Index:
    """`target.key`, `target[key]` or, with a wildcard as key, a filter."""

    target: Node
    key: Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Not:
    """`!operand`."""

    operand: Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparison:
    """One of `==`, `!=`, `<`, `<=`, `>` and `>=` between two values."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Logical:
    """`&&` or `||` over two or more operands."""

    operator: str
    operands: tuple[Node, ...]


Node: TypeAlias = Constant | Wildcard | NamedValue | Call | Index | Not | Comparison | Logical


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below one, in the order they are written."""
    match node:
        case Call(arguments=nodes) | Logical(operands=nodes):
            return nodes
        case Index(target=first, key=second) | Comparison(left=first, right=second):
            return first, second
        case Not(operand=operand):
            return (operand,)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(children(current))


def render(node: Node) -> str:
    """The expression in the form in which GitHub repeats it in messages."""
    match node:
        case Constant(value=value):
            return _literal(value)
        case Wildcard():
            return "*"
        case NamedValue(name=name):
            return name
        case Call(name=name, arguments=arguments):
            return f"{name}({', '.join(map(render, arguments))})"
        case Not(operand=operand):
            return f"!{render(operand)}"
        case Logical(operator=operator, operands=operands):
            return f"({f' {operator} '.join(map(render, operands))})"
        case Comparison(operator=operator, left=left, right=right):
            return f"({render(left)} {operator} {render(right)})"
    return f"{render(node.target)}{_key(node.key)}"


def _literal(value: bool | float | str | None) -> str:
    if kind_of(value) is Kind.STRING:
        return "'" + to_text(value).replace("'", "''") + "'"
    return "null" if value is None else to_text(value)


def _key(key: Node) -> str:
    match key:
        case Wildcard():
            return ".*"
        case Constant(value=str(name)) if is_name(name):
            return f".{name}"
    return f"[{render(key)}]"
