"""Type constraints of variables and of `convert` (hcl/v2 ext/typeexpr, go-cty docs/convert.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from pytest_cicache.buildx.bake.hcl._syntax import (
    BakeError,
    HclCall,
    HclExpression,
    HclLiteral,
    Object,
    ObjectKey,
    Tuple,
    Variable,
)
from pytest_cicache.buildx.bake.hcl._values import (
    MapValue,
    SetValue,
    Value,
    ValueProblem,
    elements,
    to_bool,
    to_number,
    to_text,
    type_name,
)

__all__ = ["ANY", "Type", "convert", "read_type"]

_SUMMARY = "Invalid type specification"
_PRIMITIVE = ("string", "number", "bool")
_COLLECTIONS = ("list", "set", "map")


@dataclass(frozen=True, slots=True)
class Type:
    """`kind` is `string`, `number`, `bool`, `any`, `list`, `set`, `map`, `object` or `tuple`."""

    kind: str
    element: Type | None = None
    attributes: Mapping[str, Type] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    items: tuple[Type, ...] = ()

    @property
    def name(self) -> str:
        """cty's friendly name."""
        if self.kind in _COLLECTIONS and self.element is not None:
            return f"{self.kind} of {self.element.name}"
        return "dynamic" if self.kind == "any" else self.kind

    @property
    def constraint_name(self) -> str:
        """The name of it as a constraint: `any type` where anything fits."""
        if self.kind in _COLLECTIONS and self.element is not None:
            return (
                f"{self.kind} of any single type"
                if self.element.kind == "any"
                else f"{self.kind} of {self.element.constraint_name}"
            )
        return "any type" if self.kind == "any" else self.kind

    @property
    def is_primitive(self) -> bool:
        """Whether it is a string, a number or a bool."""
        return self.kind in _PRIMITIVE


ANY = Type("any")


def read_type(expression: HclExpression) -> Type:
    """The type that an expression names. Raises BakeError."""
    match expression:
        case Variable(name=name):
            return _keyword(name, expression)
        case HclCall():
            return _constructed(expression)
    detail = (
        "A type specification is either a primitive type keyword (bool, number, string) or a complex type constructor "
        "call, like list(string)."
    )
    raise BakeError.diagnostic(_SUMMARY, detail, expression.span)


def _keyword(name: str, expression: HclExpression) -> Type:
    if name in _PRIMITIVE or name == "any":
        return Type(name)
    if name in _COLLECTIONS:
        detail = f"The {name} type constructor requires one argument specifying the element type."
    elif name == "object":
        detail = "The object type constructor requires one argument specifying the attribute types and values as a map."
    elif name == "tuple":
        detail = "The tuple type constructor requires one argument specifying the element types as a list."
    else:
        detail = f'The keyword "{name}" is not a valid type specification.'
    raise BakeError.diagnostic(_SUMMARY, detail, expression.span)


def _constructed(call: HclCall) -> Type:
    if call.name in _PRIMITIVE:
        detail = f'Primitive type keyword "{call.name}" does not expect arguments.'
        raise BakeError.diagnostic(_SUMMARY, detail, call.span)
    if call.name not in {*_COLLECTIONS, "object", "tuple"}:
        detail = f'Keyword "{call.name}" is not a valid type constructor.'
        raise BakeError.diagnostic(_SUMMARY, detail, call.span)
    if len(call.arguments) != 1:
        return _keyword(call.name, call)
    argument = call.arguments[0]
    if call.name in _COLLECTIONS:
        return Type(call.name, element=read_type(argument))
    if call.name == "tuple":
        if not isinstance(argument, Tuple):
            detail = "Tuple type constructor requires a list of element types."
            raise BakeError.diagnostic(_SUMMARY, detail, argument.span)
        return Type("tuple", items=tuple(read_type(item) for item in argument.items))
    if not isinstance(argument, Object):
        detail = (
            "Object type constructor requires a map whose keys are attribute names and whose values are the "
            "corresponding attribute types."
        )
        raise BakeError.diagnostic(_SUMMARY, detail, argument.span)
    return _object(argument)


def _object(expression: Object) -> Type:
    attributes: dict[str, Type] = {}
    optional: set[str] = set()
    for key, value in expression.items:
        inner = key.inner if isinstance(key, ObjectKey) else key
        if isinstance(inner, Variable):
            name = inner.name
        elif isinstance(inner, HclLiteral) and isinstance(inner.value, str):
            name = inner.value
        else:
            detail = "Object constructor map keys must be attribute names."
            raise BakeError.diagnostic(_SUMMARY, detail, key.span)
        if isinstance(value, HclCall) and value.name == "optional" and value.arguments:
            optional.add(name)
            value = value.arguments[0]
        attributes[name] = read_type(value)
    return Type("object", attributes=attributes, optional=frozenset(optional))


class _Mismatch(ValueProblem):
    """A type that never becomes the other one; in a collection, said with the element's place."""


def convert(value: Value, wanted: Type) -> Value:
    """A value as one of a type. Raises ValueProblem in cty's words (go-cty convert/mismatch_msg.go)."""
    if value is None or wanted.kind == "any":
        return value
    match wanted.kind, value:
        case "string", (str() | bool() | Fraction()):
            return to_text(value)
        case "number", (str() | Fraction()):
            return to_number(value)
        case "bool", (str() | bool()):
            return to_bool(value)
        case (("list" | "set"), (list() | tuple() | SetValue())):
            return _sequence(value, wanted)
        case "tuple", (list() | tuple()) if len(value) == len(wanted.items):
            return [convert(item, kind) for item, kind in zip(value, wanted.items, strict=True)]
        case "map", dict():
            return _map(value, wanted)
        case "object", dict():
            return _attributes(value, wanted)
    raise _mismatch(value, wanted)


def _mismatch(value: Value, wanted: Type) -> ValueProblem:
    got = type_name(value)
    is_plain = (got in _PRIMITIVE) != wanted.is_primitive or wanted.kind == "string"
    if is_plain or {got, wanted.kind} == {"bool", "number"}:
        return _Mismatch(f"{wanted.name} required, but have {got}")
    return _Mismatch(f"{wanted.constraint_name} required")


def _sequence(value: Iterable[Value], wanted: Type) -> Value:
    assert wanted.element is not None
    found: list[Value] = []
    for place, item in enumerate(value):
        try:
            found.append(convert(item, wanted.element))
        except _Mismatch as problem:
            raise _Mismatch(f"element {place}: {problem}") from None
    return SetValue(found) if wanted.kind == "set" else found


def _map(value: Value, wanted: Type) -> Value:
    assert wanted.element is not None
    found = MapValue()
    for key, item in elements(value) or ():
        try:
            found[str(key)] = convert(item, wanted.element)
        except _Mismatch as problem:
            raise _Mismatch(f'element "{key}": {problem}') from None
    return found


def _attributes(value: Mapping[str, Value], wanted: Type) -> Value:
    missing = sorted(name for name in wanted.attributes if name not in value and name not in wanted.optional)
    if len(missing) == 1:
        raise _Mismatch(f'attribute "{missing[0]}" is required')
    if missing:
        *others, last = (f'"{name}"' for name in missing)
        joined = f"{', '.join(others)}{',' if len(others) > 1 else ''} and {last}"
        raise _Mismatch(f"attributes {joined} are required")
    found: dict[str, Value] = {}
    for name, kind in wanted.attributes.items():
        try:
            found[name] = convert(value.get(name), kind)
        except _Mismatch as problem:
            raise _Mismatch(f'attribute "{name}": {problem}') from None
    return found
