"""Evaluates the HCL and JSON files of a bake call: what is needed first, first (buildx bake/hclparser/hclparser.go)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from pytest_cicache.buildx.bake._blocks import BlockCopy, group_of, read_copies, target_of, value_of
from pytest_cicache.buildx.bake._target import BakeGroup, BakeTarget
from pytest_cicache.buildx.bake._variables import (
    BakeVariable,
    VariableOverride,
    default_value,
    find_override,
    overridden,
    read_variable,
    validate,
)
from pytest_cicache.buildx.bake.functions import Clock, standard_functions, user_function
from pytest_cicache.buildx.bake.hcl import (
    Attribute,
    BakeError,
    Body,
    HclBlock,
    HclCall,
    HclExpression,
    HclScope,
    MapValue,
    Span,
    Value,
    ValueProblem,
    evaluate,
    references,
    walk,
)
from pytest_cicache.buildx.bake.hcl import (
    Variable as Name,
)

__all__ = ["Evaluated", "evaluate_files"]

BLOCKS = ("group", "target")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """Targets and groups in order, the groups that a matrix makes, and the variables with their values."""

    targets: tuple[BakeTarget, ...]
    groups: tuple[BakeGroup, ...]
    matrices: tuple[BakeGroup, ...]
    variables: tuple[tuple[BakeVariable, Value], ...]


class _Undefined(ValueProblem):
    """A name that nothing defines."""


def evaluate_files(
    bodies: Sequence[Body], *, environment: Mapping[str, str], builtins: Mapping[str, str], clock: Clock
) -> Evaluated:
    """Evaluate files as one. Raises BakeError."""
    return _Module(bodies, environment, builtins, clock).run()


@dataclass(slots=True)
class _Copies:
    """What a block stands for: one thing, or one for each row of its matrix."""

    block: HclBlock
    copies: list[BlockCopy] = field(default_factory=list)
    is_started: bool = False


class _Module:
    def __init__(
        self, bodies: Sequence[Body], environment: Mapping[str, str], builtins: Mapping[str, str], clock: Clock
    ) -> None:
        self._environment = environment
        self._values: dict[str, Value] = dict(builtins)
        self._functions = standard_functions(clock)
        self._scope = HclScope(self._values, self._functions)
        self._builtins = builtins
        reserved = {*BLOCKS, *builtins}
        self._variables = {
            block.labels[0]: read_variable(block)
            for block in _labelled(bodies, "variable")
            if block.labels[0] not in reserved
        }
        self._attributes = _attributes(bodies, reserved)
        self._own = {block.labels[0]: block for block in _labelled(bodies, "function")}
        for kind in BLOCKS:
            _labelled(bodies, kind)
        self._blocks = [_Copies(block) for body in bodies for block in body.blocks if block.kind in BLOCKS]
        self._by_name: dict[tuple[str, str], list[_Copies]] = {}
        self._resolving: set[tuple[int, str]] = set()

    def run(self) -> Evaluated:
        for variable in self._variables.values():
            self._guarded("Invalid value", variable.block.body.missing, partial(self._resolve, variable.name))
        wrong = [error for variable in self._variables.values() for error in validate(variable, self._scope)]
        if wrong:
            raise BakeError.joined(wrong)
        for name, block in self._own.items():
            params = block.body.attribute("params")
            span = params.span if params is not None else block.label_spans[0]
            self._guarded("Invalid function", span, partial(self._function, name))
        matrices = self._named()
        self._everything()
        for attribute in self._attributes.values():
            self._guarded("Invalid attribute", attribute.span, partial(self._resolve, attribute.name))
        return Evaluated(
            targets=tuple(
                target_of(copy) for item in self._blocks if item.block.kind == "target" for copy in item.copies
            ),
            groups=tuple(group_of(copy) for item in self._blocks if item.block.kind == "group" for copy in item.copies),
            matrices=tuple(matrices),
            variables=tuple((variable, self._values.get(variable.name)) for variable in self._variables.values()),
        )

    def _everything(self) -> None:
        """Evaluate all blocks; what is wrong with several is said together."""
        found: list[BakeError] = []
        for item in self._blocks:
            try:
                self._guarded("Invalid block", item.block.label_spans[0], partial(self._block, item, None))
            except BakeError as error:
                found.append(error)
        if found:
            raise BakeError.joined(found)

    def _guarded(self, summary: str, span: Span, work: Callable[[], None]) -> None:
        try:
            work()
        except ValueProblem as problem:
            raise BakeError.diagnostic(summary, str(problem), span) from None

    def _named(self) -> list[BakeGroup]:
        """Give every block its names; return the groups that stand for renamed ones."""
        renamed: dict[tuple[str, str], list[str]] = {}
        for item in self._blocks:
            block = item.block
            self._guarded("Invalid name", block.label_spans[0], partial(self._start, item))
            for copy in item.copies:
                self._by_name.setdefault((block.kind, copy.name), []).append(item)
                renamed.setdefault((block.kind, block.labels[0]), []).append(copy.name)
        found = ((old, tuple(dict.fromkeys(names))) for (_, old), names in renamed.items())
        return [BakeGroup(name=old, targets=names) for old, names in found if names != (old,)]

    def _start(self, item: _Copies) -> None:
        if not item.is_started:
            item.is_started = True
            item.copies = read_copies(item.block, self._scope, self._load)

    def _load(
        self, expression: HclExpression, scope: HclScope, known: Iterable[str] = (), *, strict: bool = False
    ) -> None:
        """Resolve everything an expression depends on; an unknown name is left to its evaluation unless `strict`."""
        for part in walk(expression):
            if isinstance(part, HclCall):
                self._tolerant(partial(self._function, part.name), expression, strict=strict)
        for name, *rest in references(expression):
            if name in known or (scope is not self._scope and name in scope.variables):
                continue
            if name in BLOCKS and self._blocks:
                self._tolerant(partial(self._sibling, name, rest), expression, strict=strict)
            else:
                self._tolerant(partial(self._resolve, name, scope), expression, strict=strict)

    def _tolerant(self, work: Callable[[], None], expression: HclExpression, *, strict: bool) -> None:
        try:
            work()
        except _Undefined as problem:
            if strict:
                detail = f"{problem}: undefined"
                raise BakeError.diagnostic("Invalid expression", detail, expression.span) from None
        except ValueProblem as problem:
            raise BakeError.diagnostic("Invalid expression", str(problem), expression.span) from None

    def _sibling(self, kind: str, rest: Sequence[str]) -> None:
        if not rest:
            raise ValueProblem(f"cannot access {kind} as a variable")
        for item in self._by_name.get((kind, rest[0]), ()):
            self._block(item, rest[1] if len(rest) > 1 else None)

    def _resolve(self, name: str, scope: HclScope | None = None) -> None:
        """Give a variable or a global argument its value.

        A name that nothing defines is a cycle to buildx where it is asked for again.
        """
        if name in self._values:
            return
        asked = (id(scope or self._scope), name)
        if asked in self._resolving:
            raise ValueProblem(f"variable cycle not allowed for {name}")
        self._resolving.add(asked)
        if name in self._attributes:
            expression = self._attributes[name].expression
            self._load(expression, self._scope)
            value = evaluate(expression, self._scope)
            variable = self._variables.get(name)
            self._values[name] = value if variable is None else self._environmental(variable, value)
            return
        variable = self._variables.get(name)
        if variable is None:
            raise _Undefined(f'variable "{name}" does not exist')
        if variable.default is not None:
            self._load(variable.default, self._scope)
        value = default_value(variable, self._scope)
        if variable.default is None and variable.type is None and self._override(variable, is_typed=False) is None:
            value = ""
        self._values[name] = self._environmental(variable, value)

    def _override(self, variable: BakeVariable, *, is_typed: bool) -> VariableOverride | None:
        taken = {*self._variables, *self._builtins}
        return find_override(variable.name, self._environment, taken, favours_json=is_typed)

    def _environmental(self, variable: BakeVariable, value: Value) -> Value:
        override = self._override(variable, is_typed=variable.type is not None)
        return value if override is None else overridden(variable, value, override)

    def _function(self, name: str) -> None:
        """Make a function of the file known."""
        if name in self._functions:
            return
        block = self._own.get(name)
        if block is None:
            raise _Undefined(f'function "{name}" does not exist')
        if (0, name) in self._resolving:
            raise ValueProblem(f"function cycle not allowed for {name}")
        self._resolving.add((0, name))
        result, params, variadic = (block.body.attribute(key) for key in ("result", "params", "variadic_params"))
        if result is None:
            raise ValueProblem(f"empty result not allowed for {name}")
        if params is None:
            raise ValueProblem(f"empty params not allowed for {name}")
        names = [_keyword(item) for item in _listed(params)]
        rest = _keyword(variadic.expression) if variadic is not None else None
        self._load(result.expression, self._scope, {*names, *((rest,) if rest else ())}, strict=True)
        self._functions[name] = user_function(names, rest, result.expression, lambda: self._scope)

    def _block(self, item: _Copies, only: str | None) -> None:
        """Evaluate a block's arguments, or one of them, and make them readable for others."""
        self._start(item)
        kind = item.block.kind
        self._values.setdefault(kind, MapValue())
        for copy in item.copies:
            found: list[BakeError] = []
            for name, attribute in copy.attributes.items():
                if only in (None, name) and name not in copy.values:
                    try:
                        self._argument(item.block, copy, attribute, marks=only is not None)
                    except BakeError as error:
                        found.append(error)
            if found:
                raise BakeError.joined(found)
            siblings = self._values[kind]
            others = dict(siblings) if isinstance(siblings, dict) else {}
            self._values[kind] = {**others, copy.name: value_of(copy)}

    def _argument(self, block: HclBlock, copy: BlockCopy, attribute: Attribute, *, marks: bool) -> None:
        if marks and attribute.name in copy.resolving:
            raise ValueProblem(f"reference cycle not allowed for {block.kind}.{copy.name}.{attribute.name}")
        copy.resolving.update((attribute.name,) if marks else ())
        self._load(attribute.expression, copy.scope)
        try:
            value = evaluate(attribute.expression, copy.scope)
        except BakeError as error:
            error.count += 1  # the value that is not known cannot be decoded either
            raise
        copy.put(attribute, value)


def _labelled(bodies: Sequence[Body], kind: str) -> list[HclBlock]:
    found = [block for body in bodies for block in body.blocks if block.kind == kind]
    for block in found:
        if not block.labels:
            detail = f"All {kind} blocks must have 1 labels (name)."
            brace = block.body.missing
            span = Span(brace.file, brace.line, brace.column, brace.line, brace.column + 1)
            raise BakeError.diagnostic(f"Missing name for {kind}", detail, span)
        if len(block.labels) > 1:
            detail = f"Only 1 labels (name) are expected for {kind} blocks."
            raise BakeError.diagnostic(f"Extraneous label for {kind}", detail, block.label_spans[1])
    return found


def _attributes(bodies: Sequence[Body], reserved: set[str]) -> dict[str, Attribute]:
    """The global arguments; the last file that sets one counts."""
    return {
        attribute.name: attribute
        for body in bodies
        for attribute in body.attributes
        if attribute.name not in reserved and attribute.name != "function"
    }


def _listed(attribute: Attribute) -> Sequence[HclExpression]:
    items = getattr(attribute.expression, "items", None)
    if items is None:
        detail = "A static list expression is required."
        raise BakeError.diagnostic("Invalid expression", detail, attribute.expression.span)
    return tuple(items)


def _keyword(expression: HclExpression) -> str:
    if isinstance(expression, Name):
        return expression.name
    detail = "Each parameter name must be an identifier."
    raise BakeError.diagnostic("Invalid param element", detail, expression.span)
