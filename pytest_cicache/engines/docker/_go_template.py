"""Go's text/template, as far as `--format` needs it: fields, `json`, `index`, `len`, `range`, `if`, pipes.

https://pkg.go.dev/text/template, with the functions of
https://github.com/docker/cli/blob/v28.5.1/templates/templates.go
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pytest_cicache.errors import UnsupportedError

__all__ = ["escape_html", "render_template"]

_ACTION = re.compile(r"\{\{(?P<left>- )?(?P<inside>.*?)(?P<right> -)?\}\}", re.DOTALL)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|\$?\.[\w.]*|\w+|[()|]')
_BETWEEN = re.compile(r"\s*")
_NAME = re.compile(r"[a-z]\w*")
_OPENING = frozenset(("range", "if"))


@dataclass(frozen=True, slots=True)
class _TemplateAction:
    text: str


@dataclass(slots=True)
class _TemplateBlock:
    """What stands between an opening action and its `end`, and after its `else`."""

    head: str = ""
    parts: list[_Part] = field(default_factory=list)
    otherwise: list[_Part] | None = None


_Part: TypeAlias = "str | _TemplateAction | _TemplateBlock"


def render_template(text: str, data: Any, *, indent: int | None = None) -> str:
    """Fill a template in; raises UnsupportedError for what it does not know.

    Where `json` indents, by `indent`, it also escapes as buildx's does.
    """
    return "".join(_rendered(_parse(text).parts, data, data, indent))


def escape_html(text: str) -> str:
    """JSON as Go's encoder writes it unless told not to."""
    for plain, escaped in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")):
        text = text.replace(plain, escaped)
    return text


def _parse(text: str) -> _TemplateBlock:
    stack = [_TemplateBlock()]
    for part in _split(text):
        block = stack[-1]
        here = block.parts if block.otherwise is None else block.otherwise
        word = part.text.partition(" ")[0] if isinstance(part, _TemplateAction) else ""
        if isinstance(part, _TemplateAction) and word in _OPENING:
            inner = _TemplateBlock(head=part.text)
            here.append(inner)
            stack.append(inner)
        elif isinstance(part, _TemplateAction) and part.text == "else" and len(stack) > 1:
            block.otherwise = []
        elif word == "end" and len(stack) > 1:
            stack.pop()
        else:
            here.append(part)
    if len(stack) != 1:
        raise _unknown(text)
    return stack[0]


def _split(text: str) -> Iterator[str | _TemplateAction]:
    position, trims = 0, False
    for found in _ACTION.finditer(text):
        before = text[position : found.start()]
        before = before.lstrip() if trims else before
        yield before.rstrip() if found["left"] else before
        yield _TemplateAction(found["inside"].strip())
        position, trims = found.end(), found["right"] is not None
    rest = text[position:]
    yield rest.lstrip() if trims else rest


def _rendered(parts: Sequence[_Part], dot: Any, root: Any, indent: int | None) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, _TemplateAction):
            yield _text(_TemplateEvaluation(part.text, dot, root, indent).value())
        else:
            yield from _block(part, dot, root, indent)


def _block(block: _TemplateBlock, dot: Any, root: Any, indent: int | None) -> Iterator[str]:
    keyword, _, expression = block.head.partition(" ")
    value = _TemplateEvaluation(expression, dot, root, indent).value()
    if not value:
        yield from _rendered(block.otherwise or (), dot, root, indent)
    elif keyword == "if":
        yield from _rendered(block.parts, dot, root, indent)
    else:
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _rendered(block.parts, item, root, indent)


class _TemplateEvaluation:
    """One pipeline: `a b | c` is `c (a b)`; `dot` is what `.` means, `root` what `$` means."""

    def __init__(self, text: str, dot: Any, root: Any, indent: int | None) -> None:
        self._text = text
        self._dot, self._root, self._indent = dot, root, indent
        self._words = _words_of(text)

    def value(self) -> Any:
        """What it gives."""
        value = self._pipeline()
        if self._words:
            raise _unknown(self._text)
        return value

    def _pipeline(self) -> Any:
        value = self._command([])
        while self._words and self._words[0] == "|":
            self._words.pop(0)
            value = self._command([value])
        return value

    def _command(self, piped: list[Any]) -> Any:
        if not self._words:
            raise _unknown(self._text)
        name = self._words[0]
        if not _NAME.fullmatch(name) or name in ("true", "false"):
            return self._operand()
        self._words.pop(0)
        arguments = []
        while self._words and self._words[0] not in ("|", ")"):
            arguments.append(self._operand())
        return self._call(name, [*arguments, *piped])

    def _operand(self) -> Any:
        word = self._words.pop(0)
        if word == "(":
            value = self._pipeline()
            if not self._words or self._words.pop(0) != ")":
                raise _unknown(self._text)
            has_fields = self._words and self._words[0].startswith(".")
            return _follow(value, self._words.pop(0), self._text) if has_fields else value
        if word.startswith(("$.", ".")):
            return _follow(self._root if word[0] == "$" else self._dot, word.removeprefix("$"), self._text)
        if word[0] in '"`':
            return json.loads(word) if word[0] == '"' else word[1:-1]
        if word.isdigit():
            return int(word)
        if word in ("true", "false"):
            return word == "true"
        raise _unknown(self._text)

    def _call(self, name: str, arguments: list[Any]) -> Any:
        function = _FUNCTIONS.get(name)
        if name == "json" and len(arguments) == 1:
            separators = None if self._indent else (",", ":")
            text = json.dumps(arguments[0], indent=self._indent, separators=separators, ensure_ascii=False)
            return text if self._indent is None else escape_html(text)
        if function is None:
            raise _unknown(self._text)
        try:
            return function(*arguments)
        except (TypeError, LookupError, AttributeError) as error:
            raise _unknown(self._text) from error


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        value = value[key] if isinstance(key, int) else value.get(key, "")
    return value


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "eq": lambda first, *others: first in others,
    "index": _index,
    "join": lambda values, separator: separator.join(map(_text, values)),
    "len": len,
    "lower": lambda text: text.lower(),
    "ne": lambda first, second: first != second,
    "not": lambda value: not value,
    "split": lambda text, separator: text.split(separator),
    "upper": lambda text: text.upper(),
}


def _words_of(text: str) -> list[str]:
    words, position = [], 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise _unknown(text)
        words.append(found[0])
        blank = _BETWEEN.match(text, found.end())
        position = blank.end() if blank else found.end()
    return words


def _follow(value: Any, path: str, text: str) -> Any:
    """Follow `.A.B`; the names of Go's fields differ from those of the JSON in their case."""
    for name in filter(None, path.split(".")):
        if not isinstance(value, Mapping):
            raise _unknown(text)
        known = {key.lower(): item for key, item in value.items()}
        value = value[name] if name in value else known.get(name.lower(), "")
    return value


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return f"[{' '.join(map(_text, value))}]"
        case dict():
            return f"map[{' '.join(f'{key}:{_text(item)}' for key, item in sorted(value.items()))}]"
        case None:
            return "<no value>"
    return str(value)


def _unknown(text: str) -> UnsupportedError:
    return UnsupportedError(f"the template {text!r} is not simulated")
