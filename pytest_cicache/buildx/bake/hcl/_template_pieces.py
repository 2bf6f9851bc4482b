"""The pieces of a template, and the expression they make (hcl/v2 hclsyntax/parser_template.go)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pytest_cicache.buildx.bake.hcl._syntax import (
    BakeError,
    Conditional,
    For,
    HclExpression,
    HclLiteral,
    Span,
    Template,
    TemplateJoin,
)

__all__ = ["Piece", "assemble", "flushed", "trim_last"]

_UNBALANCED = "The control directives within this template are unbalanced."


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, an interpolation, or a directive (`if`, `else`, `endif`, `for`, `endfor`)."""

    kind: str
    span: Span
    text: str = ""
    value: HclExpression | None = None
    names: tuple[str, str] = ("", "")


def trim_last(pieces: list[Piece]) -> None:
    """Take away the blanks before a hole that begins with `~`."""
    if pieces and pieces[-1].kind == "text":
        text = pieces[-1].text.rstrip()
        pieces[-1:] = [replace(pieces[-1], text=text)] if text else []


def flushed(pieces: list[Piece]) -> list[Piece]:
    """Take away the indentation that all lines share; blank lines do not count."""
    first: list[int] = []
    smallest: int | None = None
    at_start = True
    for index, piece in enumerate(pieces):
        if at_start:
            at_start = False
            if piece.kind != "text":
                smallest = 0
            elif piece.text.strip() or not piece.text.endswith("\n"):
                spaces = len(piece.text) - len(piece.text.lstrip())
                smallest = spaces if smallest is None else min(smallest, spaces)
                first.append(index)
        if piece.kind == "text" and piece.text.endswith("\n"):
            at_start = True
    found = list(pieces)
    for index in first:
        found[index] = replace(pieces[index], text=pieces[index].text[smallest or 0 :])
    return found


def assemble(pieces: list[Piece], span: Span, end: Span) -> HclExpression:
    """The expression of a template; a lone interpolation keeps its type. Raises BakeError."""
    if len(pieces) == 1 and pieces[0].kind == "value" and pieces[0].value is not None:
        return pieces[0].value
    waiting = list(pieces)
    parts = _parts(waiting, None, end)
    if not parts:
        return HclLiteral(value="", span=span)
    return Template(parts=tuple(parts), span=span)


def _parts(waiting: list[Piece], opened: Piece | None, end: Span) -> list[HclExpression]:
    """The parts up to what closes `opened`, which stays first in line."""
    parts: list[HclExpression] = []
    text: list[Piece] = []
    while waiting:
        piece = waiting[0]
        if piece.kind == "text":
            text.append(waiting.pop(0))
            continue
        if text:
            parts.append(_joined(text))
            text = []
        if piece.kind in {"else", "endif", "endfor"}:
            if opened is None:
                raise BakeError.diagnostic(f"Unexpected {piece.kind} directive", _UNBALANCED, piece.span)
            return parts
        waiting.pop(0)
        parts.append(_part(piece, waiting, end))
    if text:
        parts.append(_joined(text))
    if opened is not None:
        detail = (
            f"The {opened.kind} directive at {opened.span} is missing its corresponding end{opened.kind} directive."
        )
        raise BakeError.diagnostic("Unexpected end of template", detail, end)
    return parts


def _joined(text: list[Piece]) -> HclLiteral:
    return HclLiteral(value="".join(piece.text for piece in text), span=text[0].span.to(text[-1].span))


def _part(piece: Piece, waiting: list[Piece], end: Span) -> HclExpression:
    assert piece.value is not None
    if piece.kind == "value":
        return piece.value
    if piece.kind == "if":
        yes = Template(parts=tuple(_parts(waiting, piece, end)), span=piece.span)
        no = Template(parts=(), span=piece.span)
        if waiting[0].kind == "else":
            waiting.pop(0)
            no = Template(parts=tuple(_parts(waiting, piece, end)), span=piece.span)
        closing = waiting.pop(0)
        if closing.kind != "endif":
            detail = f"Expecting an endif directive for the if started at {piece.span}."
            raise BakeError.diagnostic(f"Unexpected {closing.kind} directive", detail, closing.span)
        return Conditional(condition=piece.value, yes=yes, no=no, span=piece.span)
    body = Template(parts=tuple(_parts(waiting, piece, end)), span=piece.span)
    closing = waiting.pop(0)
    if closing.kind != "endfor":
        detail = f"Expecting an endfor directive corresponding to the for directive at {piece.span}."
        raise BakeError.diagnostic(f"Unexpected {closing.kind} directive", detail, closing.span)
    key, value = piece.names
    items = For(
        key_name=key,
        value_name=value,
        collection=piece.value,
        key=None,
        value=body,
        condition=None,
        groups=False,
        span=piece.span,
    )
    return TemplateJoin(items=items, span=piece.span)
