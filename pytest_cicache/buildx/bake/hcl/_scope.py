"""What names and functions mean where an expression is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from pytest_cicache.buildx.bake.hcl._syntax import SplatItem
from pytest_cicache.buildx.bake.hcl._values import Value, ValueProblem
from pytest_cicache.dockerfile import edit_distance

__all__ = ["FunctionProblem", "HclFunction", "HclScope", "Parameter", "hint"]


class FunctionProblem(ValueProblem):
    """What a function refuses; `argument` counts from 0, `None` for the call as a whole."""

    def __init__(self, message: str, argument: int | None = None) -> None:
        self.argument = argument
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its name, how a value becomes one of its type, and whether null is one."""

    name: str
    convert: Callable[[Value], Value]
    takes_null: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HclFunction:
    """A function: its parameters, the one that repeats, and what it does with the converted values.

    With `lazy`, `run` gets the call and the scope and evaluates itself.
    """

    run: Callable[..., Value]
    parameters: tuple[Parameter, ...] = ()
    variadic: Parameter | None = None
    lazy: bool = False


@dataclass(frozen=True, slots=True)
class HclScope:
    """What names mean: variables, the outer ones behind, and functions."""

    variables: Mapping[str, Value]
    functions: Mapping[str, HclFunction]
    parent: HclScope | None = None
    items: Mapping[int, Value] = field(default_factory=dict)

    def child(self, variables: Mapping[str, Value]) -> HclScope:
        """The scope inside a loop or a call."""
        return HclScope(variables, self.functions, self, self.items)

    def with_item(self, item: SplatItem, value: Value) -> HclScope:
        """The scope of one element of a splat."""
        return replace(self, items={**self.items, id(item): value})

    def find(self, name: str) -> tuple[bool, Value]:
        """Whether a name is known, and its value."""
        scope: HclScope | None = self
        while scope is not None:
            if name in scope.variables:
                return True, scope.variables[name]
            scope = scope.parent
        return False, None


def hint(name: str, known: Iterable[str]) -> str:
    """HCL's suggestion of a name less than three edits away (hclsyntax/didyoumean.go)."""
    near = next((other for other in known if edit_distance(name, other) < 3), None)
    return f' Did you mean "{near}"?' if near else ""
