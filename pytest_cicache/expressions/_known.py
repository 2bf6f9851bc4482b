"""Expressions with what is known already put in as literals, for somebody else to evaluate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_cicache.expressions._lexer import ExpressionToken, Lexer, TokenKind
from pytest_cicache.expressions._nodes import (
    Constant,
    Index,
    Logical,
    NamedValue,
    Node,
    Not,
    children,
    render,
    walk,
)
from pytest_cicache.expressions._parser import parse
from pytest_cicache.expressions._template import ExpressionPart, evaluate, split_template
from pytest_cicache.expressions._unknown import MARKER_START, holds_unknown
from pytest_cicache.expressions._values import to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["fill_in", "fill_in_template", "presume"]

_RUNNING = frozenset({"env", "steps"})


def fill_in(text: str, contexts: Mapping[str, Any], knows: Callable[[str, str | None], bool]) -> str:
    """One expression in which each access that begins at a known context is its value.

    `knows` is asked with a context's lower-case name and the first property of it (`None` where the whole is meant)
    whether `contexts` hold it. An access ends where its key is no literal: that one is left to whoever evaluates.
    Raises ExpressionError for what cannot be read.
    """
    parse(text)
    tokens = list(Lexer(text))
    pieces: list[str] = []
    written, index = 0, 0
    while index < len(tokens):
        end = _end_of_access(tokens, index)
        if tokens[index].kind is TokenKind.NAMED_VALUE:
            first = tokens[index + 1 : end][1:2]
            name = str(first[0].value) if first and first[0].value is not None else None
            start = tokens[index].start
            if knows(tokens[index].text.lower(), name if first else None):
                stop = tokens[end - 1].start + len(tokens[end - 1].text)
                pieces += [text[written:start], _literal(text[start:stop], contexts)]
                written = stop
        index = end
    return "".join((*pieces, text[written:]))


def fill_in_template(text: str, contexts: Mapping[str, Any], knows: Callable[[str, str | None], bool]) -> str:
    """The same for a text with `${{ }}` in it."""
    parts = split_template(text)
    return "".join(
        f"${{{{ {fill_in(part.text, contexts, knows)} }}}}" if isinstance(part, ExpressionPart) else part.text
        for part in parts
    )


def _end_of_access(tokens: Sequence[ExpressionToken], start: int) -> int:
    """The number of the token behind a context and the properties and literal keys that follow it."""
    end = start + 1
    if tokens[start].kind is not TokenKind.NAMED_VALUE:
        return end
    while end < len(tokens):
        if tokens[end].kind is TokenKind.DEREFERENCE:
            end += 2
        elif [token.kind for token in tokens[end : end + 3]] in (_BY_LITERAL, _BY_WILDCARD):
            end += 3
        else:
            break
    return end


_BY_LITERAL = [TokenKind.INDEX, TokenKind.LITERAL, TokenKind.END_INDEX]
_BY_WILDCARD = [TokenKind.INDEX, TokenKind.WILDCARD, TokenKind.END_INDEX]


def _literal(access: str, contexts: Mapping[str, Any]) -> str:
    value = evaluate(access, contexts)
    if value is None or isinstance(value, bool | float):
        return to_text(value) or "null"
    if isinstance(value, str):
        return _quoted(value)
    return f"fromJSON({_quoted(str(evaluate(f'toJSON({access})', contexts)))})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def presume(text: str) -> str:
    """A condition that holds, too, where the values of `steps` and `env` that would decide it hold a marker.

    For somebody else to evaluate who knows nothing of unknown values. Raises ExpressionError for what cannot be read.
    """
    root = parse(text).root
    return text if root is None else _may_be(root, wanted=True)


def _may_be(node: Node, *, wanted: bool) -> str:
    """An expression that is true where the node may be true, or where it may be false if that is `wanted`."""
    match node:
        case Not(operand=operand):
            return _may_be(operand, wanted=not wanted)
        case Logical(operator=operator, operands=operands):
            joint = operator if wanted else {"&&": "||", "||": "&&"}[operator]
            return f"({f' {joint} '.join(_may_be(operand, wanted=wanted) for operand in operands)})"
    if any(isinstance(each, Constant) and holds_unknown(each.value) for each in walk(node)):
        return "true"
    itself = render(node) if wanted else f"!{render(node)}"
    doubts = [f"contains(toJSON({render(access)}), '{MARKER_START}')" for access in _accesses(node)]
    return f"({' || '.join((*doubts, itself))})" if doubts else itself


def _accesses(node: Node) -> Iterator[Node]:
    """What a node reads of contexts that are known only while steps run."""
    target = node
    while isinstance(target, Index):
        target = target.target
    if isinstance(target, NamedValue):
        if target.name.lower() in _RUNNING:
            yield node
        return
    for each in children(node):
        yield from _accesses(each)
