"""Text to tokens; a token that cannot stand where it is written is refused here.

Which token may follow which is the table of the runner's `Tokens/LexicalAnalyzer.cs` (reference 6.2).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pytest_cicache.errors import ExpressionError
from pytest_cicache.expressions._values import WHITE_SPACE, parse_number

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LENGTH = 21_000
"""The longest expression GitHub reads, in UTF-16 code units (`ExpressionConstants.cs`)."""

_BOUNDARY = re.escape("()[],.!><=&|" + WHITE_SPACE)
_SPACE = re.compile(f"[{WHITE_SPACE}]*")
_WORD = re.compile(f".[^{_BOUNDARY}]*", re.DOTALL)
_NUMBER = re.compile(f".(?:[^{_BOUNDARY}]|\\.)*", re.DOTALL)
_STRING = re.compile(r"'((?>(?:[^']|'')*))'")
_OPERATOR = re.compile(r"[!=<>]=|&&|\|\||[!<>]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WORDS: dict[str, bool | float | None] = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": math.nan,
    "Infinity": math.inf,
}


class TokenKind(StrEnum):
    """What a token is; `(` and `)` differ by what they enclose."""

    GROUP = "("
    END_GROUP = ")"
    PARAMETERS = "call("
    END_PARAMETERS = "call)"
    INDEX = "["
    END_INDEX = "]"
    SEPARATOR = ","
    DEREFERENCE = "."
    WILDCARD = "*"
    NOT = "!"
    BINARY = "binary operator"
    LITERAL = "literal"
    PROPERTY = "property name"
    FUNCTION = "function"
    NAMED_VALUE = "named-value"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionToken:
    """A token: its kind, its text as written, where it starts, and the value of a literal."""

    kind: TokenKind
    text: str
    start: int
    value: bool | float | str | None = None


_K = TokenKind
# `None` is the start of the expression.
_BEFORE_OPERAND = frozenset({None, _K.SEPARATOR, _K.GROUP, _K.PARAMETERS, _K.INDEX, _K.NOT, _K.BINARY})
_BEFORE_ACCESS = frozenset({_K.END_GROUP, _K.END_PARAMETERS, _K.END_INDEX, _K.WILDCARD, _K.PROPERTY, _K.NAMED_VALUE})
_AFTER_OPERAND = _BEFORE_ACCESS | {_K.LITERAL}
_MAY_FOLLOW: dict[TokenKind, frozenset[TokenKind | None]] = {
    _K.GROUP: _BEFORE_OPERAND,
    _K.PARAMETERS: frozenset({_K.FUNCTION}),
    _K.INDEX: _BEFORE_ACCESS,
    _K.END_GROUP: _AFTER_OPERAND,
    _K.END_PARAMETERS: _AFTER_OPERAND | {_K.PARAMETERS},
    _K.END_INDEX: _AFTER_OPERAND,
    _K.SEPARATOR: _AFTER_OPERAND,
    _K.DEREFERENCE: _BEFORE_ACCESS,
    _K.WILDCARD: frozenset({_K.INDEX, _K.DEREFERENCE}),
    _K.NOT: _BEFORE_OPERAND,
    _K.BINARY: _AFTER_OPERAND,
    _K.LITERAL: _BEFORE_OPERAND,
    _K.PROPERTY: frozenset({_K.DEREFERENCE}),
    _K.FUNCTION: _BEFORE_OPERAND,
    _K.NAMED_VALUE: _BEFORE_OPERAND,
}
_OPENINGS = frozenset({_K.GROUP, _K.PARAMETERS, _K.INDEX})
_WITHIN = {
    _K.END_GROUP: _K.GROUP,
    _K.END_PARAMETERS: _K.PARAMETERS,
    _K.END_INDEX: _K.INDEX,
    _K.SEPARATOR: _K.PARAMETERS,
}


def is_name(text: str) -> bool:
    """Whether a text can be written as a context, a function or a property after a dot."""
    return _NAME.fullmatch(text) is not None


def utf16_length(text: str) -> int:
    """The length in UTF-16 code units, in which GitHub counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def located(description: str, token: ExpressionToken, text: str, *, phase: str = "parsing") -> ExpressionError:
    """The error GitHub reports at a token."""
    position = utf16_length(text[: token.start]) + 1
    message = f"{description}: '{token.text}'. Located at position {position} within expression: {text}"
    return ExpressionError(message, expression=text, position=position, phase=phase)


class Lexer:
    """Reads one expression; `unclosed` holds the openings that still wait for their end."""

    def __init__(self, text: str) -> None:
        self.unclosed: list[TokenKind] = []
        self._text = text
        self._index = 0
        self._last: TokenKind | None = None

    def __iter__(self) -> Iterator[ExpressionToken]:
        """Yield the tokens; raises ExpressionError at the first that is unreadable or misplaced."""
        while self._skip_space() < len(self._text):
            token = self._read()
            self._admit(token)
            self._last = token.kind
            yield token

    def _skip_space(self) -> int:
        space = _SPACE.match(self._text, self._index)
        assert space is not None
        self._index = space.end()
        return self._index

    def _read(self) -> ExpressionToken:
        character = self._text[self._index]
        match character:
            case "(" | ")" | "[" | "]" | "," | "*":
                return self._take(self._punctuation(character), character)
            case "'":
                return self._string()
            case "!" | "=" | "<" | ">" | "&" | "|":
                return self._operator()
            case ".":
                is_number = self._last in _BEFORE_OPERAND
                return self._number() if is_number else self._take(_K.DEREFERENCE, character)
        return self._number() if character in "+-0123456789" else self._word()

    def _punctuation(self, character: str) -> TokenKind:
        if character == "(" and self._last is _K.FUNCTION:
            return _K.PARAMETERS
        if character == ")" and self.unclosed[-1:] == [_K.PARAMETERS]:
            return _K.END_PARAMETERS
        return TokenKind(character)

    def _take(self, kind: TokenKind, text: str, value: bool | float | str | None = None) -> ExpressionToken:
        start = self._index
        self._index += len(text)
        return ExpressionToken(kind=kind, text=text, start=start, value=value)

    def _string(self) -> ExpressionToken:
        string = _STRING.match(self._text, self._index)
        if string is None:
            raise self._unreadable(self._text[self._index :])
        return self._take(_K.LITERAL, string[0], string[1].replace("''", "'"))

    def _operator(self) -> ExpressionToken:
        operator = _OPERATOR.match(self._text, self._index)
        if operator is None:
            raise self._unreadable(self._match(_WORD))
        return self._take(_K.NOT if operator[0] == "!" else _K.BINARY, operator[0])

    def _number(self) -> ExpressionToken:
        text = self._match(_NUMBER)
        number = parse_number(text)
        if math.isnan(number):
            raise self._unreadable(text)
        return self._take(_K.LITERAL, text, number)

    def _word(self) -> ExpressionToken:
        text = self._match(_WORD)
        if not is_name(text):
            raise self._unreadable(text)
        if self._last is _K.DEREFERENCE:
            return self._take(_K.PROPERTY, text, text)
        if text in _WORDS:
            return self._take(_K.LITERAL, text, _WORDS[text])
        token = self._take(_K.NAMED_VALUE, text)
        if self._text.startswith("(", self._skip_space()):
            return ExpressionToken(kind=_K.FUNCTION, text=text, start=token.start)
        return token

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._index)
        assert found is not None
        return found[0]

    def _unreadable(self, text: str) -> ExpressionError:
        token = ExpressionToken(kind=_K.LITERAL, text=text, start=self._index)
        return located("Unexpected symbol", token, self._text, phase="lexing")

    def _admit(self, token: ExpressionToken) -> None:
        innermost = self.unclosed[-1] if self.unclosed else None
        is_placed = self._last in _MAY_FOLLOW[token.kind]
        is_closing = token.kind in _WITHIN
        if not is_placed or (is_closing and _WITHIN[token.kind] is not innermost):
            raise located("Unexpected symbol", token, self._text)
        if token.kind in _OPENINGS:
            self.unclosed.append(token.kind)
        elif is_closing and token.kind is not _K.SEPARATOR:
            self.unclosed.pop()
