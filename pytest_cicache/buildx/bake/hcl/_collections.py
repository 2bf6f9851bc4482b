"""Reads tuples, objects and `for` expressions (hcl/v2 hclsyntax/spec.md, Collection Values)."""

from __future__ import annotations

from collections.abc import Callable

from pytest_cicache.buildx.bake.hcl._syntax import BakeError, For, HclExpression, Object, ObjectKey, Span, Tuple
from pytest_cicache.buildx.bake.hcl._tokens import HclReader, HclToken, HclTokenKind

__all__ = ["CollectionParser"]

_FOR = "Invalid 'for' expression"
_ELSEWHERE = "before the end of the file. This may be caused by incorrect {0} nesting elsewhere in this file."
_SEPARATOR = 'Expected an equals sign ("=") to mark the beginning of the attribute value.'
_DOTTED = (
    f"{_SEPARATOR} If you intended to given an attribute name containing periods or spaces, write the name in quotes "
    "to create a string literal."
)


class CollectionParser:
    """Reads what a bracket or a brace has opened; `expression` reads what is in it."""

    def __init__(self, reader: HclReader, expression: Callable[[], HclExpression]) -> None:
        self._reader = reader
        self._expression = expression

    def _is_for(self) -> bool:
        token = self._reader.peek()
        return token.kind is HclTokenKind.NAME and token.text == "for"

    def sequence(self, opening: HclToken) -> HclExpression:
        """What `[` opens. Raises BakeError."""
        self._reader.newlines.append(False)
        if self._is_for():
            return self._for(opening, "]")
        items: list[HclExpression] = []
        while not self._reader.peek().is_sign("]"):
            items.append(self._expression())
            if self._reader.peek().is_sign("]"):
                break
            separator = self._reader.next()
            if separator.kind is HclTokenKind.END:
                detail = f"There is no corresponding closing bracket {_ELSEWHERE.format('bracket')}"
                raise BakeError.diagnostic("Unterminated tuple constructor expression", detail, opening.span)
            if not separator.is_sign(","):
                detail = "Expected a comma to mark the beginning of the next item."
                raise BakeError.diagnostic("Missing item separator", detail, separator.span)
        close = self._reader.next()
        self._reader.newlines.pop()
        return Tuple(items=tuple(items), span=opening.span.to(close.span))

    def mapping(self, opening: HclToken) -> HclExpression:
        """What `{` opens. Raises BakeError."""
        self._reader.newlines.append(False)
        if self._is_for():
            return self._for(opening, "}")
        self._reader.newlines[-1] = True
        items: list[tuple[HclExpression, HclExpression]] = []
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

    def _object_item(self, opening: HclToken) -> tuple[HclExpression, HclExpression]:
        inner = self._expression()
        key = ObjectKey(inner=inner, span=inner.span)
        sign = self._reader.next()
        if not sign.is_sign("=", ":"):
            raise self._no_separator(sign, opening)
        value = self._expression()
        end = self._reader.peek()
        if end.is_sign(",", "\n"):
            self._reader.next()
        elif end.kind is HclTokenKind.END:
            raise self._open_object(opening)
        elif not end.is_sign("}"):
            detail = "Expected a newline or comma to mark the beginning of the next attribute."
            raise BakeError.diagnostic("Missing attribute separator", detail, end.span)
        return key, value

    def _no_separator(self, sign: HclToken, opening: HclToken) -> BakeError:
        if sign.is_sign("\n", ","):
            detail = 'Expected an attribute value, introduced by an equals sign ("=").'
            return BakeError.diagnostic("Missing attribute value", detail, sign.span)
        if sign.kind is HclTokenKind.END:
            return self._open_object(opening)
        detail = _DOTTED if sign.kind is HclTokenKind.NAME else _SEPARATOR
        return BakeError.diagnostic("Missing key/value separator", detail, sign.span)

    def _open_object(self, opening: HclToken) -> BakeError:
        detail = f"There is no corresponding closing brace {_ELSEWHERE.format('brace')}"
        return BakeError.diagnostic("Unterminated object constructor expression", detail, opening.span)

    def _for(self, opening: HclToken, closing: str) -> For:
        self._reader.next()
        key_name, value_name = self._for_names()
        word = self._reader.next()
        if word.kind is not HclTokenKind.NAME or word.text != "in":
            detail = "For expression requires the 'in' keyword after its name declarations."
            raise BakeError.diagnostic(_FOR, detail, word.span)
        collection = self._expression()
        self._closed(":", _FOR, "For expression requires a colon after the collection expression.")
        key: HclExpression | None = None
        value = self._expression()
        if self._reader.peek().is_sign("=>"):
            self._reader.next()
            key, value = value, self._expression()
        groups = self._reader.peek().is_sign("...")
        if groups:
            self._reader.next()
        condition = None
        if (word := self._reader.peek()).kind is HclTokenKind.NAME and word.text == "if":
            self._reader.next()
            condition = self._expression()
        close = self._closed(closing, _FOR, "Extra characters after the end of the 'for' expression.")
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
        if first.kind is not HclTokenKind.NAME:
            raise BakeError.diagnostic(_FOR, "For expression requires variable name after 'for'.", first.span)
        if not self._reader.peek().is_sign(","):
            return "", first.text
        self._reader.next()
        second = self._reader.next()
        if second.kind is not HclTokenKind.NAME:
            detail = "For expression requires value variable name after comma."
            raise BakeError.diagnostic(_FOR, detail, second.span)
        return first.text, second.text

    def _closed(self, sign: str, summary: str, detail: str) -> HclToken:
        token = self._reader.next()
        if not token.is_sign(sign):
            raise BakeError.diagnostic(summary, detail, token.span)
        return token


def _check_for(closing: str, key: HclExpression | None, value: HclExpression, groups: bool, span: Span) -> None:
    if closing == "]" and key is not None:
        raise BakeError.diagnostic(_FOR, "Key expression is not valid when building a tuple.", key.span)
    if closing == "]" and groups:
        raise BakeError.diagnostic(_FOR, "Grouping ellipsis (...) cannot be used when building a tuple.", span)
    if closing == "}" and key is None:
        raise BakeError.diagnostic(_FOR, "Key expression is required when building an object.", value.span)
