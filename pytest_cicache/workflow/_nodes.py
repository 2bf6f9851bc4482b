"""The tree of a YAML file: scalars, sequences and mappings, each with the place it stands at.

Knows no workflow. Scalars carry the value after GitHub's coercion for their key, so an `env` value is text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Mapping",
    "Node",
    "Position",
    "Scalar",
    "ScalarValue",
    "Sequence",
    "SourceLine",
    "Value",
    "has_template",
]

ScalarValue = None | bool | float | str
Value = None | bool | float | str | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in a file; `line` and `column` count from 1.

    `path` is the file as GitHub's messages name it, which for a called one of the run's own repository holds the
    commit; `file` is its path in the repository where that differs.
    """

    path: str
    line: int
    column: int
    file: str = ""

    @property
    def place(self) -> str:
        """`file:line:column`, the same for every commit."""
        return f"{self.file or self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of a file, without its indent: its number and where it begins, both from 1."""

    line: int
    column: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A single value.

    `value` is null, a boolean, a number (always `float`) or text; `text` is what the file says (after quotes
    and folding). Text that holds `${{` is a template: evaluate it before use. `lines` are those of the file that a
    value of several lines stands on, empty for one of a single line.
    """

    value: ScalarValue
    text: str
    position: Position
    lines: tuple[SourceLine, ...] = ()

    @property
    def source(self) -> tuple[SourceLine, ...]:
        """The lines of the file that the value stands on; of a single one what it says after quotes."""
        return self.lines or (SourceLine(self.position.line, self.position.column, self.text),)

    @property
    def is_template(self) -> bool:
        """Whether the value holds an expression and is known only after evaluation."""
        return isinstance(self.value, str) and "${{" in self.value

    def to_data(self) -> Value:
        """The value as JSON-like data; templates stay text."""
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    position: Position

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)

    def to_data(self) -> Value:
        """The items as a JSON-like list; templates stay text."""
        return [item.to_data() for item in self.items]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Keys and nodes in the order of the file; a key may be a template where GitHub allows it."""

    entries: tuple[tuple[Scalar, Node], ...]
    position: Position

    def get(self, key: str) -> Node | None:
        """The node at a key written exactly so, or `None`."""
        for name, node in self.entries:
            if name.value == key:
                return node
        return None

    def key(self, name: str) -> Scalar | None:
        """The key node written exactly so, or `None`."""
        return next((key for key, _ in self.entries if key.value == name), None)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys as text, in the order of the file."""
        return tuple(str(key.value) for key, _ in self.entries)

    def items(self) -> Iterator[tuple[str, Node]]:
        """Pairs of key text and node, in the order of the file."""
        return ((str(key.value), node) for key, node in self.entries)

    def to_data(self) -> Value:
        """The entries as a JSON-like object; templates stay text."""
        return {name: node.to_data() for name, node in self.items()}


Node = Scalar | Sequence | Mapping


def has_template(node: Node | None) -> bool:
    """Whether anything in a node, a key included, is known only after evaluation."""
    match node:
        case None:
            return False
        case Scalar():
            return node.is_template
        case Sequence():
            return any(has_template(item) for item in node.items)
    return any(key.is_template or has_template(item) for key, item in node.entries)
