"""The syntax tree of a bake file, the same for HCL and its JSON form, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cicache.errors import DockerfileError

if TYPE_CHECKING:
    from pytest_cicache.buildx.bake.hcl._values import Value

__all__ = [
    "Attribute",
    "BakeError",
    "Binary",
    "Body",
    "Conditional",
    "For",
    "GetAttribute",
    "HclBlock",
    "HclCall",
    "HclExpression",
    "HclGroup",
    "HclIndex",
    "HclLiteral",
    "Object",
    "ObjectKey",
    "Span",
    "Splat",
    "SplatItem",
    "Template",
    "TemplateJoin",
    "Tuple",
    "Unary",
    "Variable",
]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a file; lines and columns count from 1, the end is behind the last character."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        if self.line == self.end_line:
            return f"{self.file}:{self.line},{self.column}-{self.end_column}"
        return f"{self.file}:{self.line},{self.column}-{self.end_line},{self.end_column}"

    def to(self, end: Span) -> Span:
        """From the start of this one to the end of another."""
        return Span(self.file, self.line, self.column, end.end_line, end.end_column)


class BakeError(DockerfileError):
    """A bake file or command line is wrong, in buildx's words; `span` is where, `None` for no place.

    `count` is how many diagnostics HCL would have, of which it prints the first.
    """

    def __init__(self, message: str, *, span: Span | None = None, exit_code: int = 1, count: int = 1) -> None:
        self.span = span
        self.count = count
        super().__init__(message, exit_code=exit_code)

    @classmethod
    def diagnostic(cls, summary: str, detail: str, span: Span | None) -> BakeError:
        """An error as HCL prints its diagnostics (hcl/v2 diagnostic.go)."""
        place = span if span is not None else "<nil>"
        return cls(f"{place}: {summary}; {detail}", span=span)

    @classmethod
    def joined(cls, found: Sequence[BakeError]) -> BakeError:
        """Several as one."""
        return cls(str(found[0]), span=found[0].span, count=sum(error.count for error in found))

    @property
    def printed(self) -> str:
        """The message as the command prints it."""
        others = f", and {self.count - 1} other diagnostic(s)" if self.count > 1 else ""
        return f"ERROR: {self}{others}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HclExpression:
    """Any expression; `span` is where it stands."""

    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class HclLiteral(HclExpression):
    """A number, `true`, `false`, `null`, or a stretch of plain text."""

    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Template(HclExpression):
    """Text with interpolations; the parts are joined as strings."""

    parts: tuple[HclExpression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateJoin(HclExpression):
    """The repeated text of a `%{ for }` directive."""

    items: HclExpression


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable(HclExpression):
    """A name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetAttribute(HclExpression):
    """`source.name`; `step` is where `.name` stands."""

    source: HclExpression
    name: str
    step: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class HclIndex(HclExpression):
    """`source[key]`; `step` is where `[key]` stands."""

    source: HclExpression
    key: HclExpression
    step: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class SplatItem(HclExpression):
    """The element a splat's right side is applied to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Splat(HclExpression):
    """`source.*.rest` and `source[*].rest`."""

    source: HclExpression
    each: HclExpression
    item: SplatItem


@dataclass(frozen=True, slots=True, kw_only=True)
class HclGroup(HclExpression):
    """An expression in parentheses."""

    inner: HclExpression


@dataclass(frozen=True, slots=True, kw_only=True)
class HclCall(HclExpression):
    """A function call; `expands` says that the last argument is followed by `...`.

    `name_span` ends with the opening parenthesis, `closing` is the other one.
    """

    name: str
    arguments: tuple[HclExpression, ...]
    expands: bool
    name_span: Span
    closing: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditional(HclExpression):
    """`condition ? yes : no`."""

    condition: HclExpression
    yes: HclExpression
    no: HclExpression


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary(HclExpression):
    """An operation on two operands."""

    operator: str
    left: HclExpression
    right: HclExpression


@dataclass(frozen=True, slots=True, kw_only=True)
class Unary(HclExpression):
    """`-operand` or `!operand`."""

    operator: str
    operand: HclExpression


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuple(HclExpression):
    """`[a, b]`."""

    items: tuple[HclExpression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectKey(HclExpression):
    """A key of an object: a bare word is itself, anything else is evaluated."""

    inner: HclExpression


@dataclass(frozen=True, slots=True, kw_only=True)
class Object(HclExpression):
    """`{a = b}`; keys and values in turn."""

    items: tuple[tuple[HclExpression, HclExpression], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class For(HclExpression):
    """`[for …]` and `{for …}`; `key` is `None` for the first, `groups` stands for `...`."""

    key_name: str
    value_name: str
    collection: HclExpression
    key: HclExpression | None
    value: HclExpression
    condition: HclExpression | None
    groups: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """`name = expression`."""

    name: str
    expression: HclExpression
    span: Span
    name_span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class HclBlock:
    """`kind "label" { … }`; `span` is the header's."""

    kind: str
    labels: tuple[str, ...]
    label_spans: tuple[Span, ...]
    body: Body
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The arguments and blocks of a file or a block, in order; `missing` is where one that is absent is said to be."""

    attributes: tuple[Attribute, ...]
    blocks: tuple[HclBlock, ...]
    missing: Span

    def attribute(self, name: str) -> Attribute | None:
        """The argument of that name."""
        return next((item for item in self.attributes if item.name == name), None)
