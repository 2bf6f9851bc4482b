"""Reads HCL: bodies, arguments and blocks (hcl/v2 hclsyntax/spec.md), with HCL's own words for what is wrong.

HCL is read by hand: python-hcl2 8.1 takes files that buildx refuses (several arguments on a line, a brace on the
next one), refuses some that it takes (`!!x`, `${~ x ~}`), leaves heredocs unread and has no words for errors.
"""

from __future__ import annotations

from pytest_cicache.buildx.bake.hcl._expressions import ExpressionParser
from pytest_cicache.buildx.bake.hcl._syntax import Attribute, BakeError, Body, HclBlock, Span
from pytest_cicache.buildx.bake.hcl._tokens import HclReader, HclToken, HclTokenKind

__all__ = ["parse_hcl"]

_REQUIRED = "Argument or block definition required"
_HERE = "An argument or block definition is required here."
_EQUALS = f'{_HERE} To set an argument, use the equals sign "=" to introduce the argument value.'
_UNCLOSED = (
    "There is no closing brace for this block before the end of the file. This may be caused by incorrect brace "
    "nesting elsewhere in this file."
)
_SINGLE = "Invalid single-argument block definition"
_SINGLE_ENDS = {
    ",": "Single-line block syntax can include only one argument definition. To define multiple arguments, use the "
    "multi-line block syntax with one argument definition per line.",
    "\n": "An argument definition on the same line as its containing block creates a single-line block definition, "
    "which must also be closed on the same line. Place the block's closing brace immediately after the argument "
    "definition.",
}
_HEADER = {
    "=": 'The equals sign "=" indicates an argument definition, and must not be used when defining a block.',
    "\n": 'A block definition must have block content delimited by "{" and "}", starting on the same line as the '
    "block header.",
}


def parse_hcl(text: str, file: str) -> Body:
    """Read a file in HCL's native syntax. Raises BakeError."""
    return _BodyParser(HclReader(text, file)).file()


class _BodyParser:
    def __init__(self, reader: HclReader) -> None:
        self._reader = reader
        self._expressions = ExpressionParser(reader)

    def file(self) -> Body:
        return self._body(None)

    def _body(self, brace: HclToken | None) -> Body:
        """Everything up to the brace that closes `brace`, or to the end of the file."""
        attributes: dict[str, Attribute] = {}
        blocks: list[HclBlock] = []
        missing = _empty(brace.span if brace is not None else self._reader.span(0, 0))
        while True:
            token = self._reader.next()
            if token.text == "\n" and token.kind is HclTokenKind.PUNCTUATION:
                continue
            if (token.kind is HclTokenKind.END and brace is None) or (brace is not None and token.is_sign("}")):
                return Body(attributes=tuple(attributes.values()), blocks=tuple(blocks), missing=missing)
            if token.kind is not HclTokenKind.NAME:
                raise self._misplaced(token, brace)
            self._item(token, attributes, blocks)

    def _misplaced(self, token: HclToken, brace: HclToken | None) -> BakeError:
        if token.kind is HclTokenKind.END and brace is not None:
            return BakeError.diagnostic("Unclosed configuration block", _UNCLOSED, brace.span)
        if token.is_sign('"'):
            return BakeError.diagnostic("Invalid argument name", "Argument names must not be quoted.", token.span)
        return BakeError.diagnostic(_REQUIRED, _HERE, token.span)

    def _item(self, name: HclToken, attributes: dict[str, Attribute], blocks: list[HclBlock]) -> None:
        follows = self._reader.peek()
        if follows.is_sign("="):
            found = self._attribute(name)
            if found.name in attributes:
                raise _redefined(found, attributes[found.name])
            self._end_line(name)
            attributes[found.name] = found
        elif follows.kind is HclTokenKind.NAME or follows.is_sign('"', "{"):
            blocks.append(self._block(name))
        else:
            raise BakeError.diagnostic(_REQUIRED, _EQUALS, name.span)

    def _attribute(self, name: HclToken) -> Attribute:
        self._reader.next()
        expression = self._expressions.expression()
        return Attribute(
            name=name.text, expression=expression, span=name.span.to(self._reader.previous), name_span=name.span
        )

    def _end_line(self, name: HclToken) -> None:
        end = self._reader.peek()
        if end.kind is HclTokenKind.END or end.is_sign("\n"):
            return
        summary, detail = "Missing newline after argument", "An argument definition must end with a newline."
        if end.is_sign(","):
            summary = "Unexpected comma after argument"
            detail = f"Argument definitions must be separated by newlines, not commas. {detail}"
        raise BakeError.diagnostic(summary, detail, end.span)

    def _block(self, kind: HclToken) -> HclBlock:
        labels: list[str] = []
        spans: list[Span] = []
        while not (token := self._reader.peek()).is_sign("{"):
            if token.kind is HclTokenKind.NAME:
                self._reader.next()
                labels.append(token.text)
                spans.append(token.span)
            elif token.is_sign('"'):
                text, span = self._expressions.quoted_literal()
                labels.append(text)
                spans.append(span)
            else:
                other = 'Either a quoted string block label or an opening brace ("{") is expected here.'
                detail = _HEADER.get(token.text, other) if token.kind is HclTokenKind.PUNCTUATION else other
                raise BakeError.diagnostic("Invalid block definition", detail, token.span)
        header = kind.span.to(spans[-1] if spans else kind.span)
        body = self._block_body(self._reader.next())
        end = self._reader.peek()
        if end.kind is not HclTokenKind.END and not end.is_sign("\n"):
            detail = "A block definition must end with a newline."
            raise BakeError.diagnostic("Missing newline after block definition", detail, end.span)
        return HclBlock(kind=kind.text, labels=tuple(labels), label_spans=tuple(spans), body=body, span=header)

    def _block_body(self, brace: HclToken) -> Body:
        first = self._reader.peek()
        if first.kind is HclTokenKind.END or first.is_sign("\n", "}"):
            return self._body(brace)
        found = self._single(brace)
        end = self._reader.peek()
        if end.is_sign("}"):
            self._reader.next()
            return Body(attributes=(found,), blocks=(), missing=_empty(found.span))
        if end.kind is HclTokenKind.END:
            raise BakeError.diagnostic("Unclosed configuration block", _UNCLOSED, brace.span)
        other = "A single-line block definition must end with a closing brace immediately after its single argument "
        detail = _SINGLE_ENDS.get(end.text, f"{other}definition.")
        raise BakeError.diagnostic(_SINGLE, detail, end.span)

    def _single(self, brace: HclToken) -> Attribute:
        name = self._reader.next()
        follows = self._reader.peek()
        if name.kind is not HclTokenKind.NAME:
            raise BakeError.diagnostic(_REQUIRED, _HERE, name.span)
        if follows.is_sign("="):
            return self._attribute(name)
        if follows.kind is HclTokenKind.NAME or follows.is_sign('"', "{"):
            detail = (
                "A single-line block definition can contain only a single argument. If you meant to define argument "
                f'"{name.text}", use an equals sign to assign it a value. To define a nested block, place it on a '
                "line of its own within its parent block."
            )
            raise BakeError.diagnostic("Argument definition required", detail, name.span.to(follows.span))
        raise BakeError.diagnostic(_REQUIRED, _EQUALS, name.span)


def _redefined(found: Attribute, before: Attribute) -> BakeError:
    detail = f'The argument "{found.name}" was already set at {before.name_span}. Each argument may be set only once.'
    return BakeError.diagnostic("Attribute redefined", detail, found.name_span)


def _empty(span: Span) -> Span:
    return Span(span.file, span.line, span.column, span.line, span.column)
