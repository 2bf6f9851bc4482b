"""YAML text -> nodes with positions: core schema, anchors and aliases, bounds.

The only user of the YAML library, which must not load with the plugin: import this inside a function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import yaml

from pytest_cicache.errors import Problem, WorkflowError
from pytest_cicache.workflow._nodes import Mapping, Node, Position, Scalar, Sequence, SourceLine
from pytest_cicache.workflow._scalars import ScalarError, plain_value, tagged_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_cicache.workflow._problems import Limits

__all__ = ["LOADER", "compose"]

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Event: TypeAlias = yaml.Event


class _NotComposed(Exception):  # noqa: N818 - never leaves this module
    """Reading stops with this message of GitHub's, which tells neither the place nor the hint."""

    def __init__(self, message: str, *, hint: str = "", place: tuple[int, int] | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.place = place


def compose(text: str, *, path: str, limits: Limits, file: str = "", loader: object = LOADER) -> Node:
    """The root node of the one document in `text`; anything else raises `WorkflowError` with one problem."""
    try:
        if len(text) > limits.file_size:
            raise _NotComposed(f"The maximum file size of {limits.file_size} characters has been exceeded")
        return _Composer(yaml.parse(text, Loader=loader), path, limits, file, text).document()  # type: ignore[arg-type]
    except _NotComposed as error:
        raise WorkflowError((Problem(path, str(error), hint=error.hint, place=error.place),)) from None
    except ScalarError as error:
        raise WorkflowError((Problem(path, str(error)),)) from None
    except yaml.MarkedYAMLError as error:
        raise WorkflowError((_syntax_problem(error, path),)) from None
    except (yaml.YAMLError, UnicodeError) as error:
        message = " ".join(str(error).split())
        raise WorkflowError((Problem(path, f"You have an error in your yaml syntax: {message}"),)) from None


def _syntax_problem(error: yaml.MarkedYAMLError, path: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    reason = ", ".join(part for part in (error.context, error.problem) if part)
    if mark is None:
        return Problem(path, f"You have an error in your yaml syntax: {reason}")
    line = mark.line + 1
    return Problem(path, f"You have an error in your yaml syntax on line {line}: {reason}", line, mark.column + 1)


class _Composer:
    def __init__(self, events: Iterator[_Event], path: str, limits: Limits, file: str, text: str) -> None:
        self._lines = text.split("\n")
        self._events = events
        self._path = path
        self._file = file
        self._limits = limits
        self._count = 0
        self._anchors: dict[str, tuple[Node, int] | None] = {}

    def document(self) -> Node:
        self._expect(yaml.StreamStartEvent, "Expected stream start parse event")
        self._expect(yaml.DocumentStartEvent, "Expected document start parse event", hint="the file is empty")
        root = self._node(self._next(), 0)
        self._expect(yaml.DocumentEndEvent, "Expected document end parse event")
        self._expect(yaml.StreamEndEvent, "Expected stream end parse event", hint="a second document begins here")
        return root

    def _next(self) -> _Event:
        self._spend(1)
        return next(self._events)

    def _expect(self, kind: type[_Event], message: str, *, hint: str = "") -> None:
        event = self._next()
        if not isinstance(event, kind):
            mark = event.start_mark
            raise _NotComposed(message, hint=hint, place=None if mark is None else (mark.line + 1, mark.column + 1))

    def _spend(self, nodes: int) -> None:
        self._count += nodes
        if self._count > self._limits.nodes:
            raise _NotComposed("Maximum YAML nodes exceeded")

    def _node(self, event: _Event, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor, depth)
        anchor: str | None = event.anchor  # type: ignore[attr-defined]
        if anchor is None:
            return self._content(event, depth)
        if not self._limits.anchors:
            raise _NotComposed(f"Anchors are not currently supported. Remove the anchor '{anchor}'")
        before = self._count
        self._anchors[anchor] = None
        node = self._content(event, depth)
        self._anchors[anchor] = (node, self._count - before)
        return node

    def _alias(self, anchor: str | None, depth: int) -> Node:
        if anchor is None or anchor not in self._anchors:
            raise _NotComposed(f"Unknown anchor '{anchor}'")
        known = self._anchors[anchor]
        # An alias inside its own anchor would go on for ever.
        if known is None:
            raise _NotComposed("Maximum object depth exceeded")
        node, size = known
        self._spend(size)
        self._check_depth(depth + _height(node))
        return node

    def _content(self, event: _Event, depth: int) -> Node:
        mark = event.start_mark
        assert mark is not None
        position = Position(path=self._path, line=mark.line + 1, column=mark.column + 1, file=self._file)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event, position, self._rows(event))
        self._check_depth(depth + 1)
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence(items=tuple(self._items(depth + 1)), position=position)
        return Mapping(entries=tuple(self._entries(depth + 1)), position=position)

    def _rows(self, event: yaml.ScalarEvent) -> tuple[SourceLine, ...]:
        """The lines of a value of several; a block begins below its sign."""
        start, end = event.start_mark, event.end_mark
        if start is None or end is None or start.line == end.line:
            return ()
        is_block = event.style in ("|", ">")
        last = end.line + (end.column > 0)
        numbers = range(start.line + is_block, min(last, len(self._lines)))
        skipped = {start.line: start.column}
        return tuple(_source_line(number, self._lines[number], skipped.get(number, 0)) for number in numbers)

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            yield self._node(event, depth)

    def _entries(self, depth: int) -> Iterator[tuple[Scalar, Node]]:
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event, depth)
            if not isinstance(key, Scalar):
                raise _NotComposed("Expected mapping end")
            yield key, self._node(self._next(), depth)

    def _check_depth(self, depth: int) -> None:
        if depth > self._limits.depth:
            raise _NotComposed("Maximum object depth exceeded")


def _source_line(index: int, text: str, skipped: int) -> SourceLine:
    inner = text[skipped:].strip()
    return SourceLine(index + 1, text.index(inner, skipped) + 1, inner)


def _scalar(event: yaml.ScalarEvent, position: Position, lines: tuple[SourceLine, ...]) -> Scalar:
    text, line, column = event.value, position.line, position.column
    style = event.style or ""
    if event.tag:
        value = tagged_value(text, tag=event.tag, style=style, line=line, column=column)
    elif style:
        value = text
    else:
        value = plain_value(text, line, column)
    return Scalar(value=value, text=text, position=position, lines=lines)


def _height(node: Node) -> int:
    match node:
        case Scalar():
            return 0
        case Sequence():
            return 1 + max((_height(item) for item in node.items), default=0)
    return 1 + max((_height(item) for _, item in node.entries), default=0)
