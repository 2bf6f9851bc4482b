"""One `target` or `group` block: its names, matrix and arguments (buildx bake/bake.go, GetEvalContexts, GetName)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from pytest_cicache.buildx.bake._entries import Attest, BakeCache, BakeSecret, Export, Ssh
from pytest_cicache.buildx.bake._target import ATTRIBUTES, BakeGroup, BakeTarget, decode
from pytest_cicache.buildx.bake.hcl import (
    Attribute,
    BakeError,
    HclBlock,
    HclExpression,
    HclScope,
    MapValue,
    Type,
    Value,
    ValueProblem,
    convert,
    elements,
    evaluate,
    start_span,
    to_text,
)

__all__ = ["BlockCopy", "group_of", "read_copies", "target_of", "value_of"]

_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_STRINGS = Type("list", element=Type("string"))


@dataclass(slots=True, kw_only=True)
class BlockCopy:
    """One of the things a block stands for: what names mean in it, its arguments, and those known so far."""

    name: str
    scope: HclScope
    attributes: dict[str, Attribute]
    is_group: bool
    values: dict[str, object] = field(default_factory=dict)
    resolving: set[str] = field(default_factory=set)

    def put(self, attribute: Attribute, value: Value) -> None:
        """Keep an argument's value as its field holds it. Raises BakeError."""
        try:
            if self.is_group and attribute.name == "targets":
                self.values[attribute.name] = convert(value, _STRINGS)
            else:
                self.values[attribute.name] = decode(attribute.name, value)
        except ValueProblem as problem:
            detail = f"Unsuitable value: {problem}"
            raise BakeError.diagnostic("Unsuitable value type", detail, start_span(attribute.expression)) from None


def read_copies(block: HclBlock, scope: HclScope, load: Callable[[HclExpression, HclScope], None]) -> list[BlockCopy]:
    """One copy, or one for each row of the matrix. Raises BakeError, ValueProblem."""
    label, is_group = block.labels[0], block.kind == "group"
    _check_name(label)
    matrix, name = block.body.attribute("matrix"), block.body.attribute("name")
    if is_group and matrix is not None:
        raise ValueProblem("matrix is not supported for groups")
    if is_group and name is not None:
        raise ValueProblem("name is not supported for groups")
    scopes = [scope] if matrix is None else _rows(matrix, scope, load)
    known = ("targets", "description") if is_group else tuple(ATTRIBUTES)
    attributes = {item.name: item for item in block.body.attributes if item.name in known}
    names = [_name(label, name, inner, load, has_matrix=matrix is not None) for inner in scopes]
    twice = next((item for item in names if names.count(item) > 1), None)
    if twice is not None:
        raise ValueProblem(f'duplicate name "{twice}"')
    if is_group and "targets" not in attributes:
        detail = 'The argument "targets" is required, but no definition was found.'
        raise BakeError.diagnostic("Missing required argument", detail, block.body.missing)
    return [
        BlockCopy(name=item, scope=inner, attributes=attributes, is_group=is_group)
        for item, inner in zip(names, scopes, strict=True)
    ]


def _rows(matrix: Attribute, scope: HclScope, load: Callable[[HclExpression, HclScope], None]) -> list[HclScope]:
    load(matrix.expression, scope)
    value = evaluate(matrix.expression, scope)
    if not isinstance(value, dict):
        raise ValueProblem("matrix must be a map")
    rows: list[dict[str, Value]] = [{}]
    for key, items in elements(value) or ():
        listed = elements(items)
        if listed is None:
            raise ValueProblem("matrix values must be a list")
        rows = [{**row, str(key): item} for _, item in listed for row in rows]
    return [scope.child(row) for row in rows]


def _name(
    label: str,
    name: Attribute | None,
    scope: HclScope,
    load: Callable[[HclExpression, HclScope], None],
    *,
    has_matrix: bool,
) -> str:
    if name is None:
        return label
    if not has_matrix:
        raise ValueProblem("name requires matrix")
    load(name.expression, scope)
    found = to_text(evaluate(name.expression, scope))
    _check_name(found)
    return found


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueProblem('only "[a-zA-Z0-9_-]+" are allowed')


def target_of(copy: BlockCopy) -> BakeTarget:
    """The target of an evaluated copy."""
    known: dict[str, Any] = {key.replace("-", "_"): value for key, value in copy.values.items() if value is not None}
    return BakeTarget(name=copy.name, **known)


def group_of(copy: BlockCopy) -> BakeGroup:
    """The group of an evaluated copy."""
    targets = cast("list[str] | None", copy.values.get("targets"))
    description = copy.values.get("description")
    return BakeGroup(name=copy.name, targets=tuple(targets or ()), description=str(description or ""))


def value_of(copy: BlockCopy) -> Value:
    """What others read of a copy: every argument, null where it is not known."""
    if copy.is_group:
        return {"name": copy.name, **{key: cast("Value", value) for key, value in copy.values.items()}}
    return {"name": copy.name, **{key: _readable(key, copy.values.get(key)) for key in ATTRIBUTES}}


def _readable(name: str, value: object) -> Value:
    if name == "description":
        return str(value or "")
    if isinstance(value, tuple):
        return [_readable(name, item) for item in value]
    if isinstance(value, (BakeCache, Attest)):
        return {key: "true" if item is True else str(item) for key, item in value.json.items()}
    if isinstance(value, Export):
        return {**value.attributes, "type": value.type, "dest": value.destination}
    if isinstance(value, BakeSecret):
        return {"id": value.id, "src": value.source, "env": value.variable}
    if isinstance(value, Ssh):
        return {"id": value.id, "paths": list(value.paths)}
    if value is None and isinstance(ATTRIBUTES[name], str):
        return []
    if isinstance(value, dict):
        return MapValue(value)
    return cast("Value", value)
