"""Text with `${{ }}` in a file: what may stand in it at one place, and whether it needs evaluation."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pytest_cicache.errors import ExpressionError
from pytest_cicache.expressions import (
    ExpressionPart,
    HostFunction,
    parse,
    split_template,
    template_expression,
    wrap_condition,
)

if TYPE_CHECKING:
    from pytest_cicache.workflow._contexts import Availability

__all__ = ["INSERT", "check_condition", "complete_condition", "is_insert", "template_value"]

INSERT = "insert"
_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_BOOKED = re.compile(r"insert(?:\s+(.*))?", re.DOTALL)
_INLINE_INSERT = (
    "The directive 'insert' is not allowed in this context. Directives are not supported for expressions "
    "that are embedded within a string. Directives are only supported when the entire value is an expression."
)


def template_value(text: str, available: Availability) -> tuple[str, bool]:
    """The text to keep for a template, and whether it still holds an expression.

    `${{ 'word' }}` is the word itself. Raises ExpressionError with GitHub's message for what may not
    stand here.
    """
    parts = split_template(text)
    for part in parts:
        if isinstance(part, ExpressionPart):
            _check_part(part.text, available, is_whole=len(parts) == 1)
    if len(parts) > 1:
        # GitHub makes one call of `format` of the text, whose limits hold.
        _parse(template_expression(text) or "", available)
    elif (quoted := _QUOTED.fullmatch(parts[0].text)) and "${{" not in quoted[1]:
        return quoted[1].replace("''", "'"), False
    return text, True


def complete_condition(text: str, available: Availability) -> str:
    """The expression GitHub evaluates for an `if`; raises ExpressionError."""
    return wrap_condition(text, named_values=available.contexts, functions=_host_functions(available.functions))


def check_condition(text: str, available: Availability) -> None:
    """Parse an `if` that GitHub takes as it is; raises ExpressionError."""
    _parse(text, available)


def is_insert(text: str) -> bool:
    """Whether a text is the directive `${{ insert }}`, which takes in a whole mapping."""
    parts = split_template(text)
    return len(parts) == 1 and isinstance(parts[0], ExpressionPart) and parts[0].text == INSERT


def _check_part(text: str, available: Availability, *, is_whole: bool) -> None:
    directive = _BOOKED.fullmatch(text)
    if directive is None:
        _parse(text, available)
        return
    count = len((directive[1] or "").split())
    if count:
        raise ExpressionError(
            f"Exactly 0 parameter(s) were expected following the directive 'insert'. Actual parameter count: {count}"
        )
    if not is_whole:
        raise ExpressionError(_INLINE_INSERT)


def _parse(text: str, available: Availability) -> None:
    parse(text, named_values=available.contexts, functions=_host_functions(available.functions))


@lru_cache(maxsize=64)
def _host_functions(functions: frozenset[tuple[str, int, int]]) -> dict[str, HostFunction]:
    return {
        name.lower(): HostFunction(name=name, minimum=fewest, maximum=most, call=_unanswered)
        for name, fewest, most in functions
    }


def _unanswered(*_: object) -> None:
    """Stands for a function while a file is only read."""
