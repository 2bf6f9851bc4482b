"""How the docker actions read their inputs: lists as CSV records, booleans as YAML 1.2 words.

Rules: docker/actions-toolkit, src/util.ts; @actions/core, getBooleanInput.
"""

from __future__ import annotations

import csv
import io
import re

from pytest_cicache.actions._contract import ActionCall
from pytest_cicache.errors import UsageError

__all__ = ["boolean", "items", "lines", "quoted_lines", "switch", "whole_number", "words"]

_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_SWITCH_ON = frozenset(("1", "t", "T", "true", "TRUE", "True"))


def words(text: str) -> tuple[str, ...]:
    """The words of a list whose separators are commas, spaces or ends of lines."""
    return tuple(text.replace(",", " ").split())


def whole_number(call: ActionCall, name: str) -> int | None:
    """Return an input that is a number, `None` for an empty one; raises UsageError for any other text."""
    text = call.input(name)
    if not text:
        return None
    if not re.fullmatch(r"-?[0-9]+", text):
        raise UsageError(f"the input {name} takes a whole number, not '{text}'")
    return int(text)


def boolean(call: ActionCall, name: str, *, default: str = "false") -> bool:
    """Return a boolean input; raises UsageError with the toolkit's message for any other word."""
    text = call.input(name, default)
    if text not in _BOOLEANS:
        raise UsageError(
            f'Input does not meet YAML 1.2 "Core Schema" specification: {name}\n'
            "Support boolean input list: `true | True | TRUE | false | False | FALSE`"
        )
    return _BOOLEANS[text]


def switch(call: ActionCall, variable: str) -> bool:
    """Whether an environment switch such as `BUILDX_NO_DEFAULT_ATTESTATIONS` is on."""
    return call.environment.get(variable) in _SWITCH_ON


def lines(text: str) -> list[str]:
    """The items of a list input that is split at line ends only; outer quotes are taken off."""
    records = (",".join(record).strip() for record in _records(text))
    return [record for record in records if record]


def items(text: str) -> list[str]:
    """The items of a list input that is split at commas as well."""
    fields = (field.strip() for record in _records(text) for field in record)
    return [field for field in fields if field]


def quoted_lines(text: str) -> list[str]:
    """The items of a list input that keeps its quotes."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _records(text: str) -> list[list[str]]:
    """CSV records; a field that starts with a quote may hold line ends, and must close it."""
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        if "end of data" in str(error):
            message = (
                f"Quote Not Closed: the parsing is finished with an opening quote at line {text.count(chr(10)) + 1}"
            )
            raise UsageError(message) from error
        return list(csv.reader(io.StringIO(text, newline="")))
