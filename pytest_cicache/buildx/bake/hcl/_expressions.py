"""Reads HCL's expressions (hcl/v2 hclsyntax/spec.md, Expressions)."""

from __future__ import annotations

from fractions import Fraction

from pytest_cicache.buildx.bake.hcl._collections import CollectionParser
from pytest_cicache.buildx.bake.hcl._syntax import (
    BakeError,
    Binary,
    Conditional,
    GetAttribute,
    HclCall,
    HclExpression,
    HclGroup,
    HclIndex,
    HclLiteral,
    Span,
    Splat,
    SplatItem,
    Unary,
    Variable,
)
from pytest_cicache.buildx.bake.hcl._templates import TemplateParser
from pytest_cicache.buildx.bake.hcl._tokens import HclReader, HclToken, HclTokenKind

__all__ = ["ExpressionParser"]

_LEVELS = (("||",), ("&&",), ("==", "!="), (">", ">=", "<", "<="), ("+", "-"), ("*", "/", "%"))
_WORDS = {"true": True, "false": False, "null": None}
_ELSEWHERE = "before the end of the file. This may be caused by incorrect {0} nesting elsewhere in this file."


class ExpressionParser:
    """Reads the expression at a reader's place."""

    def __init__(self, reader: HclReader) -> None:
        self._reader = reader
        self._templates = TemplateParser(reader, self.expression)
        self._collections = CollectionParser(reader, self.expression)

    def expression(self) -> HclExpression:
        """One whole expression. Raises BakeError."""
        condition = self._binary(0)
        if not self._reader.peek().is_sign("?"):
            return condition
        self._reader.next()
        yes = self.expression()
        colon = self._reader.peek()
        if not colon.is_sign(":"):
            detail = "The conditional operator (...?...:...) requires a false expression, delimited by a colon."
            raise BakeError.diagnostic("Missing false expression in conditional", detail, colon.span)
        self._reader.next()
        no = self.expression()
        return Conditional(condition=condition, yes=yes, no=no, span=condition.span.to(no.span))

    def quoted_literal(self) -> tuple[str, Span]:
        """A quoted text without interpolations, as block labels are."""
        return self._templates.quoted_literal()

    def template(self) -> HclExpression:
        """The whole rest of the text as a template, as texts of JSON files are."""
        return self._templates.rest()

    def _binary(self, level: int) -> HclExpression:
        if level == len(_LEVELS):
            return self._term()
        left = self._binary(level + 1)
        while (sign := self._reader.peek()).is_sign(*_LEVELS[level]):
            self._reader.next()
            right = self._binary(level + 1)
            left = Binary(operator=sign.text, left=left, right=right, span=left.span.to(right.span))
        return left

    def _term(self) -> HclExpression:
        found = self._primary()
        while True:
            sign = self._reader.peek()
            if sign.is_sign("."):
                found = self._after_dot(found, self._reader.next())
            elif sign.is_sign("["):
                found = self._after_bracket(found, self._reader.next())
            else:
                return found

    def _after_dot(self, source: HclExpression, dot: HclToken) -> HclExpression:
        name = self._reader.next()
        if name.is_sign("*"):
            item = each = SplatItem(span=name.span)
            rest: HclExpression = each
            while self._reader.peek().is_sign("."):
                inner = self._reader.next()
                rest = self._step(rest, inner, self._reader.next())
            return Splat(source=source, each=rest, item=item, span=source.span.to(rest.span))
        return self._step(source, dot, name)

    def _step(self, source: HclExpression, dot: HclToken, name: HclToken) -> HclExpression:
        span, step = source.span.to(name.span), dot.span.to(name.span)
        if name.kind is HclTokenKind.NUMBER:
            if "." in name.text:
                first, _, second = name.text.partition(".")
                detail = (
                    "When using the legacy index syntax, chaining two indexes together is not permitted. Use the "
                    f"proper index syntax instead, like [{first}][{second}]."
                )
                raise BakeError.diagnostic("Invalid legacy index syntax", detail, name.span)
            return HclIndex(source=source, key=_number(name), span=span, step=step)
        if name.kind is not HclTokenKind.NAME:
            detail = "An attribute name is required after a dot."
            raise BakeError.diagnostic("Invalid attribute name", detail, name.span)
        return GetAttribute(source=source, name=name.text, span=span, step=step)

    def _after_bracket(self, source: HclExpression, opening: HclToken) -> HclExpression:
        self._reader.newlines.append(False)
        if self._reader.peek().is_sign("*"):
            star = self._reader.next()
            close = self._reader.next()
            self._reader.newlines.pop()
            if not close.is_sign("]"):
                detail = 'The star for a full splat operator must be immediately followed by a closing bracket ("]").'
                raise BakeError.diagnostic("Missing close bracket on splat index", detail, close.span)
            item = SplatItem(span=star.span)
            rest: HclExpression = item
            while (sign := self._reader.peek()).is_sign(".", "["):
                self._reader.next()
                rest = self._after_dot(rest, sign) if sign.text == "." else self._after_bracket(rest, sign)
            return Splat(source=source, each=rest, item=item, span=source.span.to(rest.span))
        key = self.expression()
        close = self._reader.next()
        self._reader.newlines.pop()
        if not close.is_sign("]"):
            detail = 'The index operator must end with a closing bracket ("]").'
            raise BakeError.diagnostic("Missing close bracket on index", detail, close.span)
        step = opening.span.to(close.span)
        return HclIndex(source=source, key=key, span=source.span.to(close.span), step=step)

    def _primary(self) -> HclExpression:
        token = self._reader.peek()
        match token.kind, token.text:
            case HclTokenKind.NUMBER, _:
                return _number(self._reader.next())
            case HclTokenKind.NAME, _:
                return self._named(self._reader.next())
            case HclTokenKind.PUNCTUATION, "(":
                return self._group(self._reader.next())
            case HclTokenKind.PUNCTUATION, '"':
                return self._templates.quoted()
            case HclTokenKind.PUNCTUATION, "<<" | "<<-":
                return self._templates.heredoc()
            case HclTokenKind.PUNCTUATION, "-" | "!":
                self._reader.next()
                operand = self._term()
                return Unary(operator=token.text, operand=operand, span=token.span.to(operand.span))
            case HclTokenKind.PUNCTUATION, "[":
                return self._collections.sequence(self._reader.next())
            case HclTokenKind.PUNCTUATION, "{":
                return self._collections.mapping(self._reader.next())
        raise self._no_expression(token)

    def _no_expression(self, token: HclToken) -> BakeError:
        if token.kind is HclTokenKind.END:
            detail = "Expected the start of an expression, but found the end of the file."
            return BakeError.diagnostic("Missing expression", detail, token.span)
        detail = "Expected the start of an expression, but found an invalid expression token."
        return BakeError.diagnostic("Invalid expression", detail, token.span)

    def _group(self, opening: HclToken) -> HclExpression:
        self._reader.newlines.append(False)
        inner = self.expression()
        close = self._reader.next()
        self._reader.newlines.pop()
        if not close.is_sign(")"):
            detail = "Expected a closing parenthesis to terminate the expression."
            raise BakeError.diagnostic("Unbalanced parentheses", detail, close.span)
        return HclGroup(inner=inner, span=opening.span.to(close.span))

    def _named(self, name: HclToken) -> HclExpression:
        if self._reader.peek().is_sign("("):
            return self._call(name)
        if name.text in _WORDS:
            return HclLiteral(value=_WORDS[name.text], span=name.span)
        return Variable(name=name.text, span=name.span)

    def _call(self, name: HclToken) -> HclCall:
        self._reader.newlines.append(False)
        opening = self._reader.next()
        arguments: list[HclExpression] = []
        expands = False
        while not self._reader.peek().is_sign(")"):
            arguments.append(self.expression())
            separator = self._reader.next()
            if separator.is_sign("..."):
                expands = True
                self._expect(")", "Missing closing parenthesis", _EXPANDED)
                break
            if separator.is_sign(")"):
                break
            if separator.kind is HclTokenKind.END:
                detail = f"There is no closing parenthesis for this function call {_ELSEWHERE.format('parenthesis')}"
                raise BakeError.diagnostic("Unterminated function call", detail, name.span.to(opening.span))
            if not separator.is_sign(","):
                detail = "A comma is required to separate each function argument from the next."
                raise BakeError.diagnostic("Missing argument separator", detail, separator.span)
        else:
            self._reader.next()
        self._reader.newlines.pop()
        closing = self._reader.previous
        return HclCall(
            name=name.text,
            arguments=tuple(arguments),
            expands=expands,
            name_span=name.span.to(opening.span),
            closing=closing,
            span=name.span.to(closing),
        )

    def _expect(self, sign: str, summary: str, detail: str) -> HclToken:
        token = self._reader.next()
        if not token.is_sign(sign):
            raise BakeError.diagnostic(summary, detail, token.span)
        return token


_EXPANDED = "An expanded function argument (with ...) must be immediately followed by closing parentheses."


def _number(token: HclToken) -> HclLiteral:
    return HclLiteral(value=Fraction(token.text), span=token.span)
