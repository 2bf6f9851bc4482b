"""How the shape of a file is described: definitions made of scalars, sequences and mappings.

A definition is data; `_reader` applies it. Where several mappings are possible the keys present decide.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_cicache.workflow._contexts import NOWHERE, Availability

if TYPE_CHECKING:
    from collections import abc

    from pytest_cicache.workflow._nodes import ScalarValue

__all__ = [
    "ANY",
    "BOOLEAN",
    "NON_EMPTY",
    "NULL",
    "NUMBER",
    "STRING",
    "Definition",
    "MappingRule",
    "Property",
    "ScalarRule",
    "choice",
    "keys",
    "list_of",
    "one_of",
    "one_or_many",
    "open_keys",
    "required",
    "within",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarRule:
    """One kind of scalar: `kind` is the Python type; text may be bound to `choices` or to be `non_empty`."""

    kind: type
    choices: frozenset[str] | None = None
    non_empty: bool = False

    def matches(self, value: ScalarValue) -> bool:
        """Whether a value is of this kind, without any conversion."""
        if type(value) is not self.kind:
            return False
        if self.choices is not None:
            return value in self.choices
        return not self.non_empty or value != ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A known key of a mapping."""

    definition: Definition
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRule:
    """One form of mapping: known keys, and perhaps any other key of a kind (`loose`: key, value).

    `hinted` tells whether its keys appear when GitHub asks to "add one of these properties". `ignores` is
    true where GitHub passes over keys it does not know.
    """

    properties: abc.Mapping[str, Property] = field(default_factory=dict)
    loose: tuple[Definition, Definition] | None = None
    hinted: bool = True
    ignores: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What may stand at one place; `anything` also stands at every place below it."""

    scalars: tuple[ScalarRule, ...] = ()
    item: Definition | None = None
    rules: tuple[MappingRule, ...] = ()
    available: Availability = NOWHERE
    anything: bool = False


def within(available: Availability, definition: Definition) -> Definition:
    """The same place, where expressions may use these contexts."""
    return replace(definition, available=available)


def one_of(*definitions: Definition) -> Definition:
    """Any of the forms; what they say about contexts stays with the caller."""
    return Definition(
        scalars=tuple(rule for each in definitions for rule in each.scalars),
        item=next((each.item for each in definitions if each.item), None),
        rules=tuple(rule for each in definitions for rule in each.rules),
    )


def list_of(item: Definition) -> Definition:
    """A sequence of items of one form."""
    return Definition(item=item)


def one_or_many(item: Definition) -> Definition:
    """One item, or a sequence of them."""
    return one_of(item, list_of(item))


def choice(*words: str) -> Definition:
    """One of these words, written exactly so."""
    return Definition(scalars=(ScalarRule(kind=str, choices=frozenset(words)),))


def required(definition: Definition) -> Property:
    """A key that must be there."""
    return Property(definition=definition, required=True)


def keys(
    properties: abc.Mapping[str, Definition | Property],
    *,
    hinted: bool = True,
    ignores: bool = False,
    loose: tuple[Definition, Definition] | None = None,
) -> Definition:
    """A mapping with known keys."""
    table = {
        name: value if isinstance(value, Property) else Property(definition=value) for name, value in properties.items()
    }
    return Definition(rules=(MappingRule(properties=table, hinted=hinted, ignores=ignores, loose=loose),))


STRING = Definition(scalars=(ScalarRule(kind=str),))
NON_EMPTY = Definition(scalars=(ScalarRule(kind=str, non_empty=True),))
BOOLEAN = Definition(scalars=(ScalarRule(kind=bool),))
NUMBER = Definition(scalars=(ScalarRule(kind=float),))
NULL = Definition(scalars=(ScalarRule(kind=type(None)),))
ANY = Definition(scalars=one_of(NULL, BOOLEAN, NUMBER, STRING).scalars, anything=True)


def open_keys(value: Definition, key: Definition = NON_EMPTY) -> Definition:
    """A mapping with any keys, whose values have one form."""
    return Definition(rules=(MappingRule(loose=(key, value)),))
