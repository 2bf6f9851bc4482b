"""Reads HCL's templates: quoted texts, heredocs and the texts of JSON files (hcl/v2 hclsyntax/spec.md, Templates)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from pytest_cicache.buildx.bake.hcl._syntax import (
    BakeError,
    HclExpression,
    Span,
)
from pytest_cicache.buildx.bake.hcl._template_pieces import Piece, assemble, flushed, trim_last
from pytest_cicache.buildx.bake.hcl._tokens import HclReader, HclTokenKind
from pytest_cicache.dockerfile import edit_distance

__all__ = ["TemplateParser"]

_MULTILINE = (
    "Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape "
    'to represent a newline character or use the "heredoc" multi-line template syntax.'
)
_EXTRA = (
    "Expected a closing brace to end the interpolation expression, but found extra characters.\n\nThis can happen when "
    "you include interpolation syntax for another language, such as shell scripting, but forget to escape the "
    "interpolation start token. If this is an embedded sequence for another language, escape it by starting with "
    '"$${" instead of just "${".'
)
_COLON = (
    "Template interpolation doesn't expect a colon at this location. Did you intend this to be a literal sequence to "
    'be processed as part of another language? If so, you can escape it by starting with "$${" instead of just "${".'
)
_NO_SEQUENCES = (
    'Template sequences are not allowed in this string. To include a literal "$", double it (as "$$") to escape it.'
)
_DIRECTIVES = ("if", "for", "else", "endif", "endfor")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_ESCAPED_CODE = re.compile(r"\\[uU][0-9a-fA-F]*")
_HEREDOC = re.compile(r"<<-?[ \t]*([^\W\d][\w-]*)\r?\n")
_CLOSED = re.compile(r'(?:[^"\\]|\\.)*"', re.DOTALL)
_OPENING = re.compile(r"[$%]\{")


class TemplateParser:
    """Reads the template at a reader's place; `expression` reads what stands in its holes."""

    def __init__(self, reader: HclReader, expression: Callable[[], HclExpression]) -> None:
        self._reader = reader
        self._expression = expression

    def quoted(self) -> HclExpression:
        """A text in double quotes."""
        opening = self._reader.next()
        pieces = self._pieces(len(self._reader.text), quoted=True)
        self._reader.jump(self._reader.position + 1)
        return assemble(pieces, opening.span.to(self._reader.previous), self._reader.previous)

    def quoted_literal(self) -> tuple[str, Span]:
        """A text in double quotes without holes."""
        opening = self._reader.next()
        if _CLOSED.match(self._reader.text, opening.end) is None:
            end = len(self._reader.text)
            detail = "Unable to find the closing quote mark before the end of the file."
            raise BakeError.diagnostic("Unterminated string literal", detail, self._reader.span(end, end))
        pieces = self._pieces(len(self._reader.text), quoted=True)
        self._reader.jump(self._reader.position + 1)
        span = opening.span.to(self._reader.previous)
        for piece in pieces:
            if piece.kind != "text":
                span = piece.span
                span = Span(span.file, span.line, span.column, span.line, span.column + 2)
                raise BakeError.diagnostic("Invalid string literal", _NO_SEQUENCES, span)
        return "".join(piece.text for piece in pieces), span

    def heredoc(self) -> HclExpression:
        """A text between two lines with a marker; after `<<-` common indentation goes."""
        start = self._reader.peek().start
        match = _HEREDOC.match(self._reader.text, start)
        if match is None:
            detail = "Expected the start of an expression, but found an invalid expression token."
            raise BakeError.diagnostic("Invalid expression", detail, self._reader.peek().span)
        end, behind = self._heredoc_end(match.end(), match[1])
        if end < 0:
            detail = "No closing marker was found for the string."
            last = len(self._reader.text)
            raise BakeError.diagnostic("Unterminated template string", detail, self._reader.span(last, last))
        self._reader.jump(match.end())
        pieces = self._pieces(end, quoted=False)
        if match[0].startswith("<<-"):
            pieces = flushed(pieces)
        self._reader.jump(behind)
        return assemble(pieces, self._reader.span(start, behind), self._reader.span(end, behind))

    def rest(self) -> HclExpression:
        """Everything up to the end of the text."""
        end = len(self._reader.text)
        span = self._reader.span(0, end)
        return assemble(self._pieces(end, quoted=False), span, self._reader.span(end, end))

    def _heredoc_end(self, start: int, marker: str) -> tuple[int, int]:
        """Where the closing line starts and where its marker ends, -1 for none."""
        found = re.compile(rf"^[ \t]*{re.escape(marker)}(?=[ \t]*\r?$)", re.MULTILINE).search(self._reader.text, start)
        return (found.start(), found.end()) if found else (-1, -1)

    def _pieces(self, end: int, *, quoted: bool) -> list[Piece]:
        pieces: list[Piece] = []
        trims = False
        while (hole := self._text(end, pieces, quoted=quoted, trims=trims)) is not None:
            start = hole
            self._reader.jump(start + 2)
            if self._reader.text.startswith("~", self._reader.position):
                self._reader.jump(self._reader.position + 1)
                trim_last(pieces)
            is_value = self._reader.text[start] == "$"
            self._reader.newlines.append(False)
            piece = self._value() if is_value else self._directive(start)
            trims = self._close(start, piece, end)
            self._reader.newlines.pop()
            pieces.append(replace(piece, span=self._reader.span(start, self._reader.position)))
        return pieces

    def _text(self, end: int, pieces: list[Piece], *, quoted: bool, trims: bool) -> int | None:
        """Add the text up to the next hole, line by line; return where the hole opens."""
        text, position = self._reader.text, self._reader.position
        start, found = position, ""
        hole: int | None = None
        while position < end:
            character = text[position]
            if quoted and character == '"':
                break
            if text.startswith(("$${", "%%{"), position):
                found, position = found + text[position] + "{", position + 3
            elif _OPENING.match(text, position):
                hole = position
                break
            elif quoted and character == "\n":
                error = BakeError.diagnostic(
                    "Invalid multi-line string", _MULTILINE, self._reader.span(position, position + 1)
                )
                error.count = 2
                raise error
            elif quoted and character == "\\":
                piece, position = self._escape(position)
                found += piece
            else:
                found, position = found + character, position + 1
                if character == "\n":
                    self._add_text(pieces, found, start, position, trims)
                    trims = False
                    start, found = position, ""
        else:
            if quoted:
                detail = "No closing marker was found for the string."
                raise BakeError.diagnostic("Unterminated template string", detail, self._reader.span(end, end))
        self._add_text(pieces, found, start, position, trims)
        self._reader.jump(position)
        return hole

    def _add_text(self, pieces: list[Piece], found: str, start: int, end: int, trims: bool) -> None:
        found = found.lstrip() if trims else found
        if found:
            pieces.append(Piece("text", self._reader.span(start, end), text=found))

    def _escape(self, position: int) -> tuple[str, int]:
        text = self._reader.text
        selector = text[position + 1 : position + 2]
        if selector in _ESCAPES and selector:
            return _ESCAPES[selector], position + 2
        if selector in {"u", "U"}:
            length = 4 if selector == "u" else 8
            digits = text[position + 2 : position + 2 + length]
            if re.fullmatch(rf"[0-9a-fA-F]{{{length}}}", digits):
                return chr(int(digits, 16)), position + 2 + length
            words = "four" if selector == "u" else "eight"
            detail = f"The \\{selector} escape sequence must be followed by {words} hexadecimal digits."
        else:
            detail = f'The symbol "{selector}" is not a valid escape sequence selector.'
        wrong = _ESCAPED_CODE.match(text, position)
        span = self._reader.span(position, wrong.end() if wrong else position + 2)
        raise BakeError.diagnostic("Invalid escape sequence", detail, span)

    def _value(self) -> Piece:
        value = self._expression()
        return Piece("value", value.span, value=value)

    def _directive(self, start: int) -> Piece:
        word = self._reader.next()
        if word.kind is not HclTokenKind.NAME:
            detail = 'A template directive keyword ("if", "for", etc) is expected at the beginning of a %{ sequence.'
            raise BakeError.diagnostic("Invalid template directive", detail, word.span)
        match word.text:
            case "if":
                return Piece("if", word.span, value=self._expression())
            case "else" | "endif" | "endfor":
                return Piece(word.text, word.span)
            case "for":
                return self._for_directive(word.span)
        near = next((known for known in _DIRECTIVES if edit_distance(word.text, known) < 3), None)
        hint = f' Did you mean "{near}"?' if near else ""
        detail = f'"{word.text}" is not a valid template control keyword.{hint}'
        raise BakeError.diagnostic("Invalid template control keyword", detail, word.span)

    def _for_directive(self, span: Span) -> Piece:
        names = [self._reader.next()]
        if self._reader.peek().is_sign(","):
            self._reader.next()
            names.append(self._reader.next())
        for name in names:
            if name.kind is not HclTokenKind.NAME:
                detail = "For directive requires variable name after 'for'."
                raise BakeError.diagnostic("Invalid 'for' directive", detail, name.span)
        word = self._reader.next()
        if word.kind is not HclTokenKind.NAME or word.text != "in":
            detail = "For directive requires 'in' keyword after names."
            raise BakeError.diagnostic("Invalid 'for' directive", detail, word.span)
        key, value = ("", names[0].text) if len(names) == 1 else (names[0].text, names[1].text)
        return Piece("for", span, value=self._expression(), names=(key, value))

    def _close(self, start: int, piece: Piece, end: int) -> bool:
        """Take the closing brace; return whether it trims the text behind it."""
        trims = self._reader.text.startswith("~}", _skip_blanks(self._reader))
        if trims:
            self._reader.jump(_skip_blanks(self._reader) + 1)
        close = self._reader.peek()
        if close.is_sign("}"):
            self._reader.next()
            return trims
        if close.kind is HclTokenKind.END or close.start >= end:
            detail = (
                "There is no closing brace for this interpolation sequence before the end of the file. This might be "
                "caused by incorrect nesting inside the given expression."
            )
            span = self._reader.span(start, start + 2)
            raise BakeError.diagnostic("Unclosed template interpolation sequence", detail, span)
        if piece.kind == "value":
            if close.is_sign('"'):
                detail = (
                    "There is no closing brace for this interpolation sequence before the end of the quoted template. "
                    "This might be caused by incorrect nesting inside the given expression."
                )
                span = self._reader.span(start, start + 2)
                raise BakeError.diagnostic("Unclosed template interpolation sequence", detail, span)
            detail = _COLON if close.is_sign(":") else _EXTRA
            raise BakeError.diagnostic("Extra characters after interpolation expression", detail, close.span)
        detail = "Expected a closing brace to end the sequence, but found extra characters."
        raise BakeError.diagnostic(f"Extra characters in {piece.kind} marker", detail, close.span)


def _skip_blanks(reader: HclReader) -> int:
    position = reader.position
    while position < len(reader.text) and reader.text[position] in " \t\r\n":
        position += 1
    return position
