"""The words of HCL, read where they stand; templates are read by whoever finds their opening sign."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum, auto

from pytest_cicache.buildx.bake.hcl._syntax import BakeError, Span

__all__ = ["HclReader", "HclToken", "HclTokenKind"]

_SIGNS = re.compile(r"\.\.\.|=>|==|!=|<=|>=|&&|\|\||::|<<-?|[-+*/%!~<>=?:.,(){}\[\]\"]")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_NAME = re.compile(r"[^\W\d][\w-]*")
_BLANK = re.compile(r"(?:[ \t]|\r(?=\n)|/\*[\s\S]*?\*/)+")
_COMMENT = re.compile(r"(?:#|//)[^\n]*")
_OPERATORS = {"&": ("boolean AND", ' ("&&")'), "|": ("boolean OR", ' ("||")'), "^": ("boolean NOT", ' ("!")')}
_INSTEAD = {
    "'": 'Single quotes are not valid. Use double quotes (") to enclose strings.',
    "`": 'The "`" character is not valid. To create a multi-line string, use the "heredoc" syntax, like "<<EOT".',
    ";": 'The ";" character is not valid. Use newlines to separate arguments and blocks, and commas to separate items '
    "in collection values.",
}


class HclTokenKind(Enum):
    """What a word is."""

    NAME = auto()
    NUMBER = auto()
    PUNCTUATION = auto()
    INVALID = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class HclToken:
    """One word with its place; `start` and `end` are offsets into the text."""

    kind: HclTokenKind
    text: str
    start: int
    end: int
    span: Span

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of these signs; a line end is the sign of a newline."""
        return self.kind is HclTokenKind.PUNCTUATION and self.text in signs


class HclReader:
    """A place in a text; line ends are words only where `newlines` says so on top."""

    def __init__(self, text: str, file: str, *, line: int = 1, column: int = 1) -> None:
        self.text = text
        self.file = file
        self.position = 0
        self.previous = Span(file, line, column, line, column)
        self.newlines = [True]
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._first = (line, column)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect_right(self._lines, offset) - 1
        column = offset - self._lines[line] + 1
        return line + self._first[0], column + (self._first[1] - 1 if line == 0 else 0)

    def span(self, start: int, end: int) -> Span:
        """The stretch between two offsets."""
        return Span(self.file, *self.place(start), *self.place(end))

    def peek(self) -> HclToken:
        """The next word, which stays. Raises BakeError for a character that is in no word."""
        start = self._skip()
        kind, end = self._word(start)
        if kind is HclTokenKind.INVALID:
            raise _invalid(self.text[start], self.span(start, end))
        return HclToken(kind, self.text[start:end], start, end, self.span(start, end))

    def next(self) -> HclToken:
        """Take the next word."""
        token = self.peek()
        self.position = token.end
        self.previous = token.span
        return token

    def jump(self, offset: int) -> None:
        """Go on at an offset."""
        self.previous = self.span(self.position, offset)
        self.position = offset

    def _skip(self) -> int:
        position = self.position
        while True:
            start = position
            for pattern in (_BLANK, _COMMENT):
                if match := pattern.match(self.text, position):
                    position = match.end()
            if not self.newlines[-1] and self.text.startswith("\n", position):
                position += 1
            if position == start:
                return position

    def _word(self, start: int) -> tuple[HclTokenKind, int]:
        if start >= len(self.text):
            return HclTokenKind.END, start
        if self.text[start] == "\n":
            return HclTokenKind.PUNCTUATION, start + 1
        for kind, pattern in (
            (HclTokenKind.NUMBER, _NUMBER),
            (HclTokenKind.NAME, _NAME),
            (HclTokenKind.PUNCTUATION, _SIGNS),
        ):
            if match := pattern.match(self.text, start):
                return kind, match.end()
        return HclTokenKind.INVALID, start + 1


def _invalid(character: str, span: Span) -> BakeError:
    """HCL's words for a character it has no use for (hclsyntax/token.go, checkInvalidTokens)."""
    summary, detail = "Invalid character", "This character is not used within the language."
    if character in _OPERATORS:
        name, instead = _OPERATORS[character]
        summary = "Unsupported operator"
        detail = f"Bitwise operators are not supported. Did you mean {name}{instead}?"
    elif character in _INSTEAD:
        detail = _INSTEAD[character]
    error = BakeError.diagnostic(summary, detail, span)
    error.count = 2
    return error
