"""Dockerfile text cut into instructions: directives, comments, continuation lines, flags, here-documents.

Follows what BuildKit's own parser accepts (frontend/dockerfile/parser, v0.34.2); gives the words of each
instruction no meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pytest_cicache.dockerfile._shell import ShellLexer
from pytest_cicache.errors import DockerfileError

__all__ = ["HereDocument", "Line", "parse_here_document", "read_lines"]

_DIRECTIVE = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*")
_DIRECTIVES = {"syntax", "escape", "check"}
_WHITESPACE = re.compile(r"[\t\v\f\r ]+")
_HERE = re.compile(r"(\d*)<<(-?)\s*([^<]*)")
_WITH_HERE_DOCUMENTS = {"add", "copy", "run"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HereDocument:
    """A here-document: the word after `<<`, whether variables in it count, whether tabs go, its content."""

    name: str
    expand: bool
    chomp: bool
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One instruction as it stands in the file.

    `keyword` is as written; `flags` are its `--name=value` words; `rest` what follows them; `original` the
    whole instruction with continuation lines joined; `line` and `end` count from 1.
    """

    keyword: str
    flags: tuple[str, ...]
    rest: str
    original: str
    line: int
    end: int
    here_documents: tuple[HereDocument, ...] = ()


@dataclass(slots=True)
class _LineReader:
    """Where the parser stands in the file."""

    lines: list[str]
    escape: str = "\\"
    number: int = 0
    seen: set[str] = field(default_factory=set)
    in_directives: bool = True

    def next(self) -> str | None:
        if self.number >= len(self.lines):
            return None
        self.number += 1
        return self.lines[self.number - 1]


def read_lines(text: str) -> tuple[tuple[Line, ...], str]:
    """Cut a Dockerfile into instructions; also gives its escape character.

    Raises DockerfileError in BuildKit's words.
    """
    reader = _LineReader(lines=re.findall(r"[^\n]*\n|[^\n]+", text.removeprefix("\ufeff")))
    found: list[Line] = []
    while (raw := reader.next()) is not None:
        start = reader.number
        line = _logical_line(reader, raw)
        if line.strip():
            found.append(_located_instruction(reader, line, start))
    if not found:
        raise DockerfileError("file with no instructions", line=reader.number)
    return tuple(found), reader.escape


def parse_here_document(word: str) -> HereDocument | None:
    """Read `<<EOF`, `<<-"EOF"`; `None` when the word is no here-document."""
    match = _HERE.fullmatch(word)
    if match is None or not match[3]:
        return None
    plain = ShellLexer(escape="\\", keep_unset=True).words(match[3], {})
    if len(plain) != 1:
        return None
    raw = ShellLexer(escape="\\", keep_unset=True, raw_quotes=True).words(match[3], {})
    quotes = [sum(word.count(quote) for quote in "'\"") for word in (plain[0], raw[0])]
    return HereDocument(name=plain[0], expand=quotes[0] == quotes[1], chomp=match[2] == "-")


def _logical_line(reader: _LineReader, raw: str) -> str:
    stripped = raw.rstrip("\r\n").lstrip()
    _read_directive(reader, stripped)
    if stripped.startswith("#"):
        return ""
    text, continues = _continuation(reader, stripped)
    while continues and (raw_next := reader.next()) is not None:
        part = raw_next.rstrip("\r\n")
        if part.lstrip().startswith("#") or not part.strip():
            continue
        part, continues = _continuation(reader, part)
        text += part
    return text


def _read_directive(reader: _LineReader, stripped: str) -> None:
    if not reader.in_directives:
        return
    match = _DIRECTIVE.fullmatch(stripped[1:].lstrip()) if stripped.startswith("#") else None
    name = match[1].lower() if match else ""
    if match is None or name not in _DIRECTIVES:
        reader.in_directives = False
        return
    if name in reader.seen:
        raise DockerfileError(f"only one {name} parser directive can be used", line=reader.number - 1)
    reader.seen.add(name)
    if name == "escape":
        if match[2] not in {"`", "\\"}:
            raise DockerfileError(f"invalid escape token '{match[2]}' does not match ` or \\")
        reader.escape = match[2]


def _continuation(reader: _LineReader, text: str) -> tuple[str, bool]:
    escape = re.escape(reader.escape)
    match = re.search(rf"(?:(?<=[^{escape}])|^){escape}[ \t]*$", text)
    return (text[: match.start()], True) if match else (text, False)


def _located_instruction(reader: _LineReader, text: str, start: int) -> Line:
    try:
        return _instruction(reader, text, start)
    except DockerfileError as error:
        raise error.at(start, reader.number) from None


def _instruction(reader: _LineReader, text: str, start: int) -> Line:
    parts = _WHITESPACE.split(text.strip(), maxsplit=1)
    flags, rest = _flags(parts[1], reader.escape) if len(parts) == 2 else ((), "")
    documents: tuple[HereDocument, ...] = ()
    if "<<" in text and _may_hold_here_documents(parts[0], rest):
        documents = _here_documents(reader, text)
    return Line(
        keyword=parts[0],
        flags=flags,
        rest=rest.strip(),
        original=text,
        line=start,
        end=reader.number,
        here_documents=documents,
    )


def _may_hold_here_documents(keyword: str, rest: str) -> bool:
    word = keyword.lower()
    if word == "onbuild":
        word, _, rest = rest.strip().partition(" ")
    return word.lower() in _WITH_HERE_DOCUMENTS and not rest.strip().startswith("[")


def _here_documents(reader: _LineReader, text: str) -> tuple[HereDocument, ...]:
    lexer = ShellLexer(escape="\\", keep_unset=True, raw_quotes=True, raw_escapes=True)
    try:
        words = lexer.words(text, {})
    except DockerfileError:
        words = ()
    found = [document for word in words if (document := parse_here_document(word)) is not None]
    return tuple(_with_content(reader, document) for document in found)


def _with_content(reader: _LineReader, document: HereDocument) -> HereDocument:
    content = ""
    while (raw := reader.next()) is not None:
        end = raw.rstrip("\r\n")
        if (end.lstrip("\t") if document.chomp else end) == document.name:
            return HereDocument(name=document.name, expand=document.expand, chomp=document.chomp, content=content)
        content += raw
    raise DockerfileError("unterminated heredoc")


def _flags(text: str, escape: str) -> tuple[tuple[str, ...], str]:
    """Take the leading `--flag` words off; quotes and escapes in them are resolved."""
    flags: list[str] = []
    position = 0
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if not text.startswith("--", position):
            return tuple(flags), text[position:]
        word, position = _flag_word(text, position, escape)
        if word == "--":
            return tuple(flags), text[position:]
        flags.append(word)


def _flag_word(text: str, position: int, escape: str) -> tuple[str, int]:
    word, quote = "", ""
    while position < len(text):
        char = text[position]
        if not quote and char.isspace():
            break
        position += 1
        if char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        elif char == escape:
            word += text[position : position + 1]
            position += 1
        else:
            word += char
    return word, position
