"""`${{ }}` inside text, and expressions that are written with or without it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import ExpressionError
from pytest_cicache.expressions._evaluator import Evaluation
from pytest_cicache.expressions._parser import parse
from pytest_cicache.expressions._values import WHITE_SPACE, FilteredArray, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_cicache.expressions._functions import HostFunction

_OPENING = "${{"
# Up to the first `}}` outside single quotes.
_PART = re.compile(r"\$\{\{((?>(?:[^'}]|'[^']*+'|\}(?!\}))*))\}\}")
_NOT_CLOSED = (
    "The expression is not closed. An unescaped ${{ sequence was found, but the closing }} sequence was not found."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A stretch of text outside `${{ }}`; `start` counts characters from 0."""

    text: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionPart:
    """What stands between `${{` and `}}`, trimmed; `start` is where the `${{` is, from 0."""

    text: str
    start: int


@lru_cache(maxsize=4096)
def split_template(text: str) -> tuple[Literal | ExpressionPart, ...]:
    """The text cut into literals and expressions, which are not parsed here.

    Raises ExpressionError for a `${{` without its `}}` and for an empty expression.
    """
    parts: list[Literal | ExpressionPart] = []
    index = 0
    while (opening := text.find(_OPENING, index)) >= 0:
        if opening > index:
            parts.append(Literal(text=text[index:opening], start=index))
        part = _PART.match(text, opening)
        if part is None:
            raise ExpressionError(_NOT_CLOSED, expression=text, position=opening + 1, phase="lexing")
        expression = part[1].strip(WHITE_SPACE)
        if not expression:
            raise ExpressionError("An expression was expected", expression=text, position=opening + 1, phase="parsing")
        parts.append(ExpressionPart(text=expression, start=opening))
        index = part.end()
    if index < len(text):
        parts.append(Literal(text=text[index:], start=index))
    return tuple(parts)


def template_expression(text: str) -> str | None:
    """The one expression GitHub makes of a text with `${{ }}`; `None` where there is none in it.

    Several parts become a call of `format`, so its limits on length and arguments hold for the whole text.
    """
    parts = split_template(text)
    expressions = [part.text for part in parts if isinstance(part, ExpressionPart)]
    if not expressions:
        return None
    if len(parts) == 1:
        return expressions[0]
    pattern, count = "", 0
    for part in parts:
        if isinstance(part, Literal):
            pattern += part.text.replace("'", "''").replace("{", "{{").replace("}", "}}")
        else:
            pattern += f"{{{count}}}"
            count += 1
    arguments = ", ".join([f"'{pattern}'", *expressions])
    return f"format({arguments})"


def evaluate(text: str, contexts: Mapping[str, Any], *, functions: Mapping[str, HostFunction] | None = None) -> Value:
    """The value of one expression, bare or wholly inside `${{ }}`; empty text gives `None`.

    `contexts` maps names to JSON values, case ignored; `functions` maps lower-case names to what the caller
    can answer. Numbers in the result are floats. Raises ExpressionError with GitHub's message.
    """
    bare = _bare(text)
    host = functions or {}
    root = parse(bare, named_values=contexts, functions=host).root
    if root is None:
        return None
    try:
        value = Evaluation(contexts, host).value(root)
    except ExpressionError as error:
        error.expression = error.expression or bare
        raise
    return list(value) if type(value) is FilteredArray else value


def interpolate(
    text: str, contexts: Mapping[str, Any], *, functions: Mapping[str, HostFunction] | None = None
) -> Value:
    """The text with every `${{ }}` replaced by its value.

    One expression and nothing else gives the value itself, everything else a string. Raises ExpressionError
    with the position inside the expression at fault.
    """
    whole = template_expression(text)
    if whole is None:
        return text
    for part in split_template(text):
        if isinstance(part, ExpressionPart):
            parse(part.text, named_values=contexts, functions=functions or {})
    return evaluate(whole, contexts, functions=functions)


def _bare(text: str) -> str:
    if _OPENING not in text:
        return text
    trimmed = text.strip(WHITE_SPACE)
    if not trimmed.startswith(_OPENING):
        return text
    parts = split_template(trimmed)
    return parts[0].text if len(parts) == 1 else text
