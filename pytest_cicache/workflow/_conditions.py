"""Conditions: every `if` asks for a status function, as GitHub adds `success() && (…)` where none is.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cicache.errors import ExpressionError
from pytest_cicache.workflow._model import Condition
from pytest_cicache.workflow._reader import literal_text
from pytest_cicache.workflow._template import complete_condition

if TYPE_CHECKING:
    from pytest_cicache.workflow._contexts import Availability
    from pytest_cicache.workflow._nodes import Position, Scalar
    from pytest_cicache.workflow._problems import Problems

__all__ = ["condition"]

_DEFAULT = "success()"


def condition(node: Scalar | None, *, available: Availability, position: Position, problems: Problems) -> Condition:
    """The complete condition of a job or step at `position`, whose `if` is `node`."""
    if node is None:
        return Condition(text=_DEFAULT, position=position)
    given = literal_text(node)
    try:
        text = complete_condition(given if node.is_template else given.strip(), available)
    except ExpressionError as error:
        problems.add(error.message, node.position)
        text = _DEFAULT
    return Condition(text=text, position=node.position, given=given)
