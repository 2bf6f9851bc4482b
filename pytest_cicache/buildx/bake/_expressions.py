"""Reads HCL's expressions (hcl/v2 hclsyntax/spec.md, Expressions)."""

from __future__ import annotations

from fractions import Fraction

from pytest_cicache.buildx.bake._syntax import (
    BakeError,
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    GetAttribute,
    Group,
    Index,
    Literal,
    Object,
    ObjectKey,
    Span,
    Splat,
    SplatItem,
    Tuple,
    Unary,
    Variable,
)
from pytest_cicache.buildx.bake._templates import TemplateParser
from pytest_cicache.buildx.bake._tokens import Kind, Reader, Token

__all__ = ["ExpressionParser"]

_LEVELS = (("||",), ("&&",), ("==", "!="), (">", ">=", "<", "<="), ("+", "-"), ("*", "/", "%"))
_WORDS = {"true": True, "false": False, "null": None}
_FOR = "Invalid 'for' expression"
_ELSEWHERE = "before the end of the file. This may be caused by incorrect {0} nesting elsewhere in this file."
_SEPARATOR = 'Expected an equals sign ("=") to mark the beginning of the attribute value.'
_DOTTED = (
    f"{_SEPARATOR} If you intended to given an attribute name containing periods or spaces, write the name in quotes "
    "to create a string literal."
)


class ExpressionParser:
    """Reads the expression at a reader's place."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._templates = TemplateParser(reader, self.expression)

    def expression(self) -> Expression:
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

    def template(self) -> Expression:
        """The whole rest of the text as a template, as texts of JSON files are."""
        return self._templates.rest()

    def _binary(self, level: int) -> Expression:
        if level == len(_LEVELS):
            return self._term()
        left = self._binary(level + 1)
        while (sign := self._reader.peek()).is_sign(*_LEVELS[level]):
            self._reader.next()
            right = self._binary(level + 1)
            left = Binary(operator=sign.text, left=left, right=right, span=left.span.to(right.span))
        return left

    def _term(self) -> Expression:
        found = self._primary()
        while True:
            sign = self._reader.peek()
            if sign.is_sign("."):
                found = self._after_dot(found, self._reader.next())
            elif sign.is_sign("["):
                found = self._after_bracket(found, self._reader.next())
            else:
                return found

    def _after_dot(self, source: Expression, dot: Token) -> Expression:
        name = self._reader.next()
        if name.is_sign("*"):
            item = each = SplatItem(span=name.span)
            rest: Expression = each
            while self._reader.peek().is_sign("."):
                inner = self._reader.next()
                rest = self._step(rest, inner, self._reader.next())
            return Splat(source=source, each=rest, item=item, span=source.span.to(rest.span))
        return self._step(source, dot, name)

    def _step(self, source: Expression, dot: Token, name: Token) -> Expression:
        span, step = source.span.to(name.span), dot.span.to(name.span)
        if name.kind is Kind.NUMBER:
            if "." in name.text:
                first, _, second = name.text.partition(".")
                detail = (
                    "When using the legacy index syntax, chaining two indexes together is not permitted. Use the "
                    f"proper index syntax instead, like [{first}][{second}]."
                )
                raise BakeError.diagnostic("Invalid legacy index syntax", detail, name.span)
            return Index(source=source, key=_number(name), span=span, step=step)
        if name.kind is not Kind.NAME:
            detail = "An attribute name is required after a dot."
            raise BakeError.diagnostic("Invalid attribute name", detail, name.span)
        return GetAttribute(source=source, name=name.text, span=span, step=step)

    def _after_bracket(self, source: Expression, opening: Token) -> Expression:
        self._reader.newlines.append(False)
        if self._reader.peek().is_sign("*"):
            star = self._reader.next()
            close = self._reader.next()
            self._reader.newlines.pop()
            if not close.is_sign("]"):
                detail = 'The star for a full splat operator must be immediately followed by a closing bracket ("]").'
                raise BakeError.diagnostic("Missing close bracket on splat index", detail, close.span)
            item = SplatItem(span=star.span)
            rest: Expression = item
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
        return Index(source=source, key=key, span=source.span.to(close.span), step=step)

    def _primary(self) -> Expression:
        token = self._reader.peek()
        match token.kind, token.text:
            case Kind.NUMBER, _:
                return _number(self._reader.next())
            case Kind.NAME, _:
                return self._named(self._reader.next())
            case Kind.PUNCTUATION, "(":
                return self._group(self._reader.next())
            case Kind.PUNCTUATION, '"':
                return self._templates.quoted()
            case Kind.PUNCTUATION, "<<" | "<<-":
                return self._templates.heredoc()
            case Kind.PUNCTUATION, "-" | "!":
                self._reader.next()
                operand = self._term()
                return Unary(operator=token.text, operand=operand, span=token.span.to(operand.span))
            case Kind.PUNCTUATION, "[":
                return self._tuple(self._reader.next())
            case Kind.PUNCTUATION, "{":
                return self._object(self._reader.next())
        raise self._no_expression(token)

    def _no_expression(self, token: Token) -> BakeError:
        if token.kind is Kind.END:
            detail = "Expected the start of an expression, but found the end of the file."
            return BakeError.diagnostic("Missing expression", detail, token.span)
        detail = "Expected the start of an expression, but found an invalid expression token."
        return BakeError.diagnostic("Invalid expression", detail, token.span)

    def _group(self, opening: Token) -> Expression:
        self._reader.newlines.append(False)
        inner = self.expression()
        close = self._reader.next()
        self._reader.newlines.pop()
        if not close.is_sign(")"):
            detail = "Expected a closing parenthesis to terminate the expression."
            raise BakeError.diagnostic("Unbalanced parentheses", detail, close.span)
        return Group(inner=inner, span=opening.span.to(close.span))

    def _named(self, name: Token) -> Expression:
        if self._reader.peek().is_sign("("):
            return self._call(name)
        if name.text in _WORDS:
            return Literal(value=_WORDS[name.text], span=name.span)
        return Variable(name=name.text, span=name.span)

    def _call(self, name: Token) -> Call:
        self._reader.newlines.append(False)
        opening = self._reader.next()
        arguments: list[Expression] = []
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
            if separator.kind is Kind.END:
                detail = f"There is no closing parenthesis for this function call {_ELSEWHERE.format('parenthesis')}"
                raise BakeError.diagnostic("Unterminated function call", detail, name.span.to(opening.span))
            if not separator.is_sign(","):
                detail = "A comma is required to separate each function argument from the next."
                raise BakeError.diagnostic("Missing argument separator", detail, separator.span)
        else:
            self._reader.next()
        self._reader.newlines.pop()
        closing = self._reader.previous
        return Call(
            name=name.text,
            arguments=tuple(arguments),
            expands=expands,
            name_span=name.span.to(opening.span),
            closing=closing,
            span=name.span.to(closing),
        )

    def _expect(self, sign: str, summary: str, detail: str) -> Token:
        token = self._reader.next()
        if not token.is_sign(sign):
            raise BakeError.diagnostic(summary, detail, token.span)
        return token

    def _is_for(self) -> bool:
        token = self._reader.peek()
        return token.kind is Kind.NAME and token.text == "for"

    def _tuple(self, opening: Token) -> Expression:
        self._reader.newlines.append(False)
        if self._is_for():
            return self._for(opening, "]")
        items: list[Expression] = []
        while not self._reader.peek().is_sign("]"):
            items.append(self.expression())
            if self._reader.peek().is_sign("]"):
                break
            separator = self._reader.next()
            if separator.kind is Kind.END:
                detail = f"There is no corresponding closing bracket {_ELSEWHERE.format('bracket')}"
                raise BakeError.diagnostic("Unterminated tuple constructor expression", detail, opening.span)
            if not separator.is_sign(","):
                detail = "Expected a comma to mark the beginning of the next item."
                raise BakeError.diagnostic("Missing item separator", detail, separator.span)
        close = self._reader.next()
        self._reader.newlines.pop()
        return Tuple(items=tuple(items), span=opening.span.to(close.span))

    def _object(self, opening: Token) -> Expression:
        self._reader.newlines.append(False)
        if self._is_for():
            return self._for(opening, "}")
        self._reader.newlines[-1] = True
        items: list[tuple[Expression, Expression]] = []
        while True:
            token = self._reader.peek()
            if token.is_sign("\n"):
                self._reader.next()
            elif token.is_sign("}"):
                break
            else:
                items.append(self._object_item(opening))
        close = self._reader.next()
        self._reader.newlines.pop()
        return Object(items=tuple(items), span=opening.span.to(close.span))

    def _object_item(self, opening: Token) -> tuple[Expression, Expression]:
        inner = self.expression()
        key = ObjectKey(inner=inner, span=inner.span)
        sign = self._reader.next()
        if not sign.is_sign("=", ":"):
            raise self._no_separator(sign, opening)
        value = self.expression()
        end = self._reader.peek()
        if end.is_sign(",", "\n"):
            self._reader.next()
        elif end.kind is Kind.END:
            raise self._open_object(opening)
        elif not end.is_sign("}"):
            detail = "Expected a newline or comma to mark the beginning of the next attribute."
            raise BakeError.diagnostic("Missing attribute separator", detail, end.span)
        return key, value

    def _no_separator(self, sign: Token, opening: Token) -> BakeError:
        if sign.is_sign("\n", ","):
            detail = 'Expected an attribute value, introduced by an equals sign ("=").'
            return BakeError.diagnostic("Missing attribute value", detail, sign.span)
        if sign.kind is Kind.END:
            return self._open_object(opening)
        detail = _DOTTED if sign.kind is Kind.NAME else _SEPARATOR
        return BakeError.diagnostic("Missing key/value separator", detail, sign.span)

    def _open_object(self, opening: Token) -> BakeError:
        detail = f"There is no corresponding closing brace {_ELSEWHERE.format('brace')}"
        return BakeError.diagnostic("Unterminated object constructor expression", detail, opening.span)

    def _for(self, opening: Token, closing: str) -> For:
        self._reader.next()
        key_name, value_name = self._for_names()
        word = self._reader.next()
        if word.kind is not Kind.NAME or word.text != "in":
            detail = "For expression requires the 'in' keyword after its name declarations."
            raise BakeError.diagnostic(_FOR, detail, word.span)
        collection = self.expression()
        self._expect(":", _FOR, "For expression requires a colon after the collection expression.")
        key: Expression | None = None
        value = self.expression()
        if self._reader.peek().is_sign("=>"):
            self._reader.next()
            key, value = value, self.expression()
        groups = self._reader.peek().is_sign("...")
        if groups:
            self._reader.next()
        condition = None
        if (word := self._reader.peek()).kind is Kind.NAME and word.text == "if":
            self._reader.next()
            condition = self.expression()
        close = self._expect(closing, _FOR, "Extra characters after the end of the 'for' expression.")
        self._reader.newlines.pop()
        span = opening.span.to(close.span)
        _check_for(closing, key, value, groups, span)
        return For(
            key_name=key_name,
            value_name=value_name,
            collection=collection,
            key=key,
            value=value,
            condition=condition,
            groups=groups,
            span=span,
        )

    def _for_names(self) -> tuple[str, str]:
        first = self._reader.next()
        if first.kind is not Kind.NAME:
            raise BakeError.diagnostic(_FOR, "For expression requires variable name after 'for'.", first.span)
        if not self._reader.peek().is_sign(","):
            return "", first.text
        self._reader.next()
        second = self._reader.next()
        if second.kind is not Kind.NAME:
            detail = "For expression requires value variable name after comma."
            raise BakeError.diagnostic(_FOR, detail, second.span)
        return first.text, second.text


_EXPANDED = "An expanded function argument (with ...) must be immediately followed by closing parentheses."


def _check_for(closing: str, key: Expression | None, value: Expression, groups: bool, span: Span) -> None:
    if closing == "]" and key is not None:
        raise BakeError.diagnostic(_FOR, "Key expression is not valid when building a tuple.", key.span)
    if closing == "]" and groups:
        raise BakeError.diagnostic(_FOR, "Grouping ellipsis (...) cannot be used when building a tuple.", span)
    if closing == "}" and key is None:
        raise BakeError.diagnostic(_FOR, "Key expression is required when building an object.", value.span)


def _number(token: Token) -> Literal:
    return Literal(value=Fraction(token.text), span=token.span)
