"""Reads the JSON form of a bake file into the same tree as HCL's (hcl/v2 json/spec.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from pytest_cicache.buildx.bake.hcl._expressions import ExpressionParser
from pytest_cicache.buildx.bake.hcl._syntax import (
    Attribute,
    BakeError,
    Body,
    HclBlock,
    HclExpression,
    HclLiteral,
    Object,
    Span,
    Tuple,
)
from pytest_cicache.buildx.bake.hcl._tokens import HclReader

__all__ = ["parse_json"]

_BLANK = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_KEYWORD = re.compile(r"[A-Za-z_]+")
_KEYWORDS = {"true": True, "false": False, "null": None}
_START = "A JSON value must start with a brace, a bracket, a number, a string, or a keyword."
# Block types of the file and of its blocks, and how many labels they have.
_BLOCKS = {"": {"variable": 1, "function": 1, "group": 1, "target": 1}, "variable": {"validation": 0}}
# Arguments whose text is an expression, not a template.
_WORDS = {("variable", "type"), ("function", "params"), ("function", "variadic_params")}


@dataclass(frozen=True, slots=True)
class _Node:
    """A JSON value with its place: a list of members, a list of items, a text, or anything else."""

    kind: str
    span: Span
    value: object = None
    members: tuple[tuple[str, Span, _Node], ...] = ()
    items: tuple[_Node, ...] = ()


def parse_json(text: str, file: str) -> Body:
    """Read a file in HCL's JSON form. Raises BakeError."""
    parser = _JsonParser(text, file)
    return _body(_objects(parser.file()), "")


class _JsonParser:
    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._reader = HclReader(text, file)
        self._position = 0
        self._depth = 0

    def file(self) -> _Node:
        found = self._value()
        self._skip()
        if self._position < len(self._text):
            raise self._error("Extraneous data after value", "Extra characters appear after the JSON value.")
        return found

    def _skip(self) -> str:
        match = _BLANK.match(self._text, self._position)
        assert match is not None
        self._position = match.end()
        return self._text[self._position : self._position + 1]

    def _span(self, start: int, end: int | None = None) -> Span:
        return self._reader.span(start, start + 1 if end is None else end)

    def _error(self, summary: str, detail: str, start: int | None = None, *, count: int = 1) -> BakeError:
        error = BakeError.diagnostic(summary, detail, self._span(self._position if start is None else start))
        error.count = count
        return error

    def _value(self) -> _Node:
        character, start = self._skip(), self._position
        if character == "{":
            return self._object()
        if character == "[":
            return self._array()
        if character == '"':
            return self._string()
        if match := _NUMBER.match(self._text, start):
            self._position = match.end()
            return _Node("number", self._span(start, match.end()), Fraction(match[0]))
        if match := _KEYWORD.match(self._text, start):
            return self._keyword(match)
        summaries = {"}": "Missing JSON value", "]": "Missing array element value"}
        if not character:
            raise self._error("Missing value", "The JSON data ends prematurely.")
        raise self._error(summaries.get(character, "Invalid start of value"), _START)

    def _keyword(self, match: re.Match[str]) -> _Node:
        span = self._span(match.start(), match.end())
        if match[0] not in _KEYWORDS:
            detail = f'"{match[0]}" is not a valid JSON keyword.'
            raise BakeError.diagnostic("Invalid JSON keyword", detail, span)
        self._position = match.end()
        return _Node("keyword", span, _KEYWORDS[match[0]])

    def _string(self) -> _Node:
        match = _STRING.match(self._text, self._position)
        detail = "There is a syntax error in the given JSON string."
        if match is None:
            raise self._error("Invalid JSON string", detail)
        try:
            value = json.loads(match[0])
        except ValueError as error:
            place = self._position + (error.pos + 2 if isinstance(error, json.JSONDecodeError) else 0)
            raise self._error("Invalid JSON string", detail, place) from None
        self._position = match.end()
        return _Node("string", self._span(match.start(), match.end()), value)

    def _object(self) -> _Node:
        start = self._position
        self._position += 1
        self._depth += 1
        members: list[tuple[str, Span, _Node]] = []
        while self._skip() != "}":
            key = self._value()
            if key.kind != "string":
                detail = "A JSON object property name must be a string"
                raise BakeError.diagnostic("Invalid object property name", detail, key.span)
            self._colon()
            members.append((str(key.value), key.span, self._value()))
            if not self._separator(start, "}"):
                break
        self._position += 1
        self._depth -= 1
        return _Node("object", self._span(start, self._position), members=tuple(members))

    def _colon(self) -> None:
        sign = self._skip()
        if sign in {"}", ","}:
            detail = "A JSON object attribute must have a value, introduced by a colon."
            raise self._error("Missing object value", detail, count=2)
        if sign == "=":
            detail = "JSON uses a colon as its name/value delimiter, not an equals sign."
            raise self._error("Missing property value colon", detail, count=2)
        if sign != ":":
            detail = "A colon must appear between an object property's name and its value."
            raise self._error("Missing property value colon", detail, count=2)
        self._position += 1

    def _array(self) -> _Node:
        start = self._position
        self._position += 1
        self._depth += 1
        items: list[_Node] = []
        while self._skip() != "]":
            items.append(self._value())
            if not self._separator(start, "]"):
                break
        self._position += 1
        self._depth -= 1
        return _Node("array", self._span(start, self._position), items=tuple(items))

    def _separator(self, start: int, closing: str) -> bool:
        """Take the comma; return whether another member follows."""
        sign, what = self._skip(), "object" if closing == "}" else "array"
        if sign == closing:
            return False
        if not sign:
            name = "brace was found for this JSON object" if closing == "}" else "bracket was found for this JSON array"
            raise self._error("Unclosed object", f"No closing {name}.", start, count=self._depth + 1)
        if sign != ",":
            each = "property definition in an object" if closing == "}" else "value in an array"
            detail = f"A comma must appear between each {each}."
            raise self._error("Missing attribute seperator comma", detail, count=2)
        comma = self._position
        self._position += 1
        if self._skip() == closing:
            last = "property in an object" if closing == "}" else "value in an array"
            detail = f"JSON does not permit a trailing comma after the final {last}."
            raise self._error(f"Trailing comma in {what}", detail, comma, count=2 if closing == "]" else 1)
        return True


def _body(objects: tuple[_Node, ...], kind: str) -> Body:
    known = _BLOCKS.get(kind, {})
    attributes: list[Attribute] = []
    blocks: list[HclBlock] = []
    for node in objects:
        for name, span, value in node.members:
            if name == "//":
                continue
            if name in known:
                blocks += _blocks(name, span, value, known[name])
            else:
                found = _expression(value, is_word=(kind, name) in _WORDS)
                attributes.append(Attribute(name=name, expression=found, span=span.to(value.span), name_span=span))
    end = objects[0].span if objects else Span("", 1, 1, 1, 1)
    return Body(attributes=tuple(attributes), blocks=tuple(blocks), missing=end)


def _blocks(kind: str, span: Span, node: _Node, labels: int) -> Iterator[HclBlock]:
    """The blocks of one property: an object or a list of them, with one level for each label."""
    if node.kind not in {"object", "array"}:
        required = "Either a JSON object or JSON array of objects is required here"
        detail = f"{required}, to specify name labels for this block."
        error = BakeError.diagnostic("Incorrect JSON value type", detail, node.span)
        error.count = 2
        raise error
    if not labels:
        for item in _objects(node):
            yield HclBlock(kind=kind, labels=(), label_spans=(), body=_body((item,), kind), span=span)
        return
    for outer in _objects(node):
        for name, label, value in outer.members:
            if value.kind not in {"object", "array"}:
                required = "Either a JSON object or a JSON array is required"
                detail = f'{required}, representing the contents of one or more "{kind}" blocks.'
                raise BakeError.diagnostic("Incorrect JSON value type", detail, value.span)
            for item in _objects(value):
                yield HclBlock(kind=kind, labels=(name,), label_spans=(label,), body=_body((item,), kind), span=label)


def _objects(node: _Node) -> tuple[_Node, ...]:
    found = node.items if node.kind == "array" else (node,)
    for item in found:
        if item.kind != "object":
            detail = "A JSON object is required here, to define arguments and child blocks."
            raise BakeError.diagnostic("Incorrect JSON value type", detail, item.span)
    return found


def _expression(node: _Node, *, is_word: bool = False) -> HclExpression:
    match node.kind:
        case "string":
            return _text(str(node.value), node.span, is_word=is_word)
        case "array":
            return Tuple(items=tuple(_expression(item, is_word=is_word) for item in node.items), span=node.span)
        case "object":
            pairs = ((_text(key, span), _expression(value)) for key, span, value in node.members)
            return Object(items=tuple(pairs), span=node.span)
    assert node.value is None or isinstance(node.value, (bool, Fraction))
    return HclLiteral(value=node.value, span=node.span)


def _text(text: str, span: Span, *, is_word: bool = False) -> HclExpression:
    parser = ExpressionParser(HclReader(text, span.file, line=span.line, column=span.column + 1))
    try:
        return parser.expression() if is_word else parser.template()
    except BakeError as error:
        error.count += 1  # HCL has no value to go on with either
        raise
