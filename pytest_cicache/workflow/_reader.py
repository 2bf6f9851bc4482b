"""Applies the description of a file's shape to its nodes: GitHub's coercions, its words for what is wrong.

The order of the messages and their positions are those of the runner's TemplateReader.cs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cicache.errors import ExpressionError
from pytest_cicache.expressions import to_text
from pytest_cicache.workflow._contexts import NOWHERE, Availability
from pytest_cicache.workflow._nodes import Mapping, Node, Scalar, Sequence
from pytest_cicache.workflow._schema import ANY, STRING, Definition, MappingRule
from pytest_cicache.workflow._template import is_insert, template_value

if TYPE_CHECKING:
    from pytest_cicache.workflow._problems import Problems

__all__ = ["NodeReader", "literal_text"]

_NOT_ALLOWED = "A template expression is not allowed in this context"


def literal_text(node: Scalar) -> str:
    """A literal as GitHub writes it: null is empty, booleans are lower case, numbers have 15 digits."""
    return node.value if isinstance(node.value, str) else to_text(node.value)


class NodeReader:
    """Reads the nodes of one file; everything wrong goes to `problems`."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def read(self, node: Node, definition: Definition, around: Availability = NOWHERE) -> Node:
        """The node as `definition` has it, coerced; `around` is what the keys above make available."""
        available = around.joined(definition.available)
        match node:
            case Scalar():
                return self._scalar(node, definition, available)
            case Sequence():
                return self._sequence(node, definition, available)
        return self._mapping(node, definition, available)

    def _scalar(self, node: Scalar, definition: Definition, available: Availability) -> Scalar:
        node, is_expression = self._parsed(node, available)
        if not is_expression:
            return self._literal(node, definition)
        if is_insert(str(node.value)):
            self._problems.add(f"Unexpected value '{node.value}'", node.position)
        elif not available:
            self._problems.add(_NOT_ALLOWED, node.position)
        return node

    def _parsed(self, node: Scalar, available: Availability) -> tuple[Scalar, bool]:
        """The scalar with its expressions checked, and whether it holds any that need evaluation."""
        if not isinstance(node.value, str) or "${{" not in node.value:
            return node, False
        try:
            value, is_expression = template_value(node.value, available)
        except ExpressionError as error:
            self._problems.add(error.message, node.position)
            return node, False
        if value == node.value:
            return node, is_expression
        return Scalar(value=value, text=node.text, position=node.position, lines=node.lines), is_expression

    def _literal(self, node: Scalar, definition: Definition) -> Scalar:
        if any(rule.matches(node.value) for rule in definition.scalars):
            return node
        text = literal_text(node)
        if not isinstance(node.value, str) and any(rule.matches(text) for rule in definition.scalars):
            return Scalar(value=text, text=node.text, position=node.position, lines=node.lines)
        self._problems.add(f"Unexpected value '{text}'", node.position)
        return node

    def _sequence(self, node: Sequence, definition: Definition, available: Availability) -> Sequence:
        item = ANY if definition.anything else definition.item
        if item is None:
            self._problems.add("A sequence was not expected", node.position)
            return node
        items = tuple([self.read(each, item, available) for each in node.items])
        return Sequence(items=items, position=node.position)

    def _mapping(self, node: Mapping, definition: Definition, available: Availability) -> Mapping:
        rules = (_FREE,) if definition.anything else definition.rules
        if not rules:
            self._problems.add("A mapping was not expected", node.position)
            return node
        return _MappingReader(self, self._problems, rules, available).read(node)

    def key(self, key: Scalar, available: Availability) -> tuple[Scalar, bool]:
        """A key as text, or as a template with `True` where expressions are allowed."""
        key, is_expression = self._parsed(key, available)
        if is_expression or isinstance(key.value, str):
            return key, is_expression
        return Scalar(value=literal_text(key), text=key.text, position=key.position), False

    def check(self, key: Scalar, definition: Definition) -> None:
        """Refuse a key that does not have the form of its mapping's free keys."""
        self._literal(key, definition)


class _MappingReader:
    """Reads one mapping; the keys met narrow the `rules` it may follow."""

    def __init__(
        self,
        reader: NodeReader,
        problems: Problems,
        rules: tuple[MappingRule, ...],
        available: Availability,
    ) -> None:
        self._reader = reader
        self._problems = problems
        self._rules = rules
        self._available = available
        self._loose = rules[0].loose
        self._seen: set[str] = set()
        self._has_template_key = False

    def read(self, node: Mapping) -> Mapping:
        entries: list[tuple[Scalar, Node]] = []
        for raw_key, raw_value in node.entries:
            key, is_expression = self._reader.key(raw_key, self._available)
            definition = self._template_key(key) if is_expression else self._literal_key(key)
            if definition is not None:
                entries.append((key, self._reader.read(raw_value, definition, self._available)))
        self._finish(node)
        return Mapping(entries=tuple(entries), position=node.position)

    def _template_key(self, key: Scalar) -> Definition | None:
        self._has_template_key = True
        if not self._available:
            self._problems.add(_NOT_ALLOWED, key.position)
            return None
        if self._loose is not None and not self._rules[0].properties:
            return self._loose[1]
        return ANY

    def _literal_key(self, key: Scalar) -> Definition | None:
        name = str(key.value)
        if name.upper() in self._seen:
            self._problems.add(f"'{name}' is already defined", key.position)
            return None
        self._seen.add(name.upper())
        known = [rule for rule in self._rules if name in rule.properties]
        if known:
            self._rules = tuple(known)
            return known[0].properties[name].definition
        if self._loose is not None:
            self._reader.check(key, self._loose[0])
            return self._loose[1]
        ignored = self._rules[0].ignores
        self._problems.add(f"Unexpected value '{name}'", key.position, is_warning=ignored)
        return None

    def _finish(self, node: Mapping) -> None:
        if len(self._rules) > 1:
            names = [name for rule in self._rules if rule.hinted for name in rule.properties]
            single = sorted(name for name in set(names) if names.count(name) == 1)
            self._problems.add(
                "There's not enough info to determine what you meant. "
                f"Add one of these properties: {', '.join(single)}",
                node.position,
            )
        elif not self._has_template_key:
            for name, known in self._rules[0].properties.items():
                if known.required and name.upper() not in self._seen:
                    self._problems.add(f"Required property is missing: {name}", node.position)


_FREE = MappingRule(loose=(STRING, ANY))
