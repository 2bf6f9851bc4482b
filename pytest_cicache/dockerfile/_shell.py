"""Words and variables of Dockerfile instructions, as BuildKit's shell lexer reads them.

Not a shell: only quotes, the escape character and the `${NAME…}` forms BuildKit knows (v0.34.2,
frontend/dockerfile/shell).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_cicache.errors import DockerfileError, UnsupportedError

__all__ = ["ShellLexer"]

_SPECIAL = "@*#?-$!0"
_SPACE = re.compile(r"\s")
# Variables that hold others ten times grow by the power of ten.
_LONGEST = 1 << 20
# What means nothing, whichever is the escape character and whatever ends the text.
_PLAIN = re.compile(r"[^$<'\"\\`}/]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellLexer:
    """How to read a text: the escape character, and what is kept as it was written.

    `raw_quotes` and `raw_escapes` keep those characters, `keep_unset` leaves the name of an unset variable,
    `ignore_quotes` gives quotes no meaning.
    """

    escape: str = "\\"
    raw_quotes: bool = False
    raw_escapes: bool = False
    keep_unset: bool = False
    ignore_quotes: bool = False

    def word(self, text: str, variables: Mapping[str, str]) -> str:
        """Resolve quotes and variables; spaces stay.

        Raises DockerfileError in BuildKit's words, UnsupportedError for a text that has grown beyond a MiB.
        """
        special = "$" if self.raw_quotes and self.raw_escapes else f"$'\"{self.escape}"
        if not any(character in text for character in special):
            return text
        return self._read(text, variables)[0]

    def words(self, text: str, variables: Mapping[str, str]) -> tuple[str, ...]:
        """The same, split at unquoted spaces afterwards."""
        return self._read(text, variables)[1]

    def _read(self, text: str, variables: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
        scan = _Scan(text=text, lexer=self, variables=variables, raw_escapes=self.raw_escapes)
        try:
            result = scan.until("")
        except DockerfileError as error:
            raise DockerfileError(f"failed to process {_quoted(text)}: {error}") from None
        return result, scan.words.done()


class _ShellWords:
    """Collects words while the text is read."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.current = ""
        self.open = False

    def soft(self, text: str) -> None:
        """Add text whose spaces part words."""
        for number, word in enumerate(_SPACE.split(text)):
            if number and self.open and self.current:
                self.found.append(self.current)
                self.current, self.open = "", False
            if word:
                self.hard(word)

    def hard(self, text: str) -> None:
        """Add text as it is."""
        self.current += text
        self.open = True

    def done(self) -> tuple[str, ...]:
        """Every word."""
        return tuple([*self.found, self.current] if self.current else self.found)


class _Scan:
    """One pass over one text."""

    def __init__(self, *, text: str, lexer: ShellLexer, variables: Mapping[str, str], raw_escapes: bool) -> None:
        self.text = text
        self.lexer = lexer
        self.variables = variables
        self.raw_escapes = raw_escapes
        self.position = 0
        self.words = _ShellWords()

    @property
    def peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def take(self) -> str:
        char = self.peek
        self.position += 1
        return char

    def plain(self) -> str:
        """Take what means nothing."""
        found = _PLAIN.match(self.text, self.position)
        assert found is not None
        self.position = found.end()
        return found[0]

    def until(self, stop: str, *, pattern: bool = False) -> str:
        """Read to `stop` (`""` is the end); `pattern` doubles literal escapes for a second reading."""
        result, self.words = "", _ShellWords()
        while self.peek:
            char = self.peek
            if stop and char == stop:
                self.take()
                return result
            piece, soft = self._piece(char, pattern=pattern)
            result += piece
            if len(result) > _LONGEST:
                raise UnsupportedError("a word of a Dockerfile that is longer than 1 MiB is not simulated")
            (self.words.soft if soft else self.words.hard)(piece)
        if stop:
            raise DockerfileError(f"unexpected end of statement while looking for matching {stop}")
        return result

    def _piece(self, char: str, *, pattern: bool) -> tuple[str, bool]:
        """The next piece, and whether its spaces part words."""
        if char == "$":
            return self._dollar(), True
        if char == "<":
            return self._here_document(), False
        if char == "'" and not self.lexer.ignore_quotes:
            return self._single_quoted(pattern=pattern), False
        if char == '"' and not self.lexer.ignore_quotes:
            return self._double_quoted(pattern=pattern), False
        if char != self.lexer.escape:
            return self.plain() or self.take(), True
        self.take()
        return (char if self.raw_escapes else "") + self.take(), False

    def _here_document(self) -> str:
        self.take()
        if self.peek != "<":
            return "<"
        self.take()
        result = "<<"
        while self.peek and self.peek in "\t\r ":
            result += self.take()
        return result

    def _single_quoted(self, *, pattern: bool) -> str:
        end = self.text.find("'", self.position + 1)
        if end < 0:
            self.position = len(self.text)
            raise DockerfileError("unexpected end of statement while looking for matching single-quote")
        inner = self.text[self.position + 1 : end]
        self.position = end + 1
        if pattern:
            inner = inner.replace(self.lexer.escape, self.lexer.escape * 2)
        return f"'{inner}'" if self.lexer.raw_quotes else inner

    def _double_quoted(self, *, pattern: bool) -> str:
        quote = self.take() if self.lexer.raw_quotes else ""
        self.position += not quote
        result = quote
        while self.peek:
            if self.peek == '"':
                self.take()
                return result + quote
            if self.peek == "$":
                result += self._dollar()
            elif self.peek == self.lexer.escape:
                result += self._escaped_in_quotes(pattern=pattern)
            else:
                result += self.plain() or self.take()
        raise DockerfileError("unexpected end of statement while looking for matching double-quote")

    def _escaped_in_quotes(self, *, pattern: bool) -> str:
        escape = self.take()
        if not self.peek:
            return ""
        if self.peek in {'"', "$", self.lexer.escape}:
            return (escape if self.raw_escapes else "") + self.take()
        doubled = self.raw_escapes and (not self.lexer.raw_quotes or pattern)
        return escape * 2 if doubled else escape

    def _dollar(self) -> str:
        self.take()
        if self.peek != "{":
            name = self._name()
            if not name:
                return "$"
            if name not in self.variables and self.lexer.keep_unset:
                return f"${name}"
            return self.variables.get(name, "")
        self.take()
        if not self.peek:
            raise DockerfileError("syntax error: missing '}'")
        if self.peek in "{}:":
            raise DockerfileError("syntax error: bad substitution")
        return self._substitution(self._name())

    def _substitution(self, name: str) -> str:
        operator = self.take()
        if operator == "}":
            if name not in self.variables and self.lexer.keep_unset:
                return f"${{{name}}}"
            return self.variables.get(name, "")
        if operator == "/":
            return self._replacement(name)
        colon = operator == ":"
        if colon:
            operator = self.take()
        # at the end of the text BuildKit prints the replacement character
        shown = (":" if colon else "") + (operator or "\ufffd")
        if operator not in "+-?#%" or not operator or (colon and operator in "#%"):
            raise DockerfileError(f"unsupported modifier ({shown}) in substitution")
        word = self._inner("}", raw=operator in "#%", pattern=operator in "#%")
        if name not in self.variables and self.lexer.keep_unset:
            return f"${{{name}{shown}{word}}}"
        return _modified(name, self.variables.get(name), operator, word, null_is_unset=colon)

    def _replacement(self, name: str) -> str:
        everywhere = self.peek == "/"
        self.position += everywhere
        pattern = self._inner("/", raw=True, pattern=True)
        replacement = self._inner("}", raw=True, pattern=False)
        if name not in self.variables and self.lexer.keep_unset:
            return f"${{{name}/{pattern}/{replacement}}}"
        expression = _pattern(pattern, greedy=True)
        return expression.sub(lambda _: replacement, self.variables.get(name, ""), count=0 if everywhere else 1)

    def _inner(self, stop: str, *, raw: bool, pattern: bool) -> str:
        outer_words, outer_raw = self.words, self.raw_escapes
        self.raw_escapes = raw
        try:
            return self.until(stop, pattern=pattern)
        except DockerfileError:
            if self.peek:
                raise
            missing = "'/' in ${}" if stop == "/" else "'}'"
            raise DockerfileError(f"syntax error: missing {missing}") from None
        finally:
            self.words, self.raw_escapes = outer_words, outer_raw

    def _name(self) -> str:
        if self.peek and (self.peek.isdigit() and self.peek != "0"):
            match = re.compile(r"\d+").match(self.text, self.position)
        elif self.peek and self.peek in _SPECIAL:
            match = re.compile(r"\d+|.", re.DOTALL).match(self.text, self.position)
        else:
            match = re.compile(r"\w*").match(self.text, self.position)
        assert match is not None
        self.position = match.end()
        return match[0]


def _quoted(text: str) -> str:
    """The text as Go's %q writes it."""
    return json.dumps(text, ensure_ascii=False)


def _modified(name: str, value: str | None, operator: str, word: str, *, null_is_unset: bool) -> str:
    unset = value is None or (null_is_unset and value == "")
    if operator == "-":
        return word if unset else value or ""
    if operator == "+":
        return "" if unset else word
    if operator == "?":
        if unset:
            state = "unset" if value is None else "empty"
            raise DockerfileError(f"{name}: {word or f'is not allowed to be {state}'}")
        return value or ""
    greedy = word.startswith(operator)
    return _trimmed(value or "", word[greedy:], greedy=greedy, suffix=operator == "%")


def _trimmed(value: str, pattern: str, *, greedy: bool, suffix: bool) -> str:
    if not suffix:
        match = _pattern(pattern, greedy=greedy).match(value)
        return value[match.end() :] if match else value
    expression = _pattern(pattern, greedy=True)
    starts = range(len(value) + 1) if greedy else range(len(value), -1, -1)
    for start in starts:
        if expression.fullmatch(value, start):
            return value[:start]
    return value


def _pattern(pattern: str, *, greedy: bool) -> re.Pattern[str]:
    star = ".*" if greedy else ".*?"
    result, position = "", 0
    while position < len(pattern):
        char = pattern[position]
        position += 1
        if char == "\\":
            char = pattern[position : position + 1]
            position += 1
            if char not in {"}", "/", "*", "?", "\\"}:
                raise DockerfileError(f"invalid pattern ({pattern}) in substitution: invalid escape '\\{char}'")
            result += re.escape(char)
        else:
            result += star if char == "*" else "." if char == "?" else re.escape(char)
    return re.compile(result)
