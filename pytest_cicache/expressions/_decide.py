"""Whether a condition holds where some values are not known yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import CicacheError, ExpressionError
from pytest_cicache.expressions._evaluator import Evaluation
from pytest_cicache.expressions._nodes import Logical, Node, Not
from pytest_cicache.expressions._parser import parse
from pytest_cicache.expressions._template import template_expression
from pytest_cicache.expressions._values import is_truthy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_cicache.expressions._functions import HostFunction

__all__ = ["UndecidedError", "decide"]


class UndecidedError(CicacheError):
    """What a caller's context or function raises for a value that is not known yet; `what` names it."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"{what} is not known yet")


def decide(text: str, contexts: Mapping[str, Any], *, functions: Mapping[str, HostFunction] | None = None) -> bool:
    """Say whether a condition is true; written with or without `${{ }}`, empty is false.

    Where a context or function raises UndecidedError the other operands of `&&` and `||` may still decide; if
    they do not, the first such error is raised. Raises ExpressionError as `evaluate` does.
    """
    host = functions or {}
    root = parse(template_expression(text) or text, named_values=contexts, functions=host).root
    return root is not None and _truth(root, Evaluation(contexts, host))


def _truth(node: Node, evaluation: Evaluation) -> bool:
    match node:
        case Not(operand=operand):
            return not _truth(operand, evaluation)
        case Logical():
            return _logical(node, evaluation)
    return is_truthy(evaluation.value(node))


def _logical(node: Logical, evaluation: Evaluation) -> bool:
    """The operand that decides; the ones behind an unknown one are asked too, their errors do not count."""
    deciding = node.operator == "||"
    unknown: UndecidedError | None = None
    for operand in node.operands:
        try:
            if _truth(operand, evaluation) is deciding:
                return deciding
        except UndecidedError as error:
            unknown = unknown or error
        except ExpressionError:
            if unknown is None:
                raise
    if unknown is not None:
        raise unknown
    return not deciding
