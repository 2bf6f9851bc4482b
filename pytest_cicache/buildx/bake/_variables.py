"""A variable's value: its default, and what the environment puts over it (buildx bake/hclparser/hclparser.go)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from pytest_cicache.buildx.bake.hcl import (
    ANY,
    BakeError,
    Body,
    HclBlock,
    HclExpression,
    HclLiteral,
    HclScope,
    SetValue,
    Type,
    Value,
    ValueProblem,
    convert,
    evaluate,
    from_json,
    read_type,
    to_bool,
    to_json,
    to_text,
    type_name,
)
from pytest_cicache.golang import fields, parse_bool

__all__ = [
    "BakeVariable",
    "VariableOverride",
    "find_override",
    "overridden",
    "read_variable",
    "shown_value",
    "validate",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeVariable:
    """A `variable` block: `type` is `None` where the block names none."""

    name: str
    type: Type | None
    default: HclExpression | None
    description: str
    validations: tuple[Body, ...]
    block: HclBlock


@dataclass(frozen=True, slots=True)
class VariableOverride:
    """A value from the environment."""

    text: str
    is_json: bool = False


def read_variable(block: HclBlock) -> BakeVariable:
    """Read a `variable` block. Raises BakeError."""
    kind, default, description = (block.body.attribute(name) for name in ("type", "default", "description"))
    described = evaluate(description.expression, HclScope({}, {})) if description else ""
    is_null = kind is not None and isinstance(kind.expression, HclLiteral) and kind.expression.value is None
    return BakeVariable(
        name=block.labels[0],
        type=read_type(kind.expression) if kind is not None and not is_null else None,
        default=default.expression if default else None,
        description=described if isinstance(described, str) else "",
        validations=tuple(inner.body for inner in block.body.blocks if inner.kind == "validation"),
        block=block,
    )


def find_override(
    name: str, environment: Mapping[str, str], taken: Collection[str], *, favours_json: bool
) -> VariableOverride | None:
    """What the environment says about a variable; `NAME_JSON` counts where no variable is called so."""
    plain = environment.get(name)
    suffixed = f"{name}_JSON"
    if (plain is None or favours_json) and suffixed not in taken and suffixed in environment:
        return VariableOverride(environment[suffixed], is_json=True)
    return None if plain is None else VariableOverride(plain)


def overridden(variable: BakeVariable, value: Value, override: VariableOverride) -> Value:
    """The value that the environment gives. Raises ValueProblem."""
    name, kind = variable.name, variable.type
    if kind is not None:
        if override.is_json:
            return _from_json(name, override.text, kind)
        if kind.kind in {"list", "set", "tuple", "map"}:
            try:
                return _from_csv(name, override.text, kind)
            except ValueProblem as problem:
                raise ValueProblem(f"failed to convert variable {name} from CSV: {problem}") from None
        if kind.is_primitive:
            return _primitive(name, override.text, kind.kind)
        raise ValueProblem(f"unsupported type {kind.name} for variable {name}")
    if variable.default is None or value is None:
        return override.text
    if isinstance(value, (bool, str, Fraction)):
        return _primitive(name, override.text, type_name(value))
    raise ValueProblem(f"unsupported type {type_name(value)} for variable {name}")


def _from_json(name: str, text: str, kind: Type) -> Value:
    try:
        return convert(from_json(text), kind)
    except (ValueError, ValueProblem) as error:
        raise ValueProblem(f"failed to convert variable {name} from JSON: {error}") from None


def _primitive(name: str, text: str, kind: str) -> Value:
    if kind == "bool":
        found = parse_bool(text)
        if found is None:
            raise ValueProblem(f'failed to parse {name} as bool: strconv.ParseBool: parsing "{text}": invalid syntax')
        return found
    if kind == "number":
        try:
            return Fraction(text if "/" not in text and "_" not in text else "")
        except ValueError:
            raise ValueProblem(
                f'failed to parse {name} as number: strconv.ParseFloat: parsing "{text}": invalid syntax'
            ) from None
    return text


def _from_csv(name: str, text: str, kind: Type) -> Value:
    found = fields(text) if text else ()
    if kind.kind == "tuple":
        if len(kind.items) != len(found):
            raise ValueProblem(f"tuple expects {len(kind.items)} elements but only {len(found)} provided")
        return [_part(name, item, each, kind, "of") for item, each in zip(found, kind.items, strict=True)]
    assert kind.element is not None
    if kind.kind == "map":
        return {key: _part(name, value, kind.element, kind, "from") for key, value in map(_pair, found)}
    items = [_part(name, item, kind.element, kind, "of") for item in found]
    return SetValue(items) if kind.kind == "set" else items


def _pair(text: str) -> tuple[str, str]:
    parts = text.split(":")
    if len(parts) != 2:
        raise ValueProblem(f"expected one k/v pair but got {len(parts)} pieces from {text}")
    return parts[0], parts[1]


def _part(name: str, text: str, kind: Type, whole: Type, word: str) -> Value:
    if not kind.is_primitive:
        raise ValueProblem(f"unsupported type {whole.name} for CSV specification")
    try:
        return _primitive(name, text, kind.kind)
    except ValueProblem as problem:
        raise ValueProblem(f"failed to parse element {word} type {whole.name}: {problem}") from None


def shown_value(variable: BakeVariable, value: Value) -> str | None:
    """The value as `--list=variables` shows it."""
    if value is None:
        return None
    if variable.type is None and isinstance(value, (bool, str, Fraction)):
        return to_text(value)
    text = to_json(value)
    return text.strip('"') if variable.type is not None and variable.type.kind == "string" else text


def validate(variable: BakeVariable, scope: HclScope) -> list[BakeError]:
    """What a variable's `validation` blocks say against its value."""
    found = []
    for body in variable.validations:
        try:
            _check(body, scope)
        except BakeError as error:
            found.append(error)
    return found


def _check(body: Body, scope: HclScope) -> None:
    condition, message = body.attribute("condition"), body.attribute("error_message")
    value = evaluate(condition.expression, scope) if condition is not None else None
    span = condition.expression.span if condition is not None else body.missing
    if value is None:
        detail = "Condition expression must return either true or false, not null."
        raise BakeError.diagnostic("Invalid condition result", detail, span)
    try:
        holds = to_bool(value)
    except ValueProblem as problem:
        detail = f"Invalid condition result value: {problem}"
        raise BakeError.diagnostic("Invalid condition result", detail, span) from None
    if not holds:
        said = evaluate(message.expression, scope) if message is not None else None
        detail = said if isinstance(said, str) else "This check failed, but has an invalid error message."
        raise BakeError.diagnostic("Validation failed", detail, span)


def default_value(variable: BakeVariable, scope: HclScope) -> Value:
    """The value of the default, as one of the variable's type. Raises BakeError, ValueProblem."""
    if variable.default is None:
        return None
    kind = variable.type or ANY
    try:
        return convert(evaluate(variable.default, scope), kind)
    except ValueProblem as problem:
        raise ValueProblem(f"invalid type {kind.name} for variable {variable.name} default value: {problem}") from None
