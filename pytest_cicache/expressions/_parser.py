"""Tokens to a tree, with an explicit stack so that no nesting can exhaust Python's.

The text alone decides the tree, which is kept; the names a caller allows are checked against it after.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from pytest_cicache.errors import ExpressionError
from pytest_cicache.expressions._functions import FUNCTIONS, Function, HostFunction
from pytest_cicache.expressions._lexer import MAX_LENGTH, ExpressionToken, Lexer, TokenKind, located, utf16_length
from pytest_cicache.expressions._nodes import (
    Call,
    Comparison,
    Constant,
    Index,
    Logical,
    NamedValue,
    Node,
    Not,
    Wildcard,
)
from pytest_cicache.expressions._values import fold

MAX_DEPTH = 50
"""The deepest tree GitHub accepts (`ExpressionConstants.cs`); parentheses alone add no level."""

_PRECEDENCE = {"!": 16, "<": 11, "<=": 11, ">": 11, ">=": 11, "==": 10, "!=": 10, "&&": 6, "||": 5}
_LOGICAL = ("&&", "||")
_OPENINGS = (TokenKind.GROUP, TokenKind.PARAMETERS, TokenKind.INDEX)
_INCOMPLETE = (*_OPENINGS, TokenKind.SEPARATOR, TokenKind.DEREFERENCE, TokenKind.NOT, TokenKind.BINARY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A parsed expression: its text and its tree, `None` where the text holds nothing."""

    text: str
    root: Node | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ContextUse:
    """A name the text uses; `count` is the number of arguments where a call of it ends."""

    token: ExpressionToken
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Syntax:
    """What a text says by itself: the tree, the names in the order GitHub checks them, the first error."""

    root: Node | None
    uses: tuple[_ContextUse, ...]
    problem: ExpressionError | None


def parse(
    text: str,
    *,
    named_values: Collection[str] | None = None,
    functions: Collection[str] | None = None,
) -> Expression:
    """Parse a bare expression.

    `named_values` are the contexts that exist and `functions` the caller's, in lower case; as a mapping to
    HostFunction their number of arguments is checked too. `None` allows every name. Raises ExpressionError.
    """
    if len(text) > MAX_LENGTH or utf16_length(text) > MAX_LENGTH:
        raise ExpressionError(f"Exceeded max expression length {MAX_LENGTH}", expression=text, phase="lexing")
    syntax = _syntax(text)
    for use in syntax.uses:
        if use.token.kind is TokenKind.NAMED_VALUE:
            _check_named_value(use.token, text, named_values)
        else:
            _check_function(use, text, functions)
    if syntax.problem is not None:
        problem = syntax.problem
        raise ExpressionError(problem.message, expression=text, position=problem.position, phase=problem.phase)
    return Expression(text=text, root=syntax.root)


def _check_named_value(token: ExpressionToken, text: str, named_values: Collection[str] | None) -> None:
    if named_values is None or token.text in named_values:
        return
    if fold(token.text) not in map(fold, named_values):
        raise located("Unrecognized named-value", token, text)


def _check_function(use: _ContextUse, text: str, functions: Collection[str] | None) -> None:
    name = use.token.text.lower()
    function: Function | HostFunction | None = FUNCTIONS.get(name)
    if function is None and functions is not None:
        if name not in functions:
            raise located("Unrecognized function", use.token, text)
        function = functions[name] if isinstance(functions, Mapping) else None
    if function is None or use.count is None:
        return
    if use.count < function.minimum:
        raise located("Too few parameters supplied", use.token, text)
    if use.count > function.maximum:
        raise located("Too many parameters supplied", use.token, text)
    if name == "case" and use.count % 2 == 0:
        description = "Even number of parameters supplied, requires an odd number of parameters"
        raise located(description, use.token, text)


@lru_cache(maxsize=4096)
def _syntax(text: str) -> _Syntax:
    parser = _Parser(text)
    try:
        return _Syntax(root=parser.parse(), uses=tuple(parser.uses), problem=None)
    except ExpressionError as problem:
        return _Syntax(root=None, uses=tuple(parser.uses), problem=problem.with_traceback(None))


@dataclass(frozen=True, slots=True)
class _Operand:
    """A tree on the stack and how many levels it has."""

    node: Node
    depth: int = 1


class _Parser:
    """Operator precedence with two stacks; the lexer has already refused what is out of place."""

    def __init__(self, text: str) -> None:
        self.uses: list[_ContextUse] = []
        self._text = text
        self._lexer = Lexer(text)
        self._operands: list[_Operand] = []
        self._operators: list[ExpressionToken] = []
        self._calls: list[tuple[ExpressionToken, int]] = []

    def parse(self) -> Node | None:
        last: ExpressionToken | None = None
        for token in self._lexer:
            self._push(token, last)
            last = token
        if last is None:
            return None
        if last.kind in _INCOMPLETE or self._lexer.unclosed:
            raise located("Unexpected end of expression", last, self._text)
        self._reduce()
        result = self._operands.pop()
        if result.depth > MAX_DEPTH:
            raise ExpressionError(f"Exceeded max expression depth {MAX_DEPTH}", phase="parsing")
        return result.node

    def _push(self, token: ExpressionToken, last: ExpressionToken | None) -> None:
        match token.kind:
            case TokenKind.LITERAL:
                self._operands.append(_Operand(Constant(token.value)))
            case TokenKind.NAMED_VALUE:
                self.uses.append(_ContextUse(token=token))
                self._operands.append(_Operand(NamedValue(token.text)))
            case TokenKind.FUNCTION:
                self.uses.append(_ContextUse(token=token))
                self._calls.append((token, len(self._operands)))
            case TokenKind.PROPERTY:
                self._index(_Operand(Constant(token.text)))
            case TokenKind.WILDCARD if last is not None and last.kind is TokenKind.DEREFERENCE:
                self._index(_Operand(Wildcard()))
            case TokenKind.WILDCARD:
                self._operands.append(_Operand(Wildcard()))
            case TokenKind.NOT | TokenKind.GROUP | TokenKind.PARAMETERS | TokenKind.INDEX:
                self._operators.append(token)
            case TokenKind.BINARY:
                self._binary(token)
            case _:
                self._close(token)

    def _binary(self, token: ExpressionToken) -> None:
        self._reduce(_PRECEDENCE[token.text], unless=token.text if token.text in _LOGICAL else "")
        self._operators.append(token)

    def _close(self, token: ExpressionToken) -> None:
        """End an index, a group, an argument or a call; a dot needs nothing until its name comes."""
        if token.kind is TokenKind.DEREFERENCE:
            return
        self._reduce()
        if token.kind is TokenKind.SEPARATOR:
            return
        self._operators.pop()
        if token.kind is TokenKind.END_INDEX:
            self._index(self._operands.pop())
        elif token.kind is TokenKind.END_PARAMETERS:
            self._call()

    def _index(self, key: _Operand) -> None:
        target = self._operands.pop()
        depth = max(target.depth, key.depth) + 1
        self._operands.append(_Operand(Index(target.node, key.node), depth))

    def _call(self) -> None:
        name, height = self._calls.pop()
        arguments = self._operands[height:]
        del self._operands[height:]
        self.uses.append(_ContextUse(token=name, count=len(arguments)))
        node = Call(name.text, tuple(argument.node for argument in arguments))
        self._operands.append(_Operand(node, _deepest(arguments) + 1))

    def _reduce(self, precedence: int = 0, *, unless: str = "") -> None:
        """Apply the operators on top that bind at least so tightly, down to the innermost opening.

        A chain of the operator `unless` is left to be applied as one.
        """
        while self._operators and self._operators[-1].kind not in _OPENINGS:
            top = self._operators[-1].text
            if _PRECEDENCE[top] < precedence or top == unless:
                return
            self._apply(self._operators.pop().text)

    def _apply(self, operator: str) -> None:
        right = self._operands.pop()
        if operator == "!":
            self._operands.append(_Operand(Not(right.node), right.depth + 1))
        elif operator in _LOGICAL:
            self._operands.append(self._chain(operator, right))
        else:
            left = self._operands.pop()
            node = Comparison(operator, left.node, right.node)
            self._operands.append(_Operand(node, _deepest([left, right]) + 1))

    def _chain(self, operator: str, right: _Operand) -> _Operand:
        """One node for `a && b && c`; a group of the same operator joins in, as it does at GitHub."""
        operands = [right, self._operands.pop()]
        while self._operators and self._operators[-1].text == operator:
            self._operators.pop()
            operands.append(self._operands.pop())
        nodes: list[Node] = []
        levels: list[_Operand] = []
        for operand in reversed(operands):
            if isinstance(operand.node, Logical) and operand.node.operator == operator:
                nodes.extend(operand.node.operands)
                levels.append(replace(operand, depth=operand.depth - 1))
            else:
                nodes.append(operand.node)
                levels.append(operand)
        return _Operand(Logical(operator, tuple(nodes)), _deepest(levels) + 1)


def _deepest(operands: list[_Operand]) -> int:
    return max((operand.depth for operand in operands), default=0)
