"""The functions of the language as records: name, number of arguments, what they compute.

Arguments are evaluated when a function asks for them, as the runner does
(`Expressions/Sdk/Functions`, reference 6.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import ExpressionError
from pytest_cicache.expressions._json import read_json, write_json
from pytest_cicache.expressions._lexer import utf16_length
from pytest_cicache.expressions._nodes import Call, Node, render
from pytest_cicache.expressions._unknown import combined, holds_unknown, known_ends
from pytest_cicache.expressions._values import (
    Kind,
    Value,
    fold,
    is_primitive,
    kind_of,
    loosely_equal,
    to_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_ARGUMENTS = 255
MAX_RESULT_SIZE = 10 * 1024 * 1024
"""Bytes a function may gather for its result (`ParseOptions.cs`, `MaxResultSize`)."""
_TEXT_OVERHEAD = 26

# A literal run, an escaped brace, or `{N}` with an optional `:specifiers` that no type accepts.
_FORMAT = re.compile(r"([^{}]+)|([{}])\2|\{([0-9]+)(?::((?>(?:[^}]|\}\})*))\}|\})")


class Arguments:
    """The arguments of one call, evaluated at most once each, when they are asked for."""

    def __init__(self, call: Call, evaluate: Callable[[Node], Value]) -> None:
        self._call = call
        self._evaluate = evaluate
        self._values: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self._call.arguments)

    def __getitem__(self, index: int) -> Any:
        if index not in self._values:
            self._values[index] = self._evaluate(self._call.arguments[index])
        return self._values[index]

    def text(self, index: int) -> str:
        """An argument as text."""
        return to_text(self[index])

    def gather(self) -> Pieces:
        """An empty result that knows how large it may grow."""
        return Pieces(self._call)


class Pieces:
    """The text a function builds; raises ExpressionError where GitHub's memory limit would be reached."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._pieces: list[str] = []
        self._size = 0

    def add(self, piece: str) -> None:
        """Append a piece of text."""
        self._size += _TEXT_OVERHEAD + 2 * utf16_length(piece)
        if self._size > MAX_RESULT_SIZE:
            where = f"while evaluating the following expression: {render(self._call)}"
            raise ExpressionError(f"The maximum allowed memory size was exceeded {where}")
        self._pieces.append(piece)

    def __str__(self) -> str:
        return "".join(self._pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of the language itself: its name, how many arguments it takes, what it computes."""

    name: str
    minimum: int
    maximum: int
    call: Callable[[Arguments], Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFunction:
    """A function only the caller can answer, such as `success()` or `hashFiles()`.

    `call` is given the values of all arguments and returns a value.
    """

    name: str
    minimum: int
    maximum: int
    call: Callable[..., Value]


def _case(arguments: Arguments) -> Any:
    default = len(arguments) - 1
    for index in range(0, default, 2):
        predicate = arguments[index]
        if holds_unknown(predicate):
            return combined(predicate)
        if kind_of(predicate) is not Kind.BOOLEAN:
            raise ExpressionError("case predicate must evaluate to a boolean value")
        if predicate:
            return arguments[index + 1]
    return arguments[default]


def _contains(arguments: Arguments) -> Value:
    search = arguments[0]
    if is_primitive(search):
        item = arguments[1]
        if holds_unknown(item) or (holds_unknown(search) and not _is_in_known_part(item, search)):
            return combined(search, item)
        return is_primitive(item) and fold(to_text(item)) in fold(to_text(search))
    if kind_of(search) is not Kind.ARRAY or not search:
        return False
    item = arguments[1]
    known = [each for each in search if not holds_unknown(each)]
    if not holds_unknown(item) and any(loosely_equal(item, each) for each in known):
        return True
    return combined(search, item) if holds_unknown(item) or len(known) < len(search) else False


def _is_in_known_part(item: Value, search: Any) -> bool:
    text = fold(to_text(item))
    return any(text in fold(part) for part in known_ends(search))


def _starts_with(arguments: Arguments) -> Value:
    return _has_end(arguments, str.startswith, 0)


def _ends_with(arguments: Arguments) -> Value:
    return _has_end(arguments, str.endswith, 1)


def _has_end(arguments: Arguments, is_end: Callable[[str, str], bool], side: int) -> Value:
    """Whether a text begins or ends with another; what is known of an unknown text may decide."""
    if not _are_primitive(arguments):
        return False
    text, end = fold(arguments.text(0)), fold(arguments.text(1))
    if holds_unknown(end):
        return combined(arguments[0], arguments[1])
    if not holds_unknown(text):
        return is_end(text, end)
    known = known_ends(text)[side]
    if is_end(known, end):
        return True
    return combined(arguments[0]) if is_end(end, known) else False


def _are_primitive(arguments: Arguments) -> bool:
    return is_primitive(arguments[0]) and is_primitive(arguments[1])


def _format(arguments: Arguments) -> Value:
    pieces = arguments.gather()
    for part in list(_format_parts(arguments.text(0), len(arguments) - 1)):
        if isinstance(part, str):
            pieces.add(part)
            continue
        index, specifiers = part
        value = arguments[index + 1]
        if specifiers:
            kind = kind_of(value)
            raise ExpressionError(f"The format specifiers '{specifiers}' are not valid for objects of type '{kind}'")
        pieces.add(to_text(value))
    return str(pieces)


def _format_parts(template: str, count: int) -> Iterator[str | tuple[int, str]]:
    """The runs of a format string: text, or the index of an argument with its specifiers."""
    index = 0
    while index < len(template):
        part = _FORMAT.match(template, index)
        if part is None:
            raise ExpressionError(f"The following format string is invalid: {template}")
        index = part.end()
        text, brace, number, specifiers = part.groups()
        if number is None:
            yield text or brace
            continue
        # The number is read as a byte.
        if len(number.lstrip("0")) > len(str(MAX_ARGUMENTS)) or int(number[-4:]) > MAX_ARGUMENTS:
            raise ExpressionError(f"The following format string is invalid: {template}")
        if int(number[-4:]) >= count:
            raise ExpressionError(
                f"The following format string references more arguments than were supplied: {template}"
            )
        yield int(number[-4:]), (specifiers or "").replace("}}", "}")


def _from_json(arguments: Arguments) -> Value:
    try:
        return read_json(arguments.text(0))
    except (ValueError, RecursionError) as error:
        if holds_unknown(arguments[0]):
            return combined(arguments[0])
        raise ExpressionError("Error parsing fromJson") from error


def _join(arguments: Arguments) -> Value:
    items = arguments[0]
    if is_primitive(items):
        return to_text(items)
    if kind_of(items) is not Kind.ARRAY:
        return ""
    pieces = arguments.gather()
    for index, item in enumerate(items):
        if index:
            pieces.add(_separator(arguments))
        pieces.add(to_text(item))
    return str(pieces)


def _separator(arguments: Arguments) -> str:
    if len(arguments) == 1 or not is_primitive(arguments[1]):
        return ","
    return arguments.text(1)


def _to_json(arguments: Arguments) -> Value:
    pieces = arguments.gather()
    write_json(arguments[0], pieces.add)
    return str(pieces)


def _table(*functions: Function) -> dict[str, Function]:
    return {function.name.lower(): function for function in functions}


# https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#functions
FUNCTIONS = _table(
    Function(name="case", minimum=3, maximum=MAX_ARGUMENTS, call=_case),
    Function(name="contains", minimum=2, maximum=2, call=_contains),
    Function(name="endsWith", minimum=2, maximum=2, call=_ends_with),
    Function(name="format", minimum=1, maximum=MAX_ARGUMENTS, call=_format),
    Function(name="fromJSON", minimum=1, maximum=1, call=_from_json),
    Function(name="join", minimum=1, maximum=2, call=_join),
    Function(name="startsWith", minimum=2, maximum=2, call=_starts_with),
    Function(name="toJSON", minimum=1, maximum=1, call=_to_json),
)
